"""The lines of `hub systems check`: connection, encryption, rights, tables, places, and a sample."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from contracts.errors import HubError, Transient

from ... import probe
from ...errors import CheckFailed
from ...interface import Probe
from ...sql.database import Database
from .register import RegisterTable


def probes(database: Database, register: RegisterTable) -> Iterator[Probe]:
    """Every step in turn; none raises."""
    yield probe.attempt("connection and login", lambda: _connects(database))
    yield _tls(database)
    yield probe.attempt("reads only", lambda: _reads_only(database, register))
    yield probe.attempt("tables and columns", lambda: _fits(database, register))
    yield probe.attempt("places", lambda: _mapped(database, register))
    yield probe.attempt("sample", lambda: _sample(database, register))
    yield Probe("clock", None, "not asked for: a change time beyond our own clock never moves the position")


def _connects(database: Database) -> str:
    with database.reading("the first question") as connection:
        connection.execute(sa.select(1))
    return f"{database.engine} answers"


def _tls(database: Database) -> Probe:
    said = {
        True: "encrypted, certificate verified",
        False: "records travel readable for everyone on the way",
        None: "on this machine, or unknown for this engine",
    }
    try:
        found = database.encrypted()
    except HubError as error:
        return Probe("TLS", False, f"{type(error).__name__}: {error.message}", heals=isinstance(error, Transient))
    return Probe("TLS", found, said[found])


def _reads_only(database: Database, register: RegisterTable) -> str:
    if database.may_write(register.read_columns):
        raise CheckFailed(
            f"the role may write to {register.table}; our sessions cannot, but a role with SELECT alone is what was agreed"
        )
    return (
        "the session is read only, and the role has no right to write"
        if database.engine == "postgresql"
        else "the session is read only"
    )


def _fits(database: Database, register: RegisterTable) -> str:
    database.require(register.read_columns, "comparing columns")
    return f"{register.table}: {len(register.columns)} columns as the map names them"


def _mapped(database: Database, register: RegisterTable) -> str:
    place = sa.table(register.places.table, sa.column(register.places.unit))
    with database.reading("counting places") as connection:
        all_, mapped = connection.execute(
            sa.select(sa.func.count(), sa.func.count(place.c[register.places.unit])).select_from(place)
        ).one()
    return f"{all_} places, {all_ - mapped} of them without a national code: their entries become cases"


def _sample(database: Database, register: RegisterTable) -> str:
    first = next(database.pages(register.listing(), None, None, 5, "a sample"), None)
    return f"{first.count if first else 0} finished rows, each read as text"
