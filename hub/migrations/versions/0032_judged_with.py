"""What a batch was judged with stays beside it: contract, deployment and clock, each content kept once."""

from alembic import op

revision = "0032"
down_revision = "0031"

DDL = (
    """
CREATE TABLE hub.basis (
  id TEXT NOT NULL,
  contract TEXT NOT NULL,
  deployment TEXT NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  kept_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (id)
)""",
    "COMMENT ON TABLE hub.basis IS 'What batches were judged with'",
    "COMMENT ON COLUMN hub.basis.id IS 'hash of the rest'",
    "COMMENT ON COLUMN hub.basis.contract IS 'SHA-256 of the contract''s file in the landing'",
    "COMMENT ON COLUMN hub.basis.deployment IS 'SHA-256 of the deployment''s files, packed, in the landing'",
    "COMMENT ON COLUMN hub.basis.as_of IS 'when the deployment''s clock started: dated lists are those of its day'",
    "ALTER TABLE hub.batch ADD COLUMN basis TEXT REFERENCES hub.basis (id)",
    "COMMENT ON COLUMN hub.batch.basis IS 'what it was judged with; null: by a hub that did not keep it'",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE hub.batch DROP COLUMN basis")
    op.execute("DROP TABLE hub.basis")
