"""A run names who began it."""

from alembic import op

revision = "0132"
down_revision = "0147"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.run ADD COLUMN begun_by TEXT")
    op.execute(
        "COMMENT ON COLUMN hub.run.begun_by IS 'a login, or airflow: and a user of Airflow; null: the schedule, or the"
        " hub by itself'"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE hub.run DROP COLUMN begun_by")
