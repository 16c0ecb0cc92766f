"""Sending: what was tried with each delivery, what its receiver signed, and counts that follow the state."""

from alembic import op

revision = "0090"
down_revision = "0101"

STATEMENTS = [
    """
CREATE TABLE hub.sending (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	feed TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	what TEXT NOT NULL,
	system TEXT NOT NULL,
	detail TEXT DEFAULT '' NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(feed, sequence) REFERENCES hub.delivery (feed, sequence),
	CONSTRAINT sending_what CHECK (what in ('begun', 'asked', 'taken', 'nothing', 'answered', 'failed', 'unfit'))
)""",
    "COMMENT ON TABLE hub.sending IS 'What was tried with each delivery: written before a call and after it; only ever appended'",
    "COMMENT ON COLUMN hub.sending.system IS 'where it was pushed; inbox: it was fetched'",
    "COMMENT ON COLUMN hub.sending.detail IS 'name of an error; no value of a record'",
    "CREATE INDEX sending_of ON hub.sending (feed, sequence, id)",
    """
CREATE TABLE hub.delivery_answer (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	feed TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	outcome TEXT NOT NULL,
	refused BIGINT NOT NULL,
	said_at TIMESTAMP WITH TIME ZONE NOT NULL,
	key TEXT NOT NULL,
	body BYTEA NOT NULL,
	digest TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(feed, sequence) REFERENCES hub.delivery (feed, sequence),
	CONSTRAINT delivery_answer_once UNIQUE (feed, sequence, digest),
	CONSTRAINT delivery_answer_outcome CHECK (outcome in ('accepted', 'refused', 'lost'))
)""",
    "COMMENT ON TABLE hub.delivery_answer IS 'What receivers signed about deliveries, each once; only ever appended'",
    "COMMENT ON COLUMN hub.delivery_answer.refused IS 'items that it refused'",
    "COMMENT ON COLUMN hub.delivery_answer.said_at IS 'the receiver''s clock'",
    "COMMENT ON COLUMN hub.delivery_answer.key IS 'id of the key that signed'",
    "COMMENT ON COLUMN hub.delivery_answer.body IS 'as it was signed'",
    "COMMENT ON COLUMN hub.delivery_answer.digest IS 'SHA-256 of the body'",
    "ALTER TABLE hub.delivery ADD CONSTRAINT delivery_counts_follow CHECK"
    " (waiting = case when state in ('released', 'sent') then released else 0 end"
    " and unknown = case when state = 'unknown' then released else 0 end"
    " and (state <> 'refused' or acknowledged = 0))",
]
WHAT = "'decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report', 'use', 'refuse', 'confirm', 'look', 'delivery', 'subject', 'breach'"


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("sending", "delivery_answer"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )
    _audited(f"{WHAT}, 'sending'")


def downgrade() -> None:
    _audited(WHAT, " NOT VALID")  # rows of the log stay
    op.execute("ALTER TABLE hub.delivery DROP CONSTRAINT delivery_counts_follow")
    op.execute("DROP TABLE hub.delivery_answer, hub.sending")


def _audited(kinds: str, how: str = "") -> None:
    op.execute("ALTER TABLE hub.audit DROP CONSTRAINT audit_what")
    op.execute(f"ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in ({kinds})){how}")
