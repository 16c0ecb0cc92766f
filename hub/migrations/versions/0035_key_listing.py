"""Listings of all keys of a source: what each found; and the key under which what left is at the source now."""

from alembic import op

revision = "0035"
down_revision = "0034"

DDL = (
    """
CREATE TABLE hub.key_listing (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  stream TEXT NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  state TEXT DEFAULT 'reading' NOT NULL,
  through BIGINT NOT NULL,
  listed BIGINT,
  unnamed BIGINT,
  repeated BIGINT,
  held BIGINT,
  quarantined BIGINT,
  gone BIGINT,
  rekeyed BIGINT,
  back BIGINT,
  new BIGINT,
  changed BIGINT,
  waiting BIGINT,
  why TEXT,
  who TEXT,
  PRIMARY KEY (id),
  CONSTRAINT key_listing_state CHECK (state in ('reading', 'taken', 'refused', 'failed')),
  FOREIGN KEY(stream) REFERENCES hub.stream (id)
)""",
    "COMMENT ON TABLE hub.key_listing IS 'A listing of all keys of a stream, and what it found'",
    "COMMENT ON COLUMN hub.key_listing.through IS 'newest batch when it began: later records are not judged'",
    "COMMENT ON COLUMN hub.key_listing.listed IS 'different keys at the source'",
    "COMMENT ON COLUMN hub.key_listing.unnamed IS 'records at the source without a readable key'",
    "COMMENT ON COLUMN hub.key_listing.repeated IS 'keys that came once more'",
    "COMMENT ON COLUMN hub.key_listing.held IS 'current records of the stream when it began'",
    "COMMENT ON COLUMN hub.key_listing.quarantined IS 'listed keys that are only cases here'",
    "COMMENT ON COLUMN hub.key_listing.gone IS 'records, or cases, that left the source'",
    "COMMENT ON COLUMN hub.key_listing.rekeyed IS 'of these, how many are at the source under another key'",
    "COMMENT ON COLUMN hub.key_listing.back IS 'records that had left and are listed again'",
    "COMMENT ON COLUMN hub.key_listing.new IS 'listed keys that the hub did not have'",
    "COMMENT ON COLUMN hub.key_listing.changed IS 'listed with another change time than the record has here'",
    "COMMENT ON COLUMN hub.key_listing.waiting IS 'of the three before, what the next reading must bring'",
    "COMMENT ON COLUMN hub.key_listing.why IS 'why it did not count, without a value of a record; or why a person let it count'",
    "COMMENT ON COLUMN hub.key_listing.who IS 'the person who let more be gone than the system''s file allows'",
    "CREATE INDEX key_listing_stream ON hub.key_listing (stream, id)",
    "ALTER TABLE hub.finding ADD COLUMN rekeyed TEXT",
    "COMMENT ON COLUMN hub.finding.rekeyed IS 'key under which the source has the entry now, if the record left it'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE hub.finding DROP COLUMN rekeyed")
    op.execute("DROP TABLE hub.key_listing")
