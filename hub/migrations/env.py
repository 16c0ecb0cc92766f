"""Alembic's entry: run by `hub.core.database.migrate`, with a connection handed in."""

from alembic import context

from hub.core.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="migration",
    version_table_schema="hub",
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
