"""A decision remembers which side of the entry its question is about; so does a settled question of the Ministry."""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = ("decision", "ministry_state")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE hub.{table} ADD COLUMN role TEXT")
        op.execute(f"COMMENT ON COLUMN hub.{table}.role IS 'side of the entry: child, wife ...; null: decided before sides were kept'")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE hub.{table} DROP COLUMN role")
