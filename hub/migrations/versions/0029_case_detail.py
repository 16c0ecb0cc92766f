"""A case of a record that could not be read says where in the record, and by which clause."""

from alembic import op

revision = "0029"
down_revision = "0028"

DDL = (
    'ALTER TABLE hub."case" ADD COLUMN detail TEXT',
    """COMMENT ON COLUMN hub."case".detail IS 'where in the record, and by which clause, if it could not be read; names, never a value'""",
)


def upgrade() -> None:
    for statement in DDL:
        op.execute(statement)


def downgrade() -> None:
    op.execute('ALTER TABLE hub."case" DROP COLUMN detail')
