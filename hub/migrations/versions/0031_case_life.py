"""The life of a case: its unit and owner, what people did to it, waivers of two people, requests; findings that end."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

ACTS = ("classified", "requested", "reminded", "signed", "expired", "reopened", "viewed", "acknowledged", "left")
DDL = (
    """
CREATE TABLE hub.case_owner (
  system TEXT NOT NULL,
  unit TEXT NOT NULL,
  since TEXT NOT NULL,
  until TEXT,
  owner TEXT NOT NULL,
  list TEXT NOT NULL,
  PRIMARY KEY (system, unit, since),
  CONSTRAINT case_owner_somebody CHECK (owner <> '')
)""",
    "COMMENT ON TABLE hub.case_owner IS 'Who answers for a record now, by the unit that it is of or else by its system; written from the deployment'",
    "COMMENT ON COLUMN hub.case_owner.system IS 'empty: for a unit, whatever system has its record'",
    "COMMENT ON COLUMN hub.case_owner.unit IS 'code of the unit; empty: for the system'",
    "COMMENT ON COLUMN hub.case_owner.since IS 'first day on which the code named this unit; empty: for the system'",
    "COMMENT ON COLUMN hub.case_owner.until IS 'last day; null: it still does'",
    "COMMENT ON COLUMN hub.case_owner.list IS 'digest of what the rows were made of'",
    'ALTER TABLE hub."case" ADD COLUMN unit TEXT, ADD COLUMN unit_since TEXT',
    'ALTER TABLE hub."case" ADD COLUMN assigned BOOLEAN DEFAULT false NOT NULL, ADD COLUMN fault TEXT',
    'ALTER TABLE hub."case" ADD COLUMN decision_number TEXT, ADD COLUMN closed_seen INTEGER',
    'ALTER TABLE hub."case" ADD COLUMN reminded_at TIMESTAMP WITH TIME ZONE',
    """ALTER TABLE hub."case" ADD CONSTRAINT case_fault CHECK (fault in ('digitisation', 'book'))""",
    """ALTER TABLE hub."case" ADD CONSTRAINT case_owned CHECK (owner <> '')""",
    """COMMENT ON COLUMN hub."case".unit IS 'code of the unit whose record it is; null: known by its system only'""",
    """COMMENT ON COLUMN hub."case".unit_since IS 'first day on which the code named that unit'""",
    """COMMENT ON COLUMN hub."case".assigned IS 'a person chose the owner: the list of owners does not change it'""",
    """COMMENT ON COLUMN hub."case".fault IS 'digitisation: the entry differs from the paper book; book: the book itself is wrong'""",
    """COMMENT ON COLUMN hub."case".decision_number IS 'of the decision by which the book was corrected (cải chính)'""",
    """COMMENT ON COLUMN hub."case".closed_seen IS 'how often it had been seen when a person closed it: seen more often, it opens again'""",
    """COMMENT ON COLUMN hub."case".reminded_at IS 'when its owner was last reminded'""",
    'CREATE INDEX case_overdue ON hub."case" (due_at) WHERE state = \'open\'',
    """
CREATE TABLE hub.case_waiver (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  "case" BIGINT NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  signed_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (id),
  FOREIGN KEY("case") REFERENCES hub."case" (id)
)""",
    "COMMENT ON TABLE hub.case_waiver IS 'Two people answer for a record although it breaks rules, until a day'",
    "COMMENT ON COLUMN hub.case_waiver.until IS 'the record is no evidence any more from then on'",
    "COMMENT ON COLUMN hub.case_waiver.signed_at IS 'when the second of two different people signed; null: not in force'",
    "COMMENT ON COLUMN hub.case_waiver.ended_at IS 'when its end was noted'",
    'CREATE UNIQUE INDEX case_waiver_one ON hub.case_waiver ("case") WHERE ended_at IS NULL',
    """
CREATE TABLE hub.case_signature (
  waiver BIGINT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (waiver, who),
  CONSTRAINT case_signature_said CHECK (who <> '' and why <> ''),
  FOREIGN KEY(waiver) REFERENCES hub.case_waiver (id)
)""",
    "COMMENT ON TABLE hub.case_signature IS 'Who signed a waiver, and why; only ever appended'",
    "COMMENT ON COLUMN hub.case_signature.who IS 'the name in small letters: another spelling is the same person'",
    """
CREATE TRIGGER case_signature_stays BEFORE UPDATE OR DELETE ON hub.case_signature FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()""",
    """
CREATE TABLE hub.waived_record (
  batch BIGINT NOT NULL,
  dataset TEXT NOT NULL,
  record_key TEXT NOT NULL,
  hash BYTEA NOT NULL,
  waiver BIGINT NOT NULL,
  PRIMARY KEY (batch, dataset, record_key, hash),
  FOREIGN KEY(batch) REFERENCES hub.batch (serial),
  FOREIGN KEY(waiver) REFERENCES hub.case_waiver (id)
)""",
    "COMMENT ON TABLE hub.waived_record IS 'Records that a batch took although they break rules, each with its waiver: a recount needs it'",
    "COMMENT ON COLUMN hub.waived_record.batch IS 'hub.batch.serial'",
    "COMMENT ON COLUMN hub.waived_record.hash IS 'fingerprint of its content, as in the warehouse'",
    """
CREATE TABLE hub.case_request (
  report BIGINT NOT NULL,
  "case" BIGINT NOT NULL,
  PRIMARY KEY (report),
  FOREIGN KEY(report) REFERENCES hub.error_report (id),
  FOREIGN KEY("case") REFERENCES hub."case" (id)
)""",
    "COMMENT ON TABLE hub.case_request IS 'The error report by which the owner of a case was asked to correct its record'",
    'CREATE INDEX case_request_case ON hub.case_request ("case")',
    "ALTER TABLE hub.finding ADD COLUMN unit TEXT, ADD COLUMN until TIMESTAMP WITH TIME ZONE",
    "ALTER TABLE hub.finding ADD COLUMN acknowledged_at TIMESTAMP WITH TIME ZONE, ADD COLUMN resolved_at TIMESTAMP WITH TIME ZONE",
    "COMMENT ON COLUMN hub.finding.unit IS 'code of the unit whose record it is; null: known by its system only'",
    "COMMENT ON COLUMN hub.finding.until IS 'from when on the record is no evidence: its waiver ends, or it left its source and a person released it'",
    "COMMENT ON COLUMN hub.finding.acknowledged_at IS 'when a person had looked at it; it stays with the record'",
    "COMMENT ON COLUMN hub.finding.resolved_at IS 'when the record came again without it'",
    "ALTER TABLE hub.act ADD COLUMN detail TEXT, ADD COLUMN finding BIGINT REFERENCES hub.finding (id)",
    "COMMENT ON COLUMN hub.act.detail IS 'what was set: an owner, a day, the number of a decision; no value of a record'",
    "CREATE INDEX act_finding ON hub.act (finding)",
    "ALTER TABLE hub.act DROP CONSTRAINT act_about",
    'ALTER TABLE hub.act ADD CONSTRAINT act_about CHECK (num_nonnulls("case", batch, stream, finding) = 1)',
    "COMMENT ON TABLE hub.act IS 'What people, or the hub by itself, did to a case, a finding, a held batch or a stopped stream; only ever appended'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)
    _allow("act", "act_what", "what", [*_allowed("act_what"), *ACTS])
    _allow("alert", "alert_kind", "kind", [*_allowed("alert_kind"), "overdue", "waiver"])


def downgrade() -> None:
    """Fails, and changes nothing, if somebody acted on a case or a finding: the older log of acts cannot hold that."""
    for statement in (
        "DELETE FROM hub.alert WHERE kind in ('overdue', 'waiver')",
        "ALTER TABLE hub.act DROP CONSTRAINT act_about",
        "ALTER TABLE hub.act DROP COLUMN finding, DROP COLUMN detail",
        'ALTER TABLE hub.act ADD CONSTRAINT act_about CHECK (num_nonnulls("case", batch, stream) = 1)',
        "ALTER TABLE hub.finding DROP COLUMN resolved_at, DROP COLUMN acknowledged_at, DROP COLUMN until, DROP COLUMN unit",
        "DROP TABLE hub.case_request",
        "DROP TABLE hub.waived_record",
        "DROP TABLE hub.case_signature",
        "DROP TABLE hub.case_waiver",
        "DROP INDEX hub.case_overdue",
        'ALTER TABLE hub."case" DROP CONSTRAINT case_owned, DROP CONSTRAINT case_fault',
        'ALTER TABLE hub."case" DROP COLUMN reminded_at, DROP COLUMN closed_seen, DROP COLUMN decision_number',
        'ALTER TABLE hub."case" DROP COLUMN fault, DROP COLUMN assigned, DROP COLUMN unit_since, DROP COLUMN unit',
        "DROP TABLE hub.case_owner",
    ):
        op.execute(statement)
    _allow("act", "act_what", "what", [each for each in _allowed("act_what") if each not in ACTS])
    _allow("alert", "alert_kind", "kind", [k for k in _allowed("alert_kind") if k not in ("overdue", "waiver")])


def _allowed(constraint: str) -> list[str]:
    """The words that a check allows now: other migrations add some too."""
    query = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    return re.findall(r"'([\w-]+)'", op.get_bind().scalar(query, {"name": constraint}))


def _allow(table: str, constraint: str, column: str, words: list[str]) -> None:
    allowed = ", ".join(f"'{word}'" for word in dict.fromkeys(words))
    op.execute(f"ALTER TABLE hub.{table} DROP CONSTRAINT {constraint}")
    op.execute(f"ALTER TABLE hub.{table} ADD CONSTRAINT {constraint} CHECK ({column} in ({allowed}))")
