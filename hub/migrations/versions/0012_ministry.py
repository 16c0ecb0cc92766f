"""Questions of the Ministry (module BS) with their states, and receipts of what was handed over."""

from alembic import op

revision = "0012"
down_revision = "0011"

DDL = (
    """
CREATE TABLE hub.ministry_question (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  unit TEXT NOT NULL,
  reference TEXT NOT NULL,
  agency TEXT NOT NULL,
  who TEXT NOT NULL,
  content BYTEA NOT NULL,
  content_lookup BYTEA NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT ministry_question_once UNIQUE (unit, reference, content_lookup)
)""",
    "COMMENT ON TABLE hub.ministry_question IS 'Questions of module BS; only ever appended'",
    "COMMENT ON COLUMN hub.ministry_question.unit IS 'maDonVi of the office that asks'",
    "COMMENT ON COLUMN hub.ministry_question.reference IS 'maHoSo at that office'",
    "COMMENT ON COLUMN hub.ministry_question.agency IS 'whose grants count'",
    "COMMENT ON COLUMN hub.ministry_question.content IS 'data as it came, sealed'",
    "COMMENT ON COLUMN hub.ministry_question.content_lookup IS 'keyed HMAC of data'",
    """
CREATE TABLE hub.ministry_state (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  question BIGINT NOT NULL,
  state TEXT NOT NULL,
  reasons JSONB NOT NULL,
  type TEXT,
  system TEXT,
  record_key TEXT,
  version TIMESTAMP WITH TIME ZONE,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT ministry_state_state CHECK (state in ('1', '2', '4', '6')),
  CONSTRAINT ministry_state_evidence CHECK (state <> '4' or num_nulls(type, system, record_key, version) = 0),
  FOREIGN KEY(question) REFERENCES hub.ministry_question (id)
)""",
    "COMMENT ON TABLE hub.ministry_state IS 'What became of a question: the last row holds; only ever appended'",
    "COMMENT ON COLUMN hub.ministry_state.reasons IS 'sentences, without a value of a person'",
    "CREATE INDEX ministry_state_question ON hub.ministry_state (question)",
    """
CREATE TABLE hub.receipt (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  year INTEGER NOT NULL,
  number INTEGER NOT NULL,
  agency TEXT NOT NULL,
  who TEXT NOT NULL,
  subject BYTEA,
  pseudonym TEXT NOT NULL,
  what TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reference TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  draft_sha256 TEXT NOT NULL,
  handed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT receipt_number UNIQUE (year, number),
  CONSTRAINT receipt_once UNIQUE (agency, reference, sha256, draft_sha256)
)""",
    "COMMENT ON TABLE hub.receipt IS 'Who was handed what about whom, why, under which law; one running number a year; only ever appended'",
    "COMMENT ON COLUMN hub.receipt.subject IS 'keyed HMAC of the number, as in the audit log; null where the entry has none'",
    "COMMENT ON COLUMN hub.receipt.pseudonym IS 'the person, for this receiver only'",
    "COMMENT ON COLUMN hub.receipt.sha256 IS 'of the data handed over, as UTF-8'",
    "COMMENT ON COLUMN hub.receipt.draft_sha256 IS 'of the draft handed over'",
    *(f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table} FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
      for table in ("ministry_question", "ministry_state", "receipt")),
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    for table in ("receipt", "ministry_state", "ministry_question"):
        op.execute(f"DROP TABLE hub.{table}")
