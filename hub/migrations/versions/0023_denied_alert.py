"""A storm of denied questions of an agency that holds grants is an alert; an index counts them."""

from alembic import op

revision = "0023"
down_revision = "0022"

KINDS = "ALTER TABLE hub.alert DROP CONSTRAINT alert_kind, ADD CONSTRAINT alert_kind CHECK (kind in ({}))"
BEFORE = "'hour', 'misses', 'day', 'census', 'replay'"


def upgrade() -> None:
    op.execute(KINDS.format(f"{BEFORE}, 'denied'"))
    op.execute("CREATE INDEX audit_denied ON hub.audit (agency, at) WHERE outcome = 'denied' AND NOT missed")


def downgrade() -> None:
    op.execute("DROP INDEX hub.audit_denied")
    op.execute("DELETE FROM hub.alert WHERE kind = 'denied'")
    op.execute(KINDS.format(BEFORE))
