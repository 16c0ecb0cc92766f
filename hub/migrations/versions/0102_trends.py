"""Counts by stream, dataset, unit and day, and how far they are whole."""

from alembic import op

revision = "0102"
down_revision = "0112"

DDL = (
    """
CREATE TABLE hub.daily_count (
	stream TEXT NOT NULL,
	dataset TEXT NOT NULL,
	unit TEXT NOT NULL,
	day DATE NOT NULL,
	figure TEXT NOT NULL,
	item TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (stream, dataset, unit, day, figure, item)
)""",
    "COMMENT ON TABLE hub.daily_count IS 'Counts by stream, dataset, unit and day, for trends'",
    "COMMENT ON COLUMN hub.daily_count.unit IS 'code of the unit whose records they are; empty: not known'",
    "COMMENT ON COLUMN hub.daily_count.day IS"
    " 'on which the hub took them in, in the deployment''s time zone'",
    "COMMENT ON COLUMN hub.daily_count.figure IS 'accepted, late, empty, code, quarantined, case, finding'",
    "COMMENT ON COLUMN hub.daily_count.item IS"
    " 'field, field=code or rule; empty: none; never a personal value'",
    "CREATE INDEX daily_count_day ON hub.daily_count (day)",
    """
CREATE TABLE hub.daily_kept (
	stream TEXT NOT NULL,
	through DATE NOT NULL,
	counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (stream)
)""",
    "COMMENT ON TABLE hub.daily_kept IS 'How far the counts of each stream are whole'",
    "COMMENT ON COLUMN hub.daily_kept.through IS 'last day whose counts are whole'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.daily_kept, hub.daily_count")
