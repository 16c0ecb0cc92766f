"""Quotas of an officer and about a person: their places in flight, their rows, their alerts."""

from alembic import op

revision = "0061"
down_revision = "0073"

BEFORE = ("hour", "misses", "day", "denied", "census", "replay", "overdue", "escalated", "waiver", "unwatched")
KINDS = (*BEFORE[:3], "officer", "subjects", "subject", *BEFORE[3:])


def upgrade() -> None:
    op.execute("ALTER TABLE hub.in_flight ADD COLUMN officer TEXT DEFAULT '' NOT NULL")
    op.execute("CREATE INDEX audit_officer ON hub.audit (agency, who, at)")
    op.execute("ALTER TABLE hub.alert DROP CONSTRAINT alert_kind")
    op.execute(f"ALTER TABLE hub.alert ADD CONSTRAINT alert_kind CHECK (kind in {KINDS})")


def downgrade() -> None:
    op.execute("ALTER TABLE hub.alert DROP CONSTRAINT alert_kind")
    op.execute(f"ALTER TABLE hub.alert ADD CONSTRAINT alert_kind CHECK (kind in {BEFORE}) NOT VALID")
    op.execute("DROP INDEX hub.audit_officer")
    op.execute("ALTER TABLE hub.in_flight DROP COLUMN officer")
