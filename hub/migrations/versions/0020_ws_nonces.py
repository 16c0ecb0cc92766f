"""Nonces of signed messages are remembered in the database: a message is taken once, whichever process it comes to and
whenever that was started.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

DDL = (
    """
CREATE TABLE hub.ws_nonce (
  username TEXT NOT NULL,
  nonce BYTEA NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (username, nonce)
)""",
    "COMMENT ON TABLE hub.ws_nonce IS 'Nonces of WS-Security messages that were taken; swept when a message of their age is refused anyway'",
    "COMMENT ON COLUMN hub.ws_nonce.nonce IS 'SHA-256 of the nonce'",
    "COMMENT ON COLUMN hub.ws_nonce.created_at IS 'when the message says that it was made'",
    "CREATE INDEX ws_nonce_created ON hub.ws_nonce (created_at)",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE hub.ws_nonce")
