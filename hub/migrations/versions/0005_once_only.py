"""Once only: a recall key for names, decisions on record, the register of issued copies."""

from alembic import op

from quality.values.vietnamese import RECALL_FROM, RECALL_TO

revision = "0005"
down_revision = "0003"

ONLY_APPENDED = """
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.{table} FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"""

DDL = (
    f"""
CREATE FUNCTION hub.recall_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT btrim(regexp_replace(translate(name, '{RECALL_FROM}', '{RECALL_TO}'), '\\s+', ' ', 'g'))
$$""",
    "COMMENT ON FUNCTION hub.recall_key IS 'a name without marks and case: finds candidates, decides nothing; the same as quality.values.vietnamese.recall_key'",
    """
CREATE FUNCTION hub.stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'hub.% is only ever appended to', TG_TABLE_NAME;
END $$""",
    """
CREATE TABLE hub.decision (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  agency TEXT NOT NULL,
  dossier TEXT NOT NULL,
  requirement_set TEXT NOT NULL,
  requirement TEXT NOT NULL,
  procedure TEXT NOT NULL,
  purpose TEXT NOT NULL,
  outcome TEXT NOT NULL,
  evidence_type TEXT,
  dataset TEXT,
  system TEXT,
  record_key TEXT,
  version TIMESTAMP WITH TIME ZONE,
  result_code TEXT,
  legal_basis TEXT NOT NULL,
  why JSONB NOT NULL,
  known_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT decision_once UNIQUE (agency, dossier, requirement_set, requirement),
  CONSTRAINT decision_outcome CHECK (outcome in ('reuse', 'confirm', 'ask')),
  CONSTRAINT decision_evidence CHECK (outcome = 'ask' or num_nulls(dataset, system, record_key, version) = 0)
)""",
    "COMMENT ON TABLE hub.decision IS 'Reuse, confirm or ask, for one requirement of one dossier; only ever appended'",
    "COMMENT ON COLUMN hub.decision.requirement_set IS 'keyed hash of what was asked: requirements, persons, purpose'",
    "COMMENT ON COLUMN hub.decision.why IS 'each condition with its value; no value of a person'",
    "CREATE INDEX decision_dossier ON hub.decision (dossier)",
    ONLY_APPENDED.format(table="decision"),
    """
CREATE TABLE hub.decision_act (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  decision BIGINT NOT NULL,
  what TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT decision_act_once UNIQUE (decision, what),
  CONSTRAINT decision_act_what CHECK (what in ('previewed', 'used', 'refused')),
  CONSTRAINT decision_act_said CHECK (who <> '' and why <> ''),
  FOREIGN KEY(decision) REFERENCES hub.decision (id)
)""",
    "COMMENT ON TABLE hub.decision_act IS 'What the officer did: looked at the evidence, then used it or refused it; only ever appended'",
    ONLY_APPENDED.format(table="decision_act"),
    """
CREATE TABLE hub.issued_copy (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  agency TEXT NOT NULL,
  year INTEGER NOT NULL,
  kind TEXT NOT NULL,
  number INTEGER NOT NULL,
  dataset TEXT NOT NULL,
  system TEXT NOT NULL,
  record_key TEXT NOT NULL,
  version TIMESTAMP WITH TIME ZONE NOT NULL,
  reference TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT issued_copy_number UNIQUE (agency, year, kind, number),
  CONSTRAINT issued_copy_once UNIQUE (agency, reference, dataset, system, record_key, version)
)""",
    "COMMENT ON TABLE hub.issued_copy IS 'Register of issued copies (trích lục): one running number an agency, year and kind; only ever appended'",
    "COMMENT ON COLUMN hub.issued_copy.reference IS 'the dossier or question for which it was issued'",
    ONLY_APPENDED.format(table="issued_copy"),
    """
CREATE TABLE hub.issued_copy_sheet (
  copy BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (copy, sha256),
  FOREIGN KEY(copy) REFERENCES hub.issued_copy (id)
)""",
    "COMMENT ON TABLE hub.issued_copy_sheet IS 'Hash of the data that a numbered copy showed; only ever appended'",
    ONLY_APPENDED.format(table="issued_copy_sheet"),
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    for statement in ("TABLE hub.issued_copy_sheet", "TABLE hub.issued_copy", "TABLE hub.decision_act", "TABLE hub.decision", "FUNCTION hub.stays", "FUNCTION hub.recall_key(text)"):
        op.execute(f"DROP {statement}")
