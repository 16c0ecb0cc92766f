"""A case that is long overdue is escalated: the office above its owner is named, once."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"

WORD = "escalated"
SAME = ": another spelling is the same person"
UNIT = "code of the unit; empty: for the system"


def upgrade() -> None:
    op.execute('ALTER TABLE hub."case" ADD COLUMN escalated_at TIMESTAMP WITH TIME ZONE')
    op.execute(
        """COMMENT ON COLUMN hub."case".escalated_at IS 'when the office above its owner was named, because it was long overdue'"""
    )
    op.execute(f"COMMENT ON COLUMN hub.case_owner.unit IS '{UNIT}; *: the office above all'")
    op.execute(f"COMMENT ON COLUMN hub.case_signature.who IS 'the name in plain letters{SAME}'")
    _allow("act", "act_what", "what", [*_allowed("act_what"), WORD])
    _allow("alert", "alert_kind", "kind", [*_allowed("alert_kind"), WORD])


def downgrade() -> None:
    """Fails, and changes nothing, if a case was escalated: the older log of acts cannot hold that."""
    op.execute(f"DELETE FROM hub.alert WHERE kind = '{WORD}'")
    _allow("alert", "alert_kind", "kind", [word for word in _allowed("alert_kind") if word != WORD])
    _allow("act", "act_what", "what", [word for word in _allowed("act_what") if word != WORD])
    op.execute("DELETE FROM hub.case_owner WHERE unit = '*'")
    op.execute(f"COMMENT ON COLUMN hub.case_owner.unit IS '{UNIT}'")
    op.execute(f"COMMENT ON COLUMN hub.case_signature.who IS 'the name in small letters{SAME}'")
    op.execute('ALTER TABLE hub."case" DROP COLUMN escalated_at')


def _allowed(constraint: str) -> list[str]:
    """The words that a check allows now: other migrations add some too."""
    query = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    return re.findall(r"'([\w-]+)'", op.get_bind().scalar(query, {"name": constraint}))


def _allow(table: str, constraint: str, column: str, words: list[str]) -> None:
    allowed = ", ".join(f"'{word}'" for word in dict.fromkeys(words))
    op.execute(f"ALTER TABLE hub.{table} DROP CONSTRAINT {constraint}")
    op.execute(f"ALTER TABLE hub.{table} ADD CONSTRAINT {constraint} CHECK ({column} in ({allowed}))")
