"""A clock of the database that a proof moves: `now()` of every session stands still until time is added.

Unqualified names are looked for in the schema `virtual` first, so the hub's statements and the defaults of its columns
follow it without a change.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from hub.core.database import identifier


def install(engine: sa.Engine) -> None:
    """Let all sessions of this database from now on, and what is written by default, follow the clock."""
    with engine.begin() as connection:
        for statement in (
            "create schema virtual",
            "create table virtual.clock (at timestamptz not null)",
            "insert into virtual.clock values (pg_catalog.now())",
            "create function virtual.now() returns timestamptz language sql stable security definer"
            " return (select at from virtual.clock)",
            "grant usage on schema virtual to public",
            "alter table hub.audit alter column at set default virtual.now()",
            "alter table hub.in_flight alter column at set default virtual.now()",
            "alter table hub.alert alter column first_at set default virtual.now()",
            f"alter database {identifier(str(engine.url.database))} set search_path = virtual, pg_catalog, public",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()


def advance(engine: sa.Engine, by: timedelta) -> None:
    """Let time pass."""
    with engine.begin() as connection:
        connection.execute(sa.text("update virtual.clock set at = at + :by"), {"by": by})
