"""Which rows of a table are read, in which order: by (change time, key), or by key alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa


class ChangeTime(sa.types.TypeDecorator[Any]):
    """A local time without a zone. SQLite has no times: there it is text, compared letter by letter, and stays exactly as it was written."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.String() if dialect.name == "sqlite" else sa.DateTime())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        # The shortest form: `2022-05-01 08:00:00` comes before `2022-05-01 08:00:00.5` and is a beginning of it.
        return value.isoformat(" ", "seconds") if dialect.name == "sqlite" and isinstance(value, datetime) else value


@dataclass(frozen=True)
class TableListing:
    """Rows of a table in their order. The first column of `select` is the key, the second the change time where there is one."""

    select: sa.Select[Any]
    key: sa.ColumnElement[Any]
    changed: sa.ColumnElement[Any] | None

    def parts(
        self, since: datetime | None, until: datetime | None
    ) -> Iterator[tuple[sa.Select[Any], tuple[sa.ColumnElement[Any], ...]]]:
        """The statements of one reading, each with its order. Both ends are inclusive, in the database's local time.

        Rows without a change time belong to no day: every reading without an end includes them.
        """
        if self.changed is None:
            yield self.select, (self.key,)
            return
        if until is None:
            yield self.select.where(self.changed.is_(None)), (self.key,)
        dated = self.select.where(self.changed.is_not(None) if since is None else self.changed >= since)
        yield dated if until is None else dated.where(self.changed <= until), (self.changed, self.key)


def after(order: tuple[sa.ColumnElement[Any], ...], place: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    """Strictly after a row in an order of one or two columns. Not as a pair: not every engine compares pairs, nor uses an index for them."""
    if len(order) == 1:
        return sa.and_(order[0] > place[0])
    (changed, key), (when, which) = order, place
    return sa.and_(changed >= when, sa.or_(changed > when, key > which))
