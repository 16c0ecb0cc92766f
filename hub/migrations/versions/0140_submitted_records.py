"""Records that receivers are submitted one by one: version, digest and state of each."""

from alembic import op

revision = "0140"
down_revision = "0133"

STATEMENTS = (
    """
CREATE TABLE hub.submitted_record (
	feed TEXT NOT NULL, 
	system TEXT COLLATE "C" NOT NULL, 
	key TEXT COLLATE "C" NOT NULL, 
	number TEXT NOT NULL, 
	batch BIGINT NOT NULL, 
	state TEXT DEFAULT 'waiting' NOT NULL, 
	submitted TEXT, 
	held TEXT, 
	source_state TEXT, 
	submitted_state TEXT, 
	their_state TEXT, 
	reasons TEXT[] DEFAULT '{}' NOT NULL, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	queued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	submitted_at TIMESTAMP WITH TIME ZONE, 
	asked_at TIMESTAMP WITH TIME ZONE, 
	settled_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (feed, system, key), 
	CONSTRAINT submitted_record_state CHECK (state in ('waiting', 'unknown', 'taken', 'acknowledged', 'refused')), 
	CONSTRAINT submitted_record_reasons CHECK ((state = 'refused') = (reasons <> '{}')), 
	CONSTRAINT submitted_record_acknowledged CHECK (state <> 'acknowledged' or (submitted is not null and held = submitted)), 
	CONSTRAINT submitted_record_submitted CHECK (state not in ('unknown', 'taken') or submitted is not null), 
	FOREIGN KEY(feed) REFERENCES hub.feed (id)
)""",
    "CREATE INDEX submitted_record_open ON hub.submitted_record (feed, state, queued_at, system, key) WHERE state in ('waiting', 'unknown', 'taken')",
    "CREATE INDEX submitted_record_refused ON hub.submitted_record (feed) WHERE state = 'refused'",
    "COMMENT ON TABLE hub.submitted_record IS 'Records that a receiver is submitted one by one: version, digest and state of each, never a value'",
    "COMMENT ON COLUMN hub.submitted_record.key IS 'of the record at its source; of a step: its dossier''s, state, ordinal'",
    "COMMENT ON COLUMN hub.submitted_record.number IS 'by which the receiver knows it'",
    "COMMENT ON COLUMN hub.submitted_record.batch IS 'which version of the record waits or was submitted last'",
    "COMMENT ON COLUMN hub.submitted_record.submitted IS 'SHA-256 of the content submitted last; null: never'",
    "COMMENT ON COLUMN hub.submitted_record.held IS 'SHA-256 of the content that the receiver took last; null: it holds nothing of ours'",
    "COMMENT ON COLUMN hub.submitted_record.source_state IS 'TrangThaiHoSo as the source has it'",
    "COMMENT ON COLUMN hub.submitted_record.submitted_state IS 'TrangThaiHoSo as it was submitted'",
    "COMMENT ON COLUMN hub.submitted_record.their_state IS 'the receiver''s own state of it, as a code'",
    "COMMENT ON COLUMN hub.submitted_record.reasons IS 'codes of its refusal; never a value'",
    "COMMENT ON COLUMN hub.submitted_record.tries IS 'calls that submitted it'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.submitted_record")
