"""The audit log says under which law something was asked, also when nothing was granted under it."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.audit ADD COLUMN asked_under TEXT DEFAULT '' NOT NULL")
    op.execute("COMMENT ON COLUMN hub.audit.asked_under IS 'legal basis that the question named; empty: none'")


def downgrade() -> None:
    op.execute("ALTER TABLE hub.audit DROP COLUMN asked_under")
