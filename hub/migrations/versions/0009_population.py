"""A decision that rests on the population database names no record: nothing of it is held."""

from alembic import op

revision = "0009"
down_revision = "0008"

HELD = "outcome = 'ask' or num_nulls(dataset, system, record_key, version) = 0"
ASKED = "outcome = 'ask' or evidence_type = 'population' or num_nulls(dataset, system, record_key, version) = 0"


def upgrade() -> None:
    _replace(ASKED)


def downgrade() -> None:
    _replace(HELD)


def _replace(condition: str) -> None:
    op.execute("ALTER TABLE hub.decision DROP CONSTRAINT decision_evidence")
    op.execute(f"ALTER TABLE hub.decision ADD CONSTRAINT decision_evidence CHECK ({condition})")
