"""Records, answers and prefill are noted too, with the fields told."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.audit ADD COLUMN fields TEXT[] DEFAULT '{}' NOT NULL")
    op.execute("COMMENT ON COLUMN hub.audit.fields IS 'what was told, as dataset.field or dataset?answer; never a value'")
    op.execute("ALTER TABLE hub.audit DROP CONSTRAINT audit_what")
    op.execute("""
ALTER TABLE hub.audit ADD CONSTRAINT audit_what
  CHECK (what in ('decisions', 'preview', 'extract', 'record', 'answer', 'prefill', 'evidence', 'status', 'report'))""")


def downgrade() -> None:
    op.execute("ALTER TABLE hub.audit DROP CONSTRAINT audit_what")
    op.execute("ALTER TABLE hub.audit ADD CONSTRAINT audit_what CHECK (what in ('decisions', 'preview', 'extract')) NOT VALID")
    op.execute("ALTER TABLE hub.audit DROP COLUMN fields")
