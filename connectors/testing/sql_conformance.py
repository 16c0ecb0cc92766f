"""The conformance suite of a database Source: the checks of `plain_checks`, each database fault, and each lie of rows.

The target is a PostgreSQL database with enough rows for two pages, dropped afterwards. Other engines (SQLite, a
contractor's own) get the plain checks only.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

import polars as pl
import psycopg
import sqlalchemy as sa
from psycopg import sql

from contracts.errors import HubError
from contracts.refused import RAW, REFUSED

from ..interface import Source, Window
from .plain_checks import PLAIN
from .sql_faults import SQL_FAULTS, SqlFault, relayed
from .sql_lies import SQL_LIES, SqlLie
from .target import Target, demand


@dataclass(frozen=True)
class SqlTarget:
    """A target with its owner's login."""

    target: Target
    owner: str
    """URL of the role that owns the tables."""
    table: str
    column: str
    """One of the table that is read, a text."""
    key: str = "ID"
    changed: str = "NgayCapNhat"
    """Its key, unique, and its change time, of type timestamp."""

    def open(self, fault: SqlFault, address: str | None = None) -> Source:
        """The connector under test, one try a page: repeats have a check of their own."""
        credentials = {**self.target.system.credentials, **fault.credentials}
        return replace(self.target, system=replace(self.target.system, credentials=credentials)).open(
            address, **{"attempts": 1, **fault.options}
        )

    def said(self, statement: str) -> sql.Composed:
        """A fault's statement with this target's names."""
        names = {
            "table": self.table,
            "column": self.column,
            "key": self.key,
            "changed": self.changed,
            "reader": self.target.system.credentials["username"],
        }
        return sql.SQL(statement).format(
            **{name: sql.Identifier(value) for name, value in names.items()}
        )  # of SQL_FAULTS and SQL_LIES only


def run_check(name: str, against: SqlTarget) -> None:
    """Run one of `NAMES`. Raises Unmet."""
    if name in _PLAIN:
        _PLAIN[name].run(against.target)
    elif name in _FAULTS:
        _becomes(against, _FAULTS[name])
    elif name in _LIES:
        _costs_itself(against, _LIES[name])
    else:
        _recovers(against)


_PLAIN = {each.name: each for each in PLAIN}
_FAULTS = {each.name: each for each in SQL_FAULTS}
_LIES = {each.name: each for each in SQL_LIES}
NAMES = (*_PLAIN, *_FAULTS, *_LIES, "recovers from a line that was cut")
"""Every check, plain ones first."""


def _becomes(against: SqlTarget, fault: SqlFault) -> None:
    """The fault must become its error, reveal nothing, and let no broken page out."""
    honest, values = _read(against.target.open()), _values(against.target)
    with ExitStack() as stack:
        owner = stack.enter_context(psycopg.connect(against.owner, autocommit=True))
        for statement in fault.spoil:
            owner.execute(against.said(statement))
        stack.callback(lambda: [owner.execute(against.said(each)) for each in fault.mend])
        if fault.held:
            holder = stack.enter_context(psycopg.connect(against.owner))
            holder.execute(against.said(fault.held))
            stack.callback(holder.rollback)
        source = against.open(fault, _through_relay(against, fault, stack))
        stack.callback(source.close)
        try:
            for page in source.pages(against.target.window):
                demand(page.body in honest, "a page of a spoiled reading came out")
        except HubError as error:
            demand(
                type(error) is fault.error,
                f"{fault.error.__name__} was due, {type(error).__name__} came: {error.message}",
            )
            demand(
                not any(value in f"{error!r} {error}" for value in values),
                "the error's text holds a value of a record or a credential",
            )
            demand(error.__cause__ is None, "the error carries a driver's error on, with statements and values inside")
        else:
            demand(False, f"{fault.error.__name__} was due, and all was read")


def _costs_itself(against: SqlTarget, lie: SqlLie) -> None:
    """Rows with the lie must be refused, each with its clause, and every other row must come as before."""
    honest = _frame(against.target.open())
    marked = lie.rows(honest.height)
    with psycopg.connect(against.owner, autocommit=True) as owner:
        try:
            for statement in lie.spoil:
                owner.execute(against.said(statement))
            source = against.target.open(None, **lie.options)
            found = _frame(source)
        finally:
            for statement in lie.mend:
                owner.execute(against.said(statement))
    demand(found.height == honest.height, "rows were lost, or came twice")
    refused = found.filter(pl.col(REFUSED).is_not_null())
    if lie.clause:
        demand(refused.height == marked, f"{marked} rows were due to be refused, {refused.height} were")
        demand(
            all(lie.clause in text for text in refused[REFUSED]),
            f"a row was not refused for what is wrong: {lie.clause}",
        )
        values = _values(against.target)
        demand(not any(value in text for text in refused[REFUSED] for value in values), "a clause holds a value")
        demand(refused[RAW].null_count() == 0, "a refused row was not kept as received")
    good = found.filter(pl.col(REFUSED).is_null())
    key = against.target.contract.datasets[0].key[0].name
    same = honest.join(good.select(key), on=key, how="semi").sort(key)
    demand(good.height >= honest.height - marked, "a good row was lost")
    kept = good.filter(pl.col(key).is_not_null()).select(honest.columns).sort(key)
    demand(same.equals(kept), "a row beside one that cannot be read came otherwise than before")


def _frame(source: Source) -> pl.DataFrame:
    try:
        frames = [
            frame for page in source.pages(Window()) for frame in source.records(page.body, page.media_type).values()
        ]
    finally:
        source.close()
    return pl.concat(frames)


def _recovers(against: SqlTarget) -> None:
    """A line that is cut once: the same pages come as without."""
    honest = _read(against.target.open(page_size=400))
    url = sa.make_url(against.target.system.address)
    with relayed(str(url.host), int(url.port or 5432), cut_after=15_000, times=2) as relay:
        source = against.target.open(url.set(port=relay.port).render_as_string(), page_size=400, attempts=3)
        demand(_read(source) == honest, "after the trouble the same pages come as without it")
        demand(relay.connections > 2, "the line was not cut: the target is too small")


def _through_relay(against: SqlTarget, fault: SqlFault, stack: ExitStack) -> str | None:
    if fault.cut_after is None and fault.silent_after is None:
        return None
    url = sa.make_url(against.target.system.address)
    relay = stack.enter_context(
        relayed(str(url.host), int(url.port or 5432), cut_after=fault.cut_after, silent_after=fault.silent_after)
    )
    return url.set(port=relay.port).render_as_string()


def _read(source: Source) -> list[bytes]:
    try:
        return [page.body for page in source.pages(Window())]
    finally:
        source.close()


def _values(target: Target) -> set[str]:
    """Credentials, and longer values of the records: none may show up in an error."""
    source = target.open()
    found = {value for value in target.system.credentials.values() if len(value) > 3}
    personal = {
        field.name
        for dataset in target.contract.datasets
        for field in dataset.fields
        if field.classification.value != "none"
    }
    for page in source.pages(target.window):
        for frame in source.records(page.body, page.media_type).values():
            for column in frame.select(pl.selectors.by_name(*personal, require_all=False)).iter_columns():
                found.update(value for value in column.unique().to_list() if value and len(value) > 7)
    source.close()
    return found
