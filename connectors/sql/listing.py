"""Which rows of a table are read, in which order: by (change time, key), or by key alone.

An order of a table that is not ours need not be total: a key may stand twice, or be null. So a place in the order may
hold several rows, and the rows of one place are read together (`Database.pages`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from .texts import BadText

if TYPE_CHECKING:
    from .change_times import ChangeTimes

NULLS_LAST = frozenset({"postgresql", "oracle"})
"""Engines that put null behind all values; the others put it before them."""

Order: TypeAlias = tuple[sa.ColumnElement[Any], ...]
"""(change time, key), (key,), or nothing: rows of one place."""


@dataclass(frozen=True)
class RowRefusal:
    """A condition under which a row is refused."""

    column: str
    clause: str
    when: sa.ColumnElement[bool]


@dataclass(frozen=True)
class TableListing:
    """Rows of a table. The first column of `select` is the key, the second the change time where there is one."""

    select: sa.Select[Any]
    key: sa.ColumnElement[Any]
    changed: sa.ColumnElement[Any] | None
    table: str = ""
    """The table whose constraints say whether the key is unique."""
    refusals: tuple[RowRefusal, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [str(column.name) for column in self.select.selected_columns]

    def parts(
        self, times: ChangeTimes | None, since: datetime | None, until: datetime | None
    ) -> Iterator[tuple[sa.Select[Any], Order]]:
        """The statements of one reading, each with its order. Both ends are inclusive, in the database's local time.

        Rows without a change time belong to no day: every reading without an end includes them.
        """
        if times is None:
            yield from self._by_key(self.select)
            return
        if until is None:
            yield from self._by_key(self.select.where(sa.or_(times.column.is_(None), sa.not_(times.timed))))
        yield self.select.where(times.timed, *times.window(since, until)), (times.order, self.key)

    def _by_key(self, select: sa.Select[Any]) -> Iterator[tuple[sa.Select[Any], Order]]:
        yield select.where(self.key.is_not(None)), (self.key,)
        yield select.where(self.key.is_(None)), ()


def untyped(value: Any) -> sa.ColumnElement[Any]:
    """A value for a comparison; of a text the database decides by the other side what it is."""
    if isinstance(value, BadText):
        return sa.cast(sa.literal(value.content), sa.Text)
    return sa.literal(value, sa.types.NullType()) if isinstance(value, str) else sa.literal(value)


def after(order: Order, place: tuple[Any, ...], *, nulls_last: bool) -> sa.ColumnElement[bool]:
    """Strictly after a place. Not as a pair: not every engine compares pairs, nor uses an index for them."""
    if len(order) == 1:
        return sa.and_(order[0] > untyped(place[0]))
    (changed, key), (when, which) = order, place
    behind: sa.ColumnElement[bool]
    if which is None:
        behind = sa.false() if nulls_last else key.is_not(None)
    else:
        behind = sa.or_(key > untyped(which), key.is_(None)) if nulls_last else key > untyped(which)
    return sa.and_(changed >= untyped(when), sa.or_(changed > untyped(when), behind))


def before(order: Order, place: tuple[Any, ...], *, nulls_last: bool) -> sa.ColumnElement[bool]:
    """Strictly before a place."""
    if len(order) == 1:
        return sa.and_(order[0] < untyped(place[0]))
    (changed, key), (when, which) = order, place
    ahead: sa.ColumnElement[bool]
    if which is None:
        ahead = key.is_not(None) if nulls_last else sa.false()
    else:
        ahead = key < untyped(which) if nulls_last else sa.or_(key < untyped(which), key.is_(None))
    return sa.and_(changed <= untyped(when), sa.or_(changed < untyped(when), ahead))


def at(order: Order, place: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """At a place: all rows that the database takes for equal there."""
    return sa.and_(
        *(
            column.is_(None) if value is None else column == untyped(value)
            for column, value in zip(order, place, strict=True)
        )
    )


def by_all_columns(statement: sa.Select[Any], engine: str) -> sa.Select[Any]:
    """A statement ordered by the bytes of all its columns: rows that are still equal are the same."""

    def in_bytes(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        bare = column.element if isinstance(column, sa.Label) else column
        match engine:
            case "postgresql":
                return sa.cast(bare, sa.Text).collate("C")
            case "sqlite":
                return sa.cast(bare, sa.Text).collate("BINARY")
            case "mysql" | "mariadb":
                return sa.cast(bare, sa.LargeBinary)
        return sa.cast(bare, sa.Text)

    return statement.order_by(*map(in_bytes, statement.selected_columns))
