"""What a fresh database can be filled with: built once a session, and copied for each test that wants it.

Making the tables of the registers takes a second of a core; a copy of their database takes a fraction of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import sqlalchemy as sa

from contracts.load import load_contracts
from hub.access.row_security import ROLES
from hub.core.database import connect, migrate
from hub.load.warehouse import ensure_tables
from hub.local.embedded import EmbeddedServer

NOW = datetime(2022, 6, 2, 3, tzinfo=UTC)
OWNER = "tester"


def hub_tables(engine: sa.Engine) -> None:
    """The hub's own tables, by its migrations."""
    migrate(engine)


def register_tables(engine: sa.Engine) -> None:
    """The hub's own tables, and those of the four registers and of dossiers, each read once and empty."""
    migrate(engine)
    contracts = load_contracts()
    with engine.begin() as connection:
        for name in ("birth", "marriage", "recognition", "death", "dossier"):
            ensure_tables(connection, contracts[name])
            for dataset in contracts[name].datasets:
                _only_what_a_case_speaks_of(connection, dataset.table)
            system = "one-stop-760" if name == "dossier" else "moj-registry"
            connection.execute(
                sa.text("insert into hub.stream (id, system, contract) values (:id, :s, :c)"),
                {"id": f"{system}.{name}", "s": system, "c": name},
            )
            connection.execute(
                sa.text(
                    "insert into hub.run (id, stream, epoch, mode, started_at, ended_at) values (:id, :stream, 1, 'full', :at, :at)"
                ),
                {"id": f"run-{name}", "stream": f"{system}.{name}", "at": NOW - timedelta(hours=3)},
            )


def _only_what_a_case_speaks_of(connection: sa.Connection, table: str) -> None:
    """Fields that a case does not name stay empty, the required ones too."""
    checks = sa.text("select conname from pg_constraint where conrelid = cast(:t as regclass) and contype = 'c'")
    for name in connection.scalars(checks, {"t": f"warehouse.{table}"}).all():
        connection.execute(sa.text(f'alter table warehouse.{table} drop constraint "{name}"'))


FILLINGS: dict[str, Callable[[sa.Engine], None]] = {"hub_tables": hub_tables, "register_tables": register_tables}
"""Fixture that a test names -> what fills its database."""


class Databases:
    """Fresh databases of one server."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._built: set[str] = set()

    def fresh(self, name: str, filling: str = "") -> str:
        """The URL of a new database: empty, or a copy of the one that was filled so."""
        if filling:
            self._build(filling)
            with psycopg.connect(self._server.url(), autocommit=True) as admin:
                admin.execute(f"create database {name} owner {OWNER} template {filling} strategy file_copy")  # type: ignore[arg-type]
        return self._server.ensure(name, OWNER, OWNER, takes_on=ROLES)

    def _build(self, filling: str) -> None:
        if filling in self._built:
            return
        engine = connect(self._server.ensure(filling, OWNER, OWNER, takes_on=ROLES))
        FILLINGS[filling](engine)
        engine.dispose()  # a database is copied only while nobody is connected to it
        self._built.add(filling)
