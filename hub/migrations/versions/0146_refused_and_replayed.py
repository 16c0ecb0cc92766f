"""What people do to cases: a proposed waiver is refused, landed pages are judged again."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0146"
down_revision = "0102"

WORDS = ("refused", "replayed")


def upgrade() -> None:
    _allow([*_allowed(), *WORDS])


def downgrade() -> None:
    """Fails, and changes nothing, if one was written: the older log of acts cannot hold that."""
    _allow([word for word in _allowed() if word not in WORDS])


def _allowed() -> list[str]:
    """The words that the check allows now: other migrations add some too."""
    query = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'act_what'")
    return re.findall(r"'([\w-]+)'", op.get_bind().scalar(query))


def _allow(words: list[str]) -> None:
    allowed = ", ".join(f"'{word}'" for word in dict.fromkeys(words))
    op.execute("ALTER TABLE hub.act DROP CONSTRAINT act_what")
    op.execute(f"ALTER TABLE hub.act ADD CONSTRAINT act_what CHECK (what in ({allowed}))")
