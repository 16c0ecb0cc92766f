"""Rows around one that the database or its driver cannot read: the rows are read in halves, down to that row.

First only the places of the rows are read, which are their keys and change times. Then the rows between two places are
asked for by a condition, because some engines compute a column for rows beyond a limit too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from .failures import UnreadValue
from .listing import Order, after, at, before
from .page import RefusedRow, RowsPage, as_lines, joined
from .texts import READING

Place = tuple[Any, ...]


@dataclass(frozen=True)
class Damaged:
    """A part of a table in which a row cannot be read."""

    part: sa.Select[Any]
    """Without order and limit."""
    order: Order
    names: Sequence[str]
    """Names of the part's columns; the key is the first."""
    nulls_last: bool
    read: Callable[[sa.Select[Any]], RowsPage]
    """Reads a page. Raises UnreadValue."""
    column: Callable[[sa.Select[Any]], str | None]
    """Reads the text of one column of one row. Raises UnreadValue."""
    places: Callable[[sa.Select[Any]], Sequence[Place]]
    """Places of a statement's rows."""

    def page(self, size: int) -> RowsPage:
        """The first rows of the part as a page, in which those that cannot be read are refused.

        Raises:
            UnreadValue: not even the places can be read, or the rows have none.
        """
        found = self.places(self.part.order_by(*self.order).limit(size))
        pages = list[RowsPage]()
        for page in self._between(list(Counter(found).items())):
            pages.append(page)
            if page.cut:
                break
        return joined(pages)

    def _between(self, places: list[tuple[Place, int]]) -> list[RowsPage]:
        first, last = places[0][0], places[-1][0]
        rows = self.part.where(
            sa.or_(at(self.order, first), after(self.order, first, nulls_last=self.nulls_last)),
            sa.or_(at(self.order, last), before(self.order, last, nulls_last=self.nulls_last)),
        )
        try:
            return [self.read(rows.order_by(*self.order))]
        except UnreadValue:
            if len(places) == 1:
                return [self._refused(*places[0])]
        middle = len(places) // 2
        head = self._between(places[:middle])
        return head if head[-1].cut else [*head, *self._between(places[middle:])]

    def _refused(self, place: Place, number: int) -> RowsPage:
        """The rows of one place, of which at least one cannot be read: each column is tried by itself."""
        texts, broken = dict[str, str | None](), list[str]()
        one = self.part.where(at(self.order, place))
        for name, column in zip(self.names, self.part.selected_columns, strict=True):
            try:
                texts[name] = self.column(one.with_only_columns(column, maintain_column_froms=True).limit(1))
            except UnreadValue:
                broken.append(name)
        if number > 1:  # of several rows only their place is known
            texts = {name: text for name, text in texts.items() if name in self.names[: len(self.order)]}
        clause = READING if len(broken) < 2 else f"{READING}, as {len(broken) - 1} more of its columns"
        raw = msgspec.json.encode(texts)
        rows = [RefusedRow(n, broken[0] if broken else "", clause, raw, texts) for n in range(number)]
        return as_lines(rows, self.names, place, cut=False)
