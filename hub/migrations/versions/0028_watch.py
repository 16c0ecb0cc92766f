"""What watchers of systems know and have announced; an unwatched system is an alert."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

DDL = (
    """
CREATE TABLE hub.watch (
  stream TEXT NOT NULL,
  system TEXT NOT NULL,
  since TEXT,
  marks BYTEA,
  epoch BIGINT,
  news_at TIMESTAMP WITH TIME ZONE,
  asked_at TIMESTAMP WITH TIME ZONE,
  seen_at TIMESTAMP WITH TIME ZONE,
  failing_since TIMESTAMP WITH TIME ZONE,
  failure TEXT,
  PRIMARY KEY (stream)
)""",
    "COMMENT ON TABLE hub.watch IS 'What the watchers of systems know: one row a stream'",
    "COMMENT ON COLUMN hub.watch.since IS 'start of the overlap whose fingerprint was announced; null: nothing is'",
    "COMMENT ON COLUMN hub.watch.marks IS 'that fingerprint, eight bytes for each record'",
    "COMMENT ON COLUMN hub.watch.epoch IS 'of the stream at the announcement: it is open until a run raises it'",
    "COMMENT ON COLUMN hub.watch.news_at IS 'when it was announced'",
    "COMMENT ON COLUMN hub.watch.asked_at IS 'the last question that was answered, as of the last sign of life'",
    "COMMENT ON COLUMN hub.watch.seen_at IS 'the watcher''s last sign of life'",
    "COMMENT ON COLUMN hub.watch.failure IS 'kind of the last error; no message, no value'",
    # A watcher asks for the held batches of every stream each few seconds; there are few.
    "CREATE INDEX batch_held ON hub.batch (stream, serial) WHERE state = 'held'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)
    _allow({*_kinds(), "unwatched"})


def downgrade() -> None:
    op.execute("DELETE FROM hub.alert WHERE kind = 'unwatched'")
    _allow({*_kinds()} - {"unwatched"})
    op.execute("DROP INDEX hub.batch_held")
    op.execute("DROP TABLE hub.watch")


def _kinds() -> list[str]:
    """The kinds of alerts that the table allows now."""
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'alert_kind'"
    return re.findall(r"'(\w+)'", op.get_bind().scalar(sa.text(query)))


def _allow(kinds: set[str]) -> None:
    allowed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.execute(f"ALTER TABLE hub.alert DROP CONSTRAINT alert_kind, ADD CONSTRAINT alert_kind CHECK (kind in ({allowed}))")
