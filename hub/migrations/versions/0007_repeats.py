"""Streams of portals repeat dossiers that the systems which handle them tell themselves."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.stream ADD COLUMN IF NOT EXISTS repeats BOOLEAN DEFAULT false NOT NULL")
    op.execute("COMMENT ON COLUMN hub.stream.repeats IS 'what it tells, the system that handles it tells too: theirs counts'")


def downgrade() -> None:
    op.execute("ALTER TABLE hub.stream DROP COLUMN repeats")
