"""Fresh databases at the price of a copy: each set-up is done once a session, in a database that the others are copied from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

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
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(f"create database {name} template {base} owner tester")
            yield self.server.url(name, user="tester", password="tester")
            admin.execute(f"drop database {name} with (force)")

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without any table; dropped at the end."""
        name = f"test_{os.urandom(6).hex()}"
        yield self._owned(name)
        self.server.drop(name)

    def _ensure(self, base: str, fill: Fill) -> None:
        if base in self._filled:
            return
        engine = connect(self._owned(base))
        fill(engine)
        engine.dispose()
        self._filled.add(base)

    def _owned(self, name: str) -> str:
        return self.server.ensure(name, "tester", "tester", takes_on=ROLES)
