"""Fresh databases at the price of a copy: each set-up is done once a session, in a database that the others are copied from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa

from hub.access.logins import duty
from hub.access.row_security import ROLES
from hub.core.database import connect, migrate
from hub.local.embedded import EmbeddedServer

Fill = Callable[[sa.Engine], None]


class Databases:
    """Databases of the session's server. A test gets a copy of its own and may do with it what it likes."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self._filled: set[str] = set()

    @contextmanager
    def fresh(self, base: str = "migrated", fill: Fill = migrate) -> Iterator[str]:
        """The URL of a copy of the database `base`, which `fill` makes once; dropped at the end."""
        name = f"test_{os.urandom(6).hex()}"
        self._ensure(base, fill)
        self.copy(base, name)
        yield self.server.url(name, user="tester", password="tester")
        self.server.drop(name)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without any table; dropped at the end."""
        name = f"test_{os.urandom(6).hex()}"
        yield self._owned(name)
        self.server.drop(name)

    def snapshot(self, engine: sa.Engine) -> Snapshot:
        """The database of an engine as it is now."""
        engine.dispose()
        kept = f"{engine.url.database}_kept"
        self.copy(str(engine.url.database), kept)
        return Snapshot(self, engine, kept)

    def copy(self, source: str, name: str) -> None:
        """Make a database that is a copy of another; nobody may be connected to that."""
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(f"create database {name} template {source} owner tester strategy file_copy")

    def _ensure(self, base: str, fill: Fill) -> None:
        if base in self._filled:
            return
        engine = connect(self._owned(base))
        fill(engine)
        engine.dispose()
        self._filled.add(base)

    def login(self, url: str, role: str) -> str:
        """The URL of a database under a login of a duty (`hub/access/logins`), whose password is its name."""
        address = sa.make_url(url).set(username=role, password=role)
        return address.render_as_string(hide_password=False)

    def _owned(self, name: str) -> str:
        url = self.server.ensure(name, "tester", "tester", takes_on=ROLES)
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            there = frozenset(row[0] for row in admin.execute("select rolname from pg_roles"))
            for statement in duty.to_make(name, there):
                admin.execute(statement)  # type: ignore[call-overload]
            for role in duty.ROLES.values():
                admin.execute(f"alter role {role} password '{role}'")  # type: ignore[call-overload]
        return url


@dataclass(frozen=True)
class Snapshot:
    """A database as it once was, to which a test goes back: tables that are only ever appended to cannot be emptied."""

    databases: Databases
    engine: sa.Engine
    kept: str

    def restore(self) -> None:
        """Put the database back; the engine's sessions end, and the engine goes on."""
        name = str(self.engine.url.database)
        self.engine.dispose()
        self.databases.server.drop(name)
        self.databases.copy(self.kept, name)

    def drop(self) -> None:
        """The snapshot is needed no more."""
        self.databases.server.drop(self.kept)
