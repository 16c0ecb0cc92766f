"""A database that is only ever read, page by page, under a deadline.

A page is one statement in its own transaction: by PostgreSQL's own COPY (`columns`), else row by row behind a
server-side cursor (`rows`). It starts strictly after the last place of the page before. Therefore a row that changes
during the reading comes later with its new change time, and no row is skipped. Rows with the same change time are
ordered by their key. No transaction stays open while the hub works, and a page whose connection breaks is asked for
again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import polars as pl
import psycopg
import sqlalchemy as sa

from contracts.errors import DeploymentInvalid

from ..errors import Incomplete, Malformed, TimedOut, Unreachable
from ..http.body import CallLimits
from ..http.deadline import Watchdog
from ..interface import System
from .address import address, driver_arguments, on_this_machine
from .failures import translate
from .listing import TableListing
from .page import RowsPage
from .reading import TableReading
from .session import NetworkLine, read_only

T = TypeVar("T")

_PAUSE_S = 0.3
_WHOLE = re.compile(r"-?[0-9]{1,18}")
"""Text of a key that is a number."""
_DRIVERS_OWN = (OSError, ValueError, LookupError, ArithmeticError, NotImplementedError)
"""Errors of drivers outside their own tree: bytes that are not text, invalid times, numbers out of range, and kinds of
values that a driver has no reader for. `failures.translate` names each."""


class Database:
    """A database that is only ever read."""

    def __init__(self, system: System, limits: CallLimits) -> None:
        self._system, self._limits = system, limits
        url = address(system)
        try:
            self._engine = sa.create_engine(
                url,
                poolclass=sa.QueuePool,
                pool_size=1,
                max_overflow=0,
                hide_parameters=True,
                connect_args=driver_arguments(system, url, limits),
            )
        except (sa.exc.ArgumentError, ImportError) as error:
            message = f"{system.id}: the engine {url.drivername} cannot be opened here ({type(error).__name__})"
            raise DeploymentInvalid(
                message, hint="its SQLAlchemy dialect and driver must be installed beside the hub"
            ) from None
        read_only(self._engine, limits.deadline_s)
        self._held: sa.Connection | None = None
        """The transaction of a snapshot, while one is open."""

    @property
    def engine(self) -> str:
        """`postgresql`, `sqlite`, `mssql` ..."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self, about: str) -> Iterator[sa.Connection]:
        """A transaction that is rolled back at its end and cut at the deadline. Errors in it become ours, without a value."""
        line = NetworkLine()
        connected = False
        with Watchdog(line, self._limits.deadline_s) as watchdog:
            try:
                with self._connected() as connection:
                    connected = True
                    line.of(connection.connection.dbapi_connection)
                    yield connection
            except (sa.exc.SQLAlchemyError, psycopg.Error, *_DRIVERS_OWN) as error:
                if watchdog.bit:
                    raise TimedOut(
                        f"{self._system.id}: {about}: no complete answer within {self._limits.deadline_s:g} s"
                    ) from None
                raise translate(error, self._named(about), connected=connected) from None

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        if self._held is not None:
            yield self._held
            return
        with self._engine.connect() as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def snapshot(self, about: str) -> Iterator[None]:
        """A block in which everything that is asked sees one state of the database (PostgreSQL and MySQL; others keep
        no state). Each question has its own deadline. A connection that breaks ends it: another sees another state.
        """
        with self.reading(about) as connection:  # to connect, within a deadline
            connection.execute(sa.select(1))
        with self._engine.connect() as connection:
            self._held = connection
            try:
                yield
            except BaseException:
                connection.invalidate()  # it may be broken, or the server still sending
                raise
            finally:
                self._held = None

    @property
    def keeps_state(self) -> bool:
        """Whether a snapshot is one."""
        return self.engine in ("postgresql", "mysql", "mariadb")

    def pages(
        self, listing: TableListing, since: datetime | None, until: datetime | None, size: int, about: str
    ) -> Iterator[RowsPage]:
        """Pages of about `size` rows as texts; a page ends earlier where it would exceed `max_raw_bytes`.

        A row that cannot be read, or whose key several rows have, is refused in its page.

        Raises:
            Malformed: the key or the change time is none, or a page ends where it began.
        """
        return self.listed(listing, since, until, about).pages(size)

    def listed(self, listing: TableListing, since: datetime | None, until: datetime | None, about: str) -> TableReading:
        """A reading of a table, after a look at its types and its keys. Raises as `pages`."""
        return TableReading.begun(self, listing, since, until, f"{self._system.id}: {about}")

    @property
    def most_bytes(self) -> int:
        """Most bytes of a page."""
        return self._limits.max_raw_bytes

    def ask(self, about: str, action: Callable[[sa.Connection], T]) -> T:
        """An action in a transaction of its own, again if the connection fails or breaks: reading changes nothing."""
        for attempt in range(1, self._limits.attempts + 1):
            try:
                with self.reading(about) as connection:
                    return action(connection)
            except (Unreachable, Incomplete):
                if attempt == self._limits.attempts or self._held is not None:
                    raise
                time.sleep(_PAUSE_S * attempt)
        raise AssertionError("attempts is one at least")

    def keys(self, listing: TableListing, size: int, about: str) -> Iterator[pl.DataFrame]:
        """Key (`0`) and change time (`1`) of all rows of a listing as texts, in one snapshot.

        Raises:
            Incomplete: other rows came than the database counts.
        """
        wanted = [listing.key, *([listing.changed] if listing.changed is not None else [])]
        bare = listing.select.with_only_columns(*wanted, maintain_column_froms=True)
        by_key = TableListing(bare, listing.key, None, listing.table)
        number = sa.select(sa.func.count()).select_from(bare.subquery("listed"))
        counted = partial(self.ask, about, lambda connection: int(connection.scalar(number) or 0))
        came = 0
        with self.snapshot(f"{self._system.id}: {about}"):
            before = counted()
            for page in self.pages(by_key, None, None, size, about):
                came += page.count
                yield page.first if listing.changed is not None else page.first.select("0")
            after = before if self.keeps_state else counted()
        if before == after != came:
            raise Incomplete(f"{self._system.id}: {about}: {came} keys came, and the database counts {before} rows")

    def matching(self, listing: TableListing, keys: Iterable[str], size: int, about: str) -> Iterator[RowsPage]:
        """Pages of the rows with these keys. A key that the column's type cannot hold is no row's."""
        values = self._typed(listing.key, keys, about)
        for start in range(0, len(values), size):
            some = listing.select.where(listing.key.in_(values[start : start + size]))
            yield from self.pages(replace(listing, select=some), None, None, size, about)

    def _typed(self, key: sa.ColumnElement[Any], keys: Iterable[str], about: str) -> list[Any]:
        """Texts of keys as values of the key's column."""
        column: Any = key
        with self.reading(about) as connection:
            described = {each["name"]: each["type"] for each in sa.inspect(connection).get_columns(column.table.name)}
        kind = described[column.name]
        if isinstance(kind, sa.Integer):
            return [sa.literal(int(each), sa.BigInteger()) for each in keys if _WHOLE.fullmatch(each)]
        if isinstance(kind, sa.Numeric):
            return [sa.literal(Decimal(each), sa.Numeric()) for each in keys if _WHOLE.fullmatch(each)]
        return list(keys) if isinstance(kind, sa.String) else []

    def require(self, columns: Mapping[str, Iterable[str]], about: str) -> None:
        """Check that the tables have these columns.

        Raises:
            Malformed: names the table, the missing columns, and the unread ones (one of them may be the new name).
        """
        for table, wanted in columns.items():
            with self.reading(about) as connection:
                try:
                    found = {each["name"] for each in sa.inspect(connection).get_columns(table)}
                except sa.exc.NoSuchTableError:
                    hint = (
                        "compare the names in the system's file with the database; the role must be allowed to see it"
                    )
                    raise Malformed(f"{self._system.id}: {about}: there is no table {table}", hint=hint) from None
            if missing := sorted(set(wanted) - found):
                more = ", ".join(sorted(found - set(wanted))) or "none"
                message = f"{self._system.id}: {about}: the table {table} has no column {', '.join(missing)}; columns that nothing reads: {more}"
                raise Malformed(message, hint="renamed: change the map beside the system; dropped: write null there")

    def encrypted(self) -> bool | None:
        """Whether what travels is encrypted (PostgreSQL); None: it stays on this machine, or the engine does not say."""
        if self.engine != "postgresql" or on_this_machine(self._engine.url.host):
            return None
        with self.reading("asking for TLS") as connection:
            return bool(connection.scalar(sa.text("select ssl from pg_stat_ssl where pid = pg_backend_pid()")))

    def may_write(self, tables: Iterable[str]) -> bool:
        """Whether our role has any right to change these tables (PostgreSQL only). Our read-only sessions could not use it."""
        if self.engine != "postgresql":
            return False
        quoted = self._engine.dialect.identifier_preparer
        with self.reading("asking for our rights") as connection:
            asked = sa.func.has_table_privilege(sa.bindparam("name"), "insert, update, delete, truncate")
            return any(connection.scalar(sa.select(asked), {"name": quoted.quote(table)}) for table in tables)

    def _named(self, about: str) -> str:
        return about if about.startswith(f"{self._system.id}: ") else f"{self._system.id}: {about}"

    def close(self) -> None:
        """Close the connections. Safe to call twice."""
        self._engine.dispose()
