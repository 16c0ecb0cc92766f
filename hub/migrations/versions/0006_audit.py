"""Who asked what about whom, and what was answered: one row a question, only ever appended."""

from alembic import op

revision = "0006"
down_revision = "0005"

DDL = (
    """
CREATE TABLE hub.audit (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  agency TEXT NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reference TEXT NOT NULL,
  subjects BYTEA[] NOT NULL,
  datasets TEXT[] NOT NULL,
  grants TEXT[] NOT NULL,
  legal_bases TEXT[] NOT NULL,
  outcome TEXT NOT NULL,
  answer_sha256 TEXT NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT audit_what CHECK (what in ('decisions', 'preview', 'extract')),
  CONSTRAINT audit_outcome CHECK (outcome in ('answered', 'nothing', 'denied', 'limit')),
  CONSTRAINT audit_said CHECK (agency <> '' and who <> '' and purpose <> '' and reference <> '')
)""",
    "COMMENT ON TABLE hub.audit IS 'Each question, answered or not (Decree 47/2020 Art. 45); written in the transaction of its answer; only ever appended'",
    "COMMENT ON COLUMN hub.audit.at IS 'the database''s own clock: the hourly limit counts by it'",
    "COMMENT ON COLUMN hub.audit.asked_at IS 'the deployment''s clock'",
    "COMMENT ON COLUMN hub.audit.reference IS 'the dossier or question for which it was asked: the stated purpose in the single case'",
    "COMMENT ON COLUMN hub.audit.subjects IS 'keyed HMAC of the numbers asked about; never a number'",
    "COMMENT ON COLUMN hub.audit.answer_sha256 IS 'of what was answered'",
    "CREATE INDEX audit_agency ON hub.audit (agency, at)",
    "CREATE INDEX audit_subject ON hub.audit USING gin (subjects)",
    """
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.audit FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()""",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.audit")
