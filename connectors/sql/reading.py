"""One reading of a table: its types and keys are looked at first, then its rows come page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import Malformed
from .alike import alike_keys
from .change_times import ChangeTimes, change_times
from .columns import copied
from .damaged import Damaged, Place
from .failures import UnreadValue
from .keys import HINT, MOST, KeyFacts, as_facts, counted, doubled_keys, unique_columns
from .kinds import kinds_of
from .listing import NULLS_LAST, Order, TableListing, after, at, before, by_all_columns
from .page import RowsPage
from .page_query import PageQuery
from .rows import fetched, one_by_one
from .texts import shown

if TYPE_CHECKING:
    from .database import Database


@dataclass(frozen=True)
class TableReading:
    """The rows of a listing in a window."""

    database: Database
    listing: TableListing
    since: datetime | None
    until: datetime | None
    about: str
    times: ChangeTimes | None
    """None: the table is read whole, by key."""
    kinds: Sequence[str] | None
    """PostgreSQL's types of the columns; None: another way than COPY."""
    chars: frozenset[str] = frozenset()
    """Columns of a fixed length, where the server does not cut their blanks."""
    facts: KeyFacts = field(default_factory=lambda: KeyFacts(0, 0))

    @classmethod
    def begun(
        cls, database: Database, listing: TableListing, since: datetime | None, until: datetime | None, about: str
    ) -> TableReading:
        """A reading, after a look at the types of its columns and at its keys."""

        def looked(connection: sa.Connection) -> TableReading:
            kinds = kinds_of(connection, listing.select)
            types = {} if kinds else _reflected(connection, listing.table)
            times = None
            if listing.changed is not None:
                kind = kinds[1] if kinds else types.get(str(listing.changed.name))
                times = change_times(connection, listing, kind, about)
            fixed = frozenset(name for name, kind in types.items() if isinstance(kind, sa.CHAR | sa.NCHAR))
            found = cls(database, listing, since, until, about, times, kinds, fixed)
            unique = unique_columns(connection, listing.table) if listing.table else set()
            return replace(found, facts=found.looked_up(connection, unique=listing.key.name in unique))

        return database.ask(about, looked)

    def looked_up(self, connection: sa.Connection, *, count: bool = False, unique: bool = False) -> KeyFacts:
        """What the database says of the listing's keys; of a window only those that are in it.

        `unique`: the database lets no key stand twice; what is one only here is looked for all the same.

        Raises:
            Malformed: the key is none.
        """
        within, window = None, None
        if self.since is not None and self.times is not None:
            window = [self.times.timed, *self.times.window(self.since, self.until)]
            within = self.listing.select.where(*window)
        alike = alike_keys(connection, self.listing, self.kinds[0] if self.kinds else None, window, MOST)
        statement = doubled_keys(self.listing, within, engine=self.database.engine)
        found: list[tuple[str, int]]
        if unique:
            found = []
        elif self.kinds is None:
            key = str(self.listing.key.name)
            given = fetched(connection, statement, MOST, lenient=self._dynamic)
            texts = ((shown(which), int(number)) for which, number in given)
            found = [((t.rstrip(" ") if key in self.chars else t), n) for t, n in texts if t is not None]
        else:
            kinds = kinds_of(connection, statement) or ()
            page = copied(connection, statement, kinds, PageQuery((), self.database.most_bytes * 4))
            found = [(key, int(number)) for key, number in page.first.rows()]
        rows, with_key = connection.execute(counted(self.listing)).one() if count else (0, 0)
        numbers, known = dict(alike), dict(found)
        found = [(each, max(number, numbers.get(each, 0))) for each, number in found]
        found += [(each, number) for each, number in alike if each not in known]
        return as_facts(found, rows, with_key, self.about, str(self.listing.key.name))

    def number_timed(self) -> int:
        """Number of the rows in the window that have a change time."""
        assert self.times is not None
        rows = self.listing.select.where(self.times.timed, *self.times.window(self.since, self.until))
        number = rows.with_only_columns(sa.func.count(), maintain_column_froms=True)
        return self.database.ask(self.about, lambda connection: int(connection.scalar(number) or 0))

    def pages(self, size: int) -> Iterator[RowsPage]:
        """Pages of about `size` rows; rows of one place are told together."""
        for part, order in self.listing.parts(self.times, self.since, self.until):
            yield from self._ordered(part, order, size) if order else self._of_one_place(part, size)

    def _ordered(self, part: sa.Select[Any], order: Order, size: int) -> Iterator[RowsPage]:
        last: Place | None = None
        while True:
            rest = part if last is None else part.where(after(order, last, nulls_last=self._nulls_last))
            page = self._page(rest, order, size)
            full = page.cut or page.count >= size
            if full and page.count and self._shared(page) and self._number(part, order, page.place) > 1:
                # The place of the last row holds others too, of which some may lie behind the page's end.
                there = page.place
                ahead = self._page(rest.where(before(order, there, nulls_last=self._nulls_last)), order, size)
                if ahead.cut:
                    page = ahead
                else:
                    if ahead.count:
                        yield ahead
                    yield from self._of_one_place(part.where(at(order, there)), size)
                    last = there
                    continue
            if page.count:
                yield page
            if not full:
                return
            if page.place == last:
                message = f"{self.about}: a page does not move on: {self.listing.key.name} is no key, or the order is not kept"
                raise Malformed(message, hint=HINT)
            last = page.place

    def _of_one_place(self, part: sa.Select[Any], size: int) -> Iterator[RowsPage]:
        """Rows that the order does not distinguish: in the order of all their columns, so that each comes once."""
        before_these = 0
        ordered = by_all_columns(part, self.database.engine)
        while True:
            statement = ordered.limit(size).offset(before_these)
            page = self._tried(statement, size, ())
            if page.count:
                yield page
            if not page.cut and page.count < size:
                return
            before_these += page.count

    def _page(self, part: sa.Select[Any], order: Order, size: int) -> RowsPage:
        try:
            return self._tried(part.order_by(*order).limit(size), size, order)
        except UnreadValue as error:
            damaged = Damaged(
                part,
                order,
                self.listing.names,
                self._nulls_last,
                lambda rows: self.database.ask(self.about, lambda c: self._read(c, rows, size, order)),
                self._column,
                lambda rows: self._places(rows, order),
            )
            try:
                return damaged.page(size)
            except UnreadValue:
                raise Malformed(error.message, hint=error.hint) from None

    def _tried(self, statement: sa.Select[Any], size: int, order: Order) -> RowsPage:
        """A page. SQLite is asked again for texts that are none, as bytes. Raises UnreadValue."""
        try:
            return self.database.ask(self.about, lambda connection: self._read(connection, statement, size, order))
        except UnreadValue:
            if not self._dynamic:
                raise
        query = self._query(order)
        return self.database.ask(self.about, lambda c: one_by_one(c, statement, size, query, lenient=True))

    def _read(self, connection: sa.Connection, statement: sa.Select[Any], size: int, order: Order) -> RowsPage:
        if self.kinds is None:
            return one_by_one(connection, statement, size, self._query(order))
        return copied(connection, statement, self.kinds, self._query(order))

    def _column(self, statement: sa.Select[Any]) -> str | None:
        bare = PageQuery((), self.database.most_bytes)

        def one(connection: sa.Connection) -> str | None:
            kinds = kinds_of(connection, statement) if self.kinds else None
            page = copied(connection, statement, kinds, bare) if kinds else one_by_one(connection, statement, 1, bare)
            if page.refused:
                raise UnreadValue(f"{self.about}: {page.refused[0].clause}")
            found: str | None = page.first["0"][0]
            return found

        return self.database.ask(self.about, one)

    def _places(self, statement: sa.Select[Any], order: Order) -> Sequence[Place]:
        """Places of a statement's rows: their change times and keys alone are read."""
        wanted = [self.listing.key] + ([self.listing.changed] if self.listing.changed is not None else [])
        query = replace(self._query(order), refusals=(), doubled={})

        def found(connection: sa.Connection) -> Sequence[Place]:
            if self.kinds is None:
                only = statement.with_only_columns(*order, maintain_column_froms=True)
                return [tuple(row) for row in connection.execute(only)]
            only = statement.with_only_columns(*wanted, maintain_column_froms=True)
            page = copied(connection, only, kinds_of(connection, only) or (), query)
            return [query.place_of(changed, key) for key, changed in page.first.rows()]

        return self.database.ask(self.about, found)

    def _query(self, order: Order) -> PageQuery:
        return PageQuery(
            order,
            self.database.most_bytes,
            str(self.listing.key.name),
            self.listing.refusals,
            self.facts.doubled,
            self.chars,
            self.times.placed if self.times else str,
        )

    def _shared(self, page: RowsPage) -> bool:
        """Whether other rows may have the place of a page's last one."""
        return page.last_key is None or page.last_key in self.facts.doubled

    def _number(self, part: sa.Select[Any], order: Order, place: Place) -> int:
        rows = part.where(at(order, place)).with_only_columns(sa.func.count(), maintain_column_froms=True)
        return self.database.ask(self.about, lambda connection: int(connection.scalar(rows) or 0))

    @property
    def _dynamic(self) -> bool:
        """Whether any column may hold any value, and texts that are none."""
        return self.kinds is None and self.database.engine == "sqlite"

    @property
    def _nulls_last(self) -> bool:
        return self.database.engine in NULLS_LAST


def _reflected(connection: sa.Connection, table: str) -> dict[str, sa.types.TypeEngine[Any]]:
    return {each["name"]: each["type"] for each in sa.inspect(connection).get_columns(table)} if table else {}
