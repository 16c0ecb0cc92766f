"""Proofs that deliveries were deleted after their retention: the city's and the receiver's."""

from alembic import op

revision = "0138"
down_revision = "0137"

STATEMENTS = (
    """
CREATE TABLE hub.delivery_deletion (
	feed TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	side TEXT NOT NULL,
	who TEXT NOT NULL,
	body BYTEA NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (feed, sequence, side),
	FOREIGN KEY(feed, sequence) REFERENCES hub.delivery (feed, sequence),
	CONSTRAINT delivery_deletion_side CHECK (side in ('city', 'receiver'))
)""",
    "COMMENT ON TABLE hub.delivery_deletion IS 'Proofs that the bytes of deliveries were deleted; only ever appended'",
    "COMMENT ON COLUMN hub.delivery_deletion.side IS 'who deleted its copy: the city, or the receiver'",
    "COMMENT ON COLUMN hub.delivery_deletion.body IS 'the proof as it was signed: hashes, counts, who, when, law'",
    "CREATE INDEX delivery_expiring ON hub.delivery (expires_at) WHERE deleted_at IS NULL",
    "ALTER TABLE hub.delivery ADD CONSTRAINT delivery_deleted_key CHECK (deleted_at is null or once = '')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER delivery_deletion_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON hub.delivery_deletion"
        " FOR EACH STATEMENT EXECUTE FUNCTION hub.stays()"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE hub.delivery DROP CONSTRAINT delivery_deleted_key")
    op.execute("DROP INDEX hub.delivery_expiring")
    op.execute("DROP TABLE hub.delivery_deletion")
