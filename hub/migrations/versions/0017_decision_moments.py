"""A decision is a claim about a moment: the question rests sealed beside it, and what no longer holds has a successor
with the reason.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

OUTGOING = "('decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report', 'use', 'refuse'{more})"

DDL = (
    "ALTER TABLE hub.decision ADD COLUMN generation INTEGER DEFAULT 1 NOT NULL",
    "ALTER TABLE hub.decision ADD COLUMN supersedes BIGINT REFERENCES hub.decision (id)",
    "ALTER TABLE hub.decision ADD COLUMN changed TEXT[] DEFAULT '{}' NOT NULL",
    "ALTER TABLE hub.decision ADD COLUMN candidates TEXT[] DEFAULT '{}' NOT NULL",
    "COMMENT ON COLUMN hub.decision.candidates IS 'of a confirm with several: record@version of each'",
    "COMMENT ON COLUMN hub.decision.generation IS 'which answer to this question it is: 1 the first, the last one stands'",
    "COMMENT ON COLUMN hub.decision.supersedes IS 'the decision in whose place it stands'",
    "COMMENT ON COLUMN hub.decision.changed IS 'why: conditions that say otherwise than before, or record, version; never a value'",
    "ALTER TABLE hub.decision DROP CONSTRAINT decision_once",
    "ALTER TABLE hub.decision ADD CONSTRAINT decision_once UNIQUE (agency, dossier, requirement_set, requirement, generation)",
    "ALTER TABLE hub.decision ADD CONSTRAINT decision_successor UNIQUE (supersedes)",
    "ALTER TABLE hub.decision ADD CONSTRAINT decision_generation CHECK ((generation = 1) = (supersedes is null) and (generation = 1) = (changed = '{}'))",
    """
CREATE TABLE hub.decision_question (
  decision BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (decision),
  FOREIGN KEY(decision) REFERENCES hub.decision (id)
)""",
    "COMMENT ON TABLE hub.decision_question IS 'The question of a decision, by which it is judged again; only ever appended'",
    "COMMENT ON COLUMN hub.decision_question.content IS 'the question as JSON, sealed'",
    """
CREATE TRIGGER decision_question_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.decision_question FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()""",
    "ALTER TABLE hub.decision_act ADD COLUMN record TEXT DEFAULT '' NOT NULL",
    "COMMENT ON COLUMN hub.decision_act.record IS 'candidate that it is about, where it is not the decision''s own record'",
    "ALTER TABLE hub.decision_act DROP CONSTRAINT decision_act_once",
    "ALTER TABLE hub.decision_act ADD CONSTRAINT decision_act_once UNIQUE (decision, what, record)",
    "ALTER TABLE hub.decision_act DROP CONSTRAINT decision_act_what",
    "ALTER TABLE hub.decision_act ADD CONSTRAINT decision_act_what CHECK (what in ('previewed', 'confirmed', 'used', 'refused'))",
    "ALTER TABLE hub.audit DROP CONSTRAINT audit_what",
    f"ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in {OUTGOING.format(more=', ' + repr('confirm'))})",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    """Fails, and changes nothing, if a decision was superseded or an act confirmed: the older tables cannot hold that.
    """
    for statement in (
        "ALTER TABLE hub.audit DROP CONSTRAINT audit_what",
        f"ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in {OUTGOING.format(more='')}) NOT VALID",
        "ALTER TABLE hub.decision_act DROP CONSTRAINT decision_act_what",
        "ALTER TABLE hub.decision_act ADD CONSTRAINT decision_act_what CHECK (what in ('previewed', 'used', 'refused'))",
        "ALTER TABLE hub.decision_act DROP CONSTRAINT decision_act_once",
        "ALTER TABLE hub.decision_act ADD CONSTRAINT decision_act_once UNIQUE (decision, what)",
        "ALTER TABLE hub.decision_act DROP COLUMN record",
        "DROP TABLE hub.decision_question",
        "ALTER TABLE hub.decision DROP CONSTRAINT decision_generation",
        "ALTER TABLE hub.decision DROP CONSTRAINT decision_successor",
        "ALTER TABLE hub.decision DROP CONSTRAINT decision_once",
        "ALTER TABLE hub.decision ADD CONSTRAINT decision_once UNIQUE (agency, dossier, requirement_set, requirement)",
        "ALTER TABLE hub.decision DROP COLUMN candidates",
        "ALTER TABLE hub.decision DROP COLUMN changed",
        "ALTER TABLE hub.decision DROP COLUMN supersedes",
        "ALTER TABLE hub.decision DROP COLUMN generation",
    ):
        op.execute(statement)
