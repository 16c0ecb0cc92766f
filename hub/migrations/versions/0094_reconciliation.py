"""Comparisons with sources and receivers, and their signed statements."""

from alembic import op

revision = "0094"
down_revision = "0110"

TABLES = [
    """
CREATE TABLE hub.reconciliation (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	side TEXT NOT NULL,
	as_of TIMESTAMP WITH TIME ZONE NOT NULL,
	rows_here BIGINT NOT NULL,
	rows_there BIGINT NOT NULL,
	only_here BIGINT NOT NULL,
	only_there BIGINT NOT NULL,
	otherwise BIGINT NOT NULL,
	in_cases BIGINT NOT NULL,
	equal BOOLEAN NOT NULL,
	statement BYTEA NOT NULL,
	signature BYTEA NOT NULL,
	who TEXT NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT reconciliation_side CHECK (side in ('source', 'receiver')),
	CONSTRAINT reconciliation_equal CHECK (equal = (only_here + only_there + otherwise = in_cases))
)""",
    "COMMENT ON TABLE hub.reconciliation IS 'Comparisons with a source or a receiver: counts and the signed statement, never a key or a value'",
    "COMMENT ON COLUMN hub.reconciliation.name IS 'stream or feed'",
    "COMMENT ON COLUMN hub.reconciliation.side IS 'source: read from it; receiver: delivered to it'",
    "COMMENT ON COLUMN hub.reconciliation.otherwise IS 'held by both, with another version or content'",
    "COMMENT ON COLUMN hub.reconciliation.in_cases IS 'of these, how many wait here as open cases'",
    "COMMENT ON COLUMN hub.reconciliation.equal IS 'nothing differs that is not an open case'",
    "COMMENT ON COLUMN hub.reconciliation.statement IS 'as it was signed'",
    "CREATE INDEX reconciliation_name ON hub.reconciliation (name, id)",
]


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.reconciliation")
