"""The lines of `hub systems check`: connection, encryption, rights, tables, keys, change times, places, a sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from contracts.errors import HubError, Transient

from ... import probe
from ...errors import CheckFailed
from ...interface import Probe
from ...sql.database import Database
from .places import ambiguous_places
from .register import RegisterTable

_SHOWN = 20
"""Most codes in one line."""


def probes(database: Database, register: RegisterTable) -> Iterator[Probe]:
    """Every step in turn; none raises."""
    yield probe.attempt("connection and login", lambda: _connects(database))
    yield _tls(database)
    yield probe.attempt("reads only", lambda: _reads_only(database, register))
    yield probe.attempt("tables and columns", lambda: _fits(database, register))
    yield probe.attempt("key", lambda: _key(database, register))
    yield probe.attempt("change times", lambda: _change_times(database, register))
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


def _key(database: Database, register: RegisterTable) -> str:
    about, listing = f"counting keys of {register.table}", register.listing()
    reading = database.listed(replace(listing, changed=None), None, None, about)
    facts = database.ask(about, lambda connection: reading.looked_up(connection, count=True))
    wrong = []
    if facts.missing:
        wrong.append(f"{facts.missing} rows without a key")
    if facts.doubled:
        wrong.append(f"{facts.shared} rows that share their key with others, as the database or we compare keys")
    if wrong:
        raise CheckFailed(
            f"{register.table}.{register.key}: {' and '.join(wrong)}, of {facts.rows} rows; each of these rows becomes a case",
            hint="the source repairs them, or the system's file names another column as key",
        )
    return f"{register.key} is unique and never empty in {facts.rows} rows"


def _change_times(database: Database, register: RegisterTable) -> str:
    if register.changed is None:
        return "none: the table is read whole each time"
    reading = database.listed(register.listing(), None, None, f"reading the form of {register.changed}")
    assert reading.times is not None
    return f"{register.changed}: {reading.times.form}"


def _mapped(database: Database, register: RegisterTable) -> str:
    place = sa.table(register.places.table, sa.column(register.places.unit))
    with database.reading("counting places") as connection:
        all_, mapped = connection.execute(
            sa.select(sa.func.count(), sa.func.count(place.c[register.places.unit])).select_from(place)
        ).one()
    if several := ambiguous_places(database, register):
        shown = "; ".join(f"{code}: {', '.join(units)}" for code, units in list(several.items())[:_SHOWN])
        raise CheckFailed(
            f"{register.places.table}.{register.places.code}: {len(several)} codes stand for several units ({shown});"
            " entries of these places become cases",
            hint="the source repairs its places, or a person decides: places: {decided: {code: unit}} in the system's file",
        )
    return f"{all_} places, {all_ - mapped} of them without a national code: their entries become cases"


def _sample(database: Database, register: RegisterTable) -> str:
    first = next(database.pages(register.listing(), None, None, 5, "a sample"), None)
    if first is not None and first.refused:
        found = sorted({f"{row.column}: {row.clause}" for row in first.refused})
        raise CheckFailed(f"{len(first.refused)} of {first.count} rows cannot be read ({'; '.join(found)})")
    return f"{first.count if first else 0} finished rows, each read as text"
