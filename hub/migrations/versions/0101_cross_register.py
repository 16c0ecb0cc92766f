"""How far each rule across registers has looked, and the pairs of records that contradict each other."""

from alembic import op

revision = "0101"
down_revision = "0096"

DDL = (
    """
CREATE TABLE hub.cross_check (
	rule TEXT NOT NULL,
	system TEXT NOT NULL,
	digest TEXT NOT NULL,
	batches JSONB NOT NULL,
	pairs BIGINT NOT NULL,
	checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (rule, system)
)""",
    "COMMENT ON TABLE hub.cross_check IS 'How far each rule across registers has looked'",
    "COMMENT ON COLUMN hub.cross_check.rule IS 'across.<name>'",
    "COMMENT ON COLUMN hub.cross_check.digest IS 'of the rule; another one judges everything again'",
    "COMMENT ON COLUMN hub.cross_check.batches IS 'stream -> the batch up to which its records were judged'",
    "COMMENT ON COLUMN hub.cross_check.pairs IS 'how many pairs contradicted each other after the look'",
    """
CREATE TABLE hub.cross_pair (
	rule TEXT NOT NULL,
	system TEXT NOT NULL,
	record_key TEXT NOT NULL,
	other_key TEXT NOT NULL,
	found_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (rule, system, record_key, other_key)
)""",
    "COMMENT ON TABLE hub.cross_pair IS 'Pairs of records of two registers that contradict each other'",
    "COMMENT ON COLUMN hub.cross_pair.record_key IS 'the record with the finding'",
    "COMMENT ON COLUMN hub.cross_pair.other_key IS 'the record that it contradicts'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.cross_pair, hub.cross_check")
