"""Connections to the hub's own database, and its migrations."""

from __future__ import annotations

import functools
import importlib.resources

import alembic.command
import alembic.config
import sqlalchemy as sa

SCHEMAS = ("hub", "stage", "warehouse", "history")
"""hub: the hub's own tables; stage: batches under judgement; warehouse: current rows; history: superseded ones."""


def connect(url: str, *, application: str = "hub") -> sa.Engine:
    """An engine on a postgresql:// URL. Every session speaks UTC and ends a lost statement by itself."""
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(
        address,
        pool_size=3,
        pool_pre_ping=True,
        hide_parameters=True,  # a failed statement must not print a record
        connect_args={"application_name": application, "options": "-c timezone=UTC -c lock_timeout=60s", "connect_timeout": 10},
    )


def migrate(engine: sa.Engine) -> None:
    """Bring schemas and the hub's own tables to this version. Idempotent, safe to run by two processes at once."""
    with engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.migrate'))"))
        for schema in SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        config = alembic.config.Config()
        config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


@functools.cache
def head() -> str:
    """The newest migration's number."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(importlib.resources.files("hub") / "migrations"))
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config).get_current_head() or ""
