"""The second opinion on a stream's batches is remembered; where the engines disagree, the stream stops."""

from alembic import op

revision = "0026"
down_revision = "0025"

ABOUT = 'ALTER TABLE hub.act ADD CONSTRAINT act_about CHECK (num_nonnulls("case", batch{more}) = 1)'
WHAT = (
    "ALTER TABLE hub.act ADD CONSTRAINT act_what"
    " CHECK (what in ('assigned', 'retried', 'released', 'closed', 'passed', 'discarded'{more}))"
)
DDL = (
    """
CREATE TABLE hub.second_opinion (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  stream TEXT NOT NULL,
  given_at TIMESTAMP WITH TIME ZONE NOT NULL,
  occasion TEXT NOT NULL,
  rules TEXT NOT NULL,
  engines TEXT NOT NULL,
  batches TEXT[] DEFAULT '{}' NOT NULL,
  rows BIGINT DEFAULT 0 NOT NULL,
  through BIGINT,
  disagreements TEXT[] DEFAULT '{}' NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (id),
  CONSTRAINT second_opinion_occasion CHECK (occasion in ('first', 'sample', 'held', 'daily', 'settled')),
  CONSTRAINT second_opinion_ended CHECK (ended_at is null or disagreements <> '{}'),
  FOREIGN KEY(stream) REFERENCES hub.stream (id)
)""",
    "COMMENT ON TABLE hub.second_opinion IS 'What the declared suite said of a stream''s batches beside the row engine'",
    "COMMENT ON COLUMN hub.second_opinion.occasion IS 'first batch under its rules and engines, sample, held batch, daily run, or a person who settled'",
    "COMMENT ON COLUMN hub.second_opinion.rules IS 'digest of the rules and lists'",
    "COMMENT ON COLUMN hub.second_opinion.engines IS 'releases of both engines'",
    "COMMENT ON COLUMN hub.second_opinion.batches IS 'batches whose records both engines judged'",
    "COMMENT ON COLUMN hub.second_opinion.rows IS 'rows that the suite looked at'",
    "COMMENT ON COLUMN hub.second_opinion.through IS 'serial of the last merged batch that it speaks for; null: for its own batch only'",
    "COMMENT ON COLUMN hub.second_opinion.disagreements IS 'where the engines differ: dataset/rule and counts; empty: they agree'",
    "COMMENT ON COLUMN hub.second_opinion.ended_at IS 'when a later agreement or a person ended the disagreement'",
    "CREATE INDEX second_opinion_stream ON hub.second_opinion (stream, id)",
    "CREATE INDEX second_opinion_open ON hub.second_opinion (stream) WHERE disagreements <> '{}' AND ended_at IS NULL",
    """
CREATE TABLE hub.doubted_batch (
  opinion BIGINT NOT NULL,
  batch BIGINT NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (opinion, batch),
  FOREIGN KEY(opinion) REFERENCES hub.second_opinion (id),
  FOREIGN KEY(batch) REFERENCES hub.batch (serial)
)""",
    "COMMENT ON TABLE hub.doubted_batch IS 'Batches merged since the last agreement when the engines disagreed: their records are to be confirmed'",
    "COMMENT ON COLUMN hub.doubted_batch.batch IS 'hub.batch.serial, as every row has it'",
    "CREATE INDEX doubted_batch_batch ON hub.doubted_batch (batch)",
    "ALTER TABLE hub.batch ADD COLUMN rules TEXT",
    "COMMENT ON COLUMN hub.batch.rules IS 'digest of the rules and lists under which it was judged'",
    "ALTER TABLE hub.act ADD COLUMN stream TEXT REFERENCES hub.stream (id)",
    "CREATE INDEX act_stream ON hub.act (stream)",
    "ALTER TABLE hub.act DROP CONSTRAINT act_about",
    ABOUT.format(more=", stream"),
    "ALTER TABLE hub.act DROP CONSTRAINT act_what",
    WHAT.format(more=", 'settled'"),
    "COMMENT ON TABLE hub.act IS 'What people, or the hub by itself, did to a case, a held batch or a stopped stream; only ever appended'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    """Fails, and changes nothing, if somebody settled a disagreement: the older log of acts cannot hold that."""
    for statement in (
        "ALTER TABLE hub.act DROP CONSTRAINT act_what",
        WHAT.format(more=""),
        "ALTER TABLE hub.act DROP CONSTRAINT act_about",
        "ALTER TABLE hub.act DROP COLUMN stream",
        ABOUT.format(more=""),
        "ALTER TABLE hub.batch DROP COLUMN rules",
        "DROP TABLE hub.doubted_batch",
        "DROP TABLE hub.second_opinion",
    ):
        op.execute(statement)
