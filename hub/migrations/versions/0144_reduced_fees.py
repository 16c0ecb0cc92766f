"""Indicators count online dossiers whose fee is reduced, and those charged in full all the same; counted anew once."""

from alembic import op

revision = "0144"
down_revision = "0140"

MEASURES = {
    "reduced_due": "filed online, with a fee, of a procedure whose fee online is a reduced one by then",
    "in_full": "of these, a fee is not below the full one, and none is the reduced one",
}


def upgrade() -> None:
    op.execute("DELETE FROM hub.indicator_mark")  # the next count begins anew
    for table, kind in (("fact", "SMALLINT"), ("cell", "BIGINT")):
        for name in MEASURES:
            op.execute(f"ALTER TABLE hub.indicator_{table} ADD COLUMN {name} {kind} NOT NULL DEFAULT 0")
            op.execute(f"ALTER TABLE hub.indicator_{table} ALTER COLUMN {name} DROP DEFAULT")
    for name, meaning in MEASURES.items():
        op.execute(f"COMMENT ON COLUMN hub.indicator_cell.{name} IS '{meaning}'")


def downgrade() -> None:
    for table in ("cell", "fact"):
        for name in reversed(MEASURES):
            op.execute(f"ALTER TABLE hub.indicator_{table} DROP COLUMN {name}")
