"""Error reports on shared data, and two more things that are noted: evidence used, evidence refused."""

from alembic import op

revision = "0010"
down_revision = "0009"

DDL = (
    """
CREATE TABLE hub.error_report (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  agency TEXT NOT NULL,
  who TEXT NOT NULL,
  purpose TEXT NOT NULL,
  dossier TEXT NOT NULL,
  dataset TEXT NOT NULL,
  system TEXT NOT NULL,
  record_key TEXT NOT NULL,
  field TEXT NOT NULL,
  kind TEXT NOT NULL,
  said BYTEA NOT NULL,
  said_lookup BYTEA NOT NULL,
  owner TEXT NOT NULL,
  reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT error_report_once UNIQUE (agency, dossier, dataset, system, record_key, field, kind, said_lookup),
  CONSTRAINT error_report_kind CHECK (kind in ('wrong', 'missing', 'outdated', 'other-person'))
)""",
    "COMMENT ON TABLE hub.error_report IS 'What consumers of shared data found wrong in it, for the owner of the source (Decree 47/2020 Art. 52.2c); only ever appended'",
    "COMMENT ON COLUMN hub.error_report.field IS 'wire name; empty: the record as a whole'",
    "COMMENT ON COLUMN hub.error_report.said IS 'the reporter''s words, sealed: they may name people'",
    "COMMENT ON COLUMN hub.error_report.said_lookup IS 'keyed HMAC of the words: the same report twice is one'",
    """
CREATE TABLE hub.error_report_act (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  report BIGINT NOT NULL,
  what TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT error_report_act_once UNIQUE (report, what),
  CONSTRAINT error_report_act_what CHECK (what in ('forwarded', 'corrected', 'rejected')),
  CONSTRAINT error_report_act_said CHECK (who <> '' and why <> ''),
  FOREIGN KEY(report) REFERENCES hub.error_report (id)
)""",
    "COMMENT ON TABLE hub.error_report_act IS 'What became of a report: told to the source''s owner, corrected there, or rejected; only ever appended'",
    *(f"""
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table} FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"""
      for table in ("error_report", "error_report_act")),
    "ALTER TABLE hub.audit DROP CONSTRAINT audit_what",
    """
ALTER TABLE hub.audit ADD CONSTRAINT audit_what
  CHECK (what in ('decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report', 'use', 'refuse'))""",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    for statement in (
        "DROP TABLE hub.error_report_act", "DROP TABLE hub.error_report", "ALTER TABLE hub.audit DROP CONSTRAINT audit_what",
        """ALTER TABLE hub.audit ADD CONSTRAINT audit_what
           CHECK (what in ('decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report')) NOT VALID""",
    ):
        op.execute(statement)
