"""News that were sent to people who must act, and are still true."""

from alembic import op

revision = "0112"
down_revision = "0111"


def upgrade() -> None:
    op.execute("""
CREATE TABLE hub.notice (
	key TEXT NOT NULL,
	said BYTEA NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (key)
)""")
    op.execute(
        "COMMENT ON TABLE hub.notice IS 'News that were sent and are still true; a row goes when its trouble is over'"
    )
    op.execute("COMMENT ON COLUMN hub.notice.said IS 'SHA-256 of its words'")


def downgrade() -> None:
    op.execute("DROP TABLE hub.notice")
