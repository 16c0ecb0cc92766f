"""A batch that changed nothing remembers its answer: the same bytes, read the same way right after it, change nothing."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.batch ADD COLUMN answer BYTEA")
    op.execute(
        "COMMENT ON COLUMN hub.batch.answer IS 'hash of its pages and of everything that could change a verdict;"
        " set if it was applied and changed no row'"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE hub.batch DROP COLUMN answer")
