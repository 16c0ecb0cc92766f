"""A batch remembers its answer, changed or not, and the span of its keys: what it left stays until another is in the span."""

from alembic import op

revision = "0034"
down_revision = "0033"

DDL = (
    'ALTER TABLE hub.batch ADD COLUMN least_key TEXT COLLATE "C", ADD COLUMN greatest_key TEXT COLLATE "C", ADD COLUMN changed BOOLEAN',
    "COMMENT ON COLUMN hub.batch.answer IS 'hash of its pages and of everything that could change a verdict'",
    "COMMENT ON COLUMN hub.batch.least_key IS 'least key of the records in it, once it was applied'",
    "COMMENT ON COLUMN hub.batch.greatest_key IS 'greatest key of the records in it'",
    "COMMENT ON COLUMN hub.batch.changed IS 'whether it changed any row, once it was applied'",
    # Answers of before have no span of keys.
    "UPDATE hub.batch SET answer = NULL WHERE answer IS NOT NULL",
    "CREATE INDEX batch_answer ON hub.batch (stream, answer) WHERE answer IS NOT NULL",
    "CREATE INDEX batch_changed ON hub.batch (stream, serial) WHERE state = 'applied' AND changed IS NOT FALSE",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX hub.batch_answer, hub.batch_changed")
    op.execute("UPDATE hub.batch SET answer = NULL WHERE answer IS NOT NULL")
    op.execute("ALTER TABLE hub.batch DROP COLUMN least_key, DROP COLUMN greatest_key, DROP COLUMN changed")
