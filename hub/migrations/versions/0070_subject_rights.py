"""Requests of people about their data, with what the office did; two kinds of rows in the audit log."""

from alembic import op

revision = "0070"
down_revision = "0080"

WHAT = "'decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report', 'use', 'refuse', 'confirm', 'look', 'delivery'"
TABLES = [
    """
CREATE TABLE hub.subject_request (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	"right" TEXT NOT NULL,
	subjects BYTEA[] NOT NULL,
	file TEXT NOT NULL,
	record TEXT DEFAULT '' NOT NULL,
	field TEXT DEFAULT '' NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	law TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT subject_request_right CHECK ("right" in ('view', 'correct', 'object')),
	CONSTRAINT subject_request_said CHECK (file <> '' and who <> '' and why <> ''),
	CONSTRAINT subject_request_correct CHECK ("right" <> 'correct' or (record <> '' and field <> '')),
	CONSTRAINT subject_request_once UNIQUE (file, "right", record, field)
)""",
    "COMMENT ON TABLE hub.subject_request IS"
    " 'Requests of people about their data (Decree 356/2025 Art. 5); only ever appended'",
    "COMMENT ON COLUMN hub.subject_request.subjects IS 'keyed HMAC of the person''s numbers; never a number'",
    "COMMENT ON COLUMN hub.subject_request.file IS 'number of the written request at the office'",
    "COMMENT ON COLUMN hub.subject_request.record IS 'record that it is about; empty: all'",
    "COMMENT ON COLUMN hub.subject_request.field IS 'field that is said to be wrong'",
    "COMMENT ON COLUMN hub.subject_request.law IS 'what the clocks rest on, as of the day it came'",
    """
CREATE TABLE hub.subject_act (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	request BIGINT NOT NULL,
	what TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT subject_act_once UNIQUE (request, what),
	CONSTRAINT subject_act_what CHECK (what in ('acknowledged', 'extended', 'answered', 'refused')),
	CONSTRAINT subject_act_said CHECK (who <> '' and why <> ''),
	FOREIGN KEY(request) REFERENCES hub.subject_request (id)
)""",
    "COMMENT ON TABLE hub.subject_act IS 'What the office did about a person''s request; only ever appended'",
    "COMMENT ON COLUMN hub.subject_act.why IS 'the reason in the person''s words; no value of a record'",
    "CREATE INDEX subject_act_request ON hub.subject_act (request)",
    "COMMENT ON COLUMN hub.basis.as_of IS"
    " 'the day since which dated lists and systems were those that the batch was judged with'",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("subject_request", "subject_act"):
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
        )
    _audited(f"{WHAT}, 'subject', 'breach'")


def downgrade() -> None:
    _audited(WHAT, " NOT VALID")  # rows of the log stay
    op.execute("DROP TABLE hub.subject_act, hub.subject_request")


def _audited(kinds: str, how: str = "") -> None:
    op.execute("ALTER TABLE hub.audit DROP CONSTRAINT audit_what")
    op.execute(f"ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in ({kinds})){how}")
