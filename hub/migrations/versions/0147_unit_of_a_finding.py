"""A finding knows its unit by code and day, as a case does: a code is given to another unit after a reform."""

from alembic import op

revision = "0147"
down_revision = "0146"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.finding ADD COLUMN unit_since TEXT")
    op.execute("COMMENT ON COLUMN hub.finding.unit_since IS 'first day on which the code named that unit'")
    # Where a code has named one unit only, it is that one; of the others nobody noted which, and no clerk sees them.
    op.execute("""
        UPDATE hub.finding f SET unit_since = o.since FROM (
            SELECT unit, min(since) AS since FROM hub.case_owner WHERE system = '' GROUP BY unit HAVING count(*) = 1
        ) o WHERE o.unit = f.unit""")


def downgrade() -> None:
    op.execute("ALTER TABLE hub.finding DROP COLUMN unit_since")
