"""A run remembers the request that it serves: the next try of a task that died goes on with its run."""

from alembic import op

revision = "0022"
down_revision = "0020"


def upgrade() -> None:
    op.execute('ALTER TABLE hub."run" ADD COLUMN request TEXT')
    op.execute("COMMENT ON COLUMN hub.\"run\".request IS 'the request it serves, an Airflow task say: the next try of it goes on with this run'")
    op.execute("COMMENT ON COLUMN hub.\"run\".epoch IS 'of its newest try'")
    op.execute('CREATE INDEX run_unfinished ON hub."run" (stream, request) WHERE ended_at IS NULL')


def downgrade() -> None:
    op.execute('COMMENT ON COLUMN hub."run".epoch IS NULL')
    op.execute('ALTER TABLE hub."run" DROP COLUMN request')
