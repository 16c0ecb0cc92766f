"""A database that is only ever read, page by page, under a deadline.

A page is one statement in its own transaction: by the server's own COPY where it has one (`columns`), else row by row
behind a server-side cursor. It starts strictly after the last row of the page before. Therefore a row that changes
during the reading comes later with its new change time, and no row is skipped. Rows with the same change time are
ordered by their key. No transaction stays open while the hub works, and a page whose connection breaks is asked for
again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import sqlalchemy as sa

from contracts.errors import DeploymentInvalid

from ..deadline import Watchdog
from ..errors import Incomplete, Malformed, TimedOut, TooLarge, Unreachable
from ..http_body import CallLimits
from ..interface import System
from .address import address, driver_arguments, on_this_machine
from .columns import copied, types_of
from .failures import translate
from .listing import TableListing, after
from .page import RowsPage, as_lines
from .session import NetworkLine, read_only
from .texts import Texts, text

_PAUSE_S = 0.3
_WHOLE = re.compile(r"-?[0-9]{1,18}")
"""Text of a key that is a number."""
_ROWS_AT_ONCE = 500
"""Rows that the server hands over together."""
_LARGER = "raise max_raw_bytes in the system's options, when such a row is meant to be"
_DRIVERS_OWN = (OSError, ValueError, LookupError)
"""Errors of drivers outside their own tree: bytes that are not text, invalid times."""


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
                with self._engine.connect() as connection:
                    connected = True
                    line.of(connection.connection.dbapi_connection)
                    yield connection
                    connection.rollback()
            except (sa.exc.SQLAlchemyError, psycopg.Error, *_DRIVERS_OWN) as error:
                if watchdog.bit:
                    raise TimedOut(
                        f"{self._system.id}: {about}: no complete answer within {self._limits.deadline_s:g} s"
                    ) from None
                raise translate(error, f"{self._system.id}: {about}", connected=connected) from None

    def pages(
        self, listing: TableListing, since: datetime | None, until: datetime | None, size: int, about: str
    ) -> Iterator[RowsPage]:
        """Pages of at most `size` rows as texts; a page ends earlier where it would exceed `max_raw_bytes`.

        Raises:
            TooLarge: one row alone exceeds it.
            Malformed: a page ends where it began, so the order is not that of a unique key.
        """
        for part, order in listing.parts(since, until):
            last: tuple[Any, ...] | None = None
            while True:
                statement = part if last is None else part.where(after(order, last))
                page = self._page(statement.order_by(*order).limit(size), size, len(order), about)
                if page.count:
                    yield page
                if not page.cut and page.count < size:
                    break
                if page.place == last:
                    raise Malformed(
                        f"{self._system.id}: {about}: a page does not move on: the key is not one, or the order is not kept"
                    )
                last = page.place

    def matching(self, listing: TableListing, keys: Iterable[str], size: int, about: str) -> Iterator[RowsPage]:
        """Pages of the rows with these keys. A key that the column's type cannot hold is no row's."""
        values = self._typed(listing.key, keys, about)
        for start in range(0, len(values), size):
            part = listing.select.where(listing.key.in_(values[start : start + size]))
            last: tuple[Any, ...] | None = None
            while True:
                statement = part if last is None else part.where(after((listing.key,), last))
                page = self._page(statement.order_by(listing.key).limit(size), size, 1, about)
                if page.count:
                    yield page
                if not page.cut:
                    break
                last = page.place

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

    def close(self) -> None:
        """Close the connections. Safe to call twice."""
        self._engine.dispose()

    def _page(self, statement: sa.Select[Any], size: int, ordered_by: int, about: str) -> RowsPage:
        """One page. It is asked for again if the connection failed or broke; reading changes nothing."""
        for attempt in range(1, self._limits.attempts + 1):
            try:
                with self.reading(about) as connection:
                    types = types_of(connection, statement)
                    page = (
                        copied(connection, statement, types, ordered_by, self._limits.max_raw_bytes) if types else None
                    )
                if page is None:
                    with self.reading(about) as connection:
                        page = self._row_by_row(connection, statement, size, ordered_by)
            except (Unreachable, Incomplete):
                if attempt == self._limits.attempts:
                    raise
                time.sleep(_PAUSE_S * attempt)
                continue
            if page.cut and not page.count:
                raise TooLarge(
                    f"{self._system.id}: {about}: one row is larger than {self._limits.max_raw_bytes} bytes",
                    hint=_LARGER,
                )
            return page
        raise AssertionError("attempts is one at least")

    def _row_by_row(self, connection: sa.Connection, statement: sa.Select[Any], size: int, ordered_by: int) -> RowsPage:
        """The plain way: values as the driver reads them, behind a server-side cursor."""
        rows, weight, place = list[Texts](), 0, tuple[Any, ...]()
        for row in connection.execution_options(stream_results=True, yield_per=min(size, _ROWS_AT_ONCE)).execute(
            statement
        ):
            texts = tuple(map(text, row))
            weight += sum(len(each.encode()) for each in texts if each is not None)
            if weight > self._limits.max_raw_bytes:
                return as_lines(rows, place, cut=True)
            rows.append(texts)
            place = (row[1], row[0]) if ordered_by == 2 else (row[0],)
        return as_lines(rows, place, cut=False)
