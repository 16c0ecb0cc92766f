"""Items of deliveries are written with their delivery: a check of each costs a third of a snapshot."""

from alembic import op

revision = "0096"
down_revision = "0095"


def upgrade() -> None:
    op.execute("ALTER TABLE hub.delivery_item DROP CONSTRAINT delivery_item_feed_sequence_fkey")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE hub.delivery_item ADD CONSTRAINT delivery_item_feed_sequence_fkey"
        " FOREIGN KEY (feed, sequence) REFERENCES hub.delivery (feed, sequence) ON DELETE CASCADE"
    )
