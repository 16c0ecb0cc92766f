"""The items of a delivery with their values, read from the warehouse and its history in the order of their lines.

A version is named by the batch that brought it. Records are never altered, so the same delivery reads the same on every
day: current rows move to history whole. JSON Lines are written by PostgreSQL itself, some thousands at a time, while
those before are compressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from contracts.model import Dataset, Field, Kind
from hub.core.database import identifier
from hub.feeds.items import Item

SEVERAL = 5000
"""Rows that are fetched at once."""
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL: a longer wire name would be cut."""


class VersionLost(Permanent):
    """A version that was delivered is neither in the warehouse nor in its history."""


@dataclass
class StoredItems:
    """The items of a delivery. Both ways of reading give the same, count what they gave, and raise VersionLost where the
    database was altered, or restored from before the delivery.
    """

    connection: sa.Connection
    feed: str
    sequence: int
    dataset: Dataset
    columns: Sequence[str]
    built_at: datetime
    put: int = field(default=0, init=False)
    delete: int = field(default=0, init=False)

    def __iter__(self) -> Iterator[Item]:
        """One item after the other, with its values. Raises VersionLost."""
        names = ", ".join(f"v.{identifier(each.column)}" for each in self._fields)
        query = sa.text(f"{self._read(f'i.operation, i.system, i.key, v._known_from, {names}')} order by i.number")
        shown = [_SHOWN[each.kind] for each in self._fields]
        gone = _moment(self.built_at)
        found = self.connection.execute(query, self._place, execution_options={"yield_per": SEVERAL})
        for operation, system, key, known_from, *values in found:
            if operation == "delete":
                self.delete += 1
                yield Item("delete", system, key, gone)
                continue
            if known_from is None:
                raise self._lost()
            self.put += 1
            written = {
                name: None if value is None else show(value)
                for name, value, show in zip(self.columns, values, shown, strict=True)
            }
            yield Item("put", system, key, _moment(known_from), written)

    def json_blocks(self, columns: Sequence[str]) -> Iterator[bytes]:
        """The lines that `json_lines` writes of them, many in each block. Raises VersionLost."""
        query, last = sa.text(self._lines(sorted(columns))), self._last()
        # A plan for any part of the items would read all of them for each part.
        self.connection.execute(sa.text("set local plan_cache_mode = force_custom_plan"))
        self.connection.execute(sa.text("set local enable_memoize = off"))  # no item is asked for twice

        def fetched(start: int) -> Any:
            return self.connection.execute(query, {**self._place, "start": start, "end": start + SEVERAL}).one()

        # One thread asks, this one compresses; the connection is never used by two at a time.
        with ThreadPoolExecutor(1) as ahead:
            waiting = ahead.submit(fetched, 0)
            for start in range(SEVERAL, last + SEVERAL, SEVERAL):
                row = waiting.result()
                if start < last:
                    waiting = ahead.submit(fetched, start)
                if row.lost:
                    raise self._lost()
                self.put, self.delete = self.put + row.put, self.delete + row.deleted
                yield (row.lines or "").encode()

    def _last(self) -> int:
        query = "select coalesce(max(number), 0) from hub.delivery_item where feed = :feed and sequence = :sequence"
        return int(self.connection.scalar(sa.text(query), self._place) or 0)

    def _lines(self, names: Sequence[str]) -> str:
        """SQL: lines `start` to `end` as one text, and how many they are of each kind."""
        values = ", ".join(f'{_json(self.dataset.by_name[name])} as "{name}"' for name in names)
        put = f"""concat('{{"key":', to_json(i.key), ',"op":"put","system":', to_json(i.system), ',"values":',
                         (select row_to_json(said) from (select {values}) said),
                         ',"version":"', {moment_text("v._known_from")}, E'"}}\\n')"""
        gone = f"""concat('{{"key":', to_json(i.key), ',"op":"delete","system":', to_json(i.system),
                          ',"version":"{_moment(self.built_at)}"}}', E'\\n')"""
        read = self._read(
            f"i.number, i.operation, v._known_from, case i.operation when 'put' then {put} else {gone} end as line"
        )
        return f"""
            select string_agg(line, '' order by number) as lines, count(*) filter (where operation = 'put') as put,
                   count(*) filter (where operation = 'delete') as deleted,
                   count(*) filter (where operation = 'put' and _known_from is null) as lost
            from ({read} and i.number > :start and i.number <= :end) part"""

    def _read(self, chosen: str) -> str:
        """SQL: the items with the versions that they name (`v`), current or superseded."""
        table = identifier(self.dataset.table)
        names = [identifier(each.column) for each in self._fields]
        version = ", ".join(["_known_from", *names])
        return f"""
            select {chosen} from hub.delivery_item i left join lateral (
                select {version} from warehouse.{table} w
                where i.operation = 'put' and w._key = i.key and w._system = i.system and w._batch = i.batch
                union all
                select * from (
                    select {version} from history.{table} e
                    where i.operation = 'put' and e._key = i.key and e._system = i.system and e._batch = i.batch
                      and e._end <> 'outdated' limit 1) superseded
                limit 1) v on true
            where i.feed = :feed and i.sequence = :sequence"""

    @property
    def _fields(self) -> list[Field]:
        return [self.dataset.by_name[name] for name in self.columns]

    @property
    def _place(self) -> dict[str, object]:
        return {"feed": self.feed, "sequence": self.sequence}

    def _lost(self) -> VersionLost:
        return VersionLost(
            f"Delivery {self.sequence} of {self.feed}: a version that it carried is not in the history any more",
            hint="compare the database with its backup: hub doctor",
        )


def moment_text(value: str) -> str:
    """SQL: a time as `_moment` writes it: a fraction of zero is left out. Sessions are in UTC."""
    return f"""replace(to_char({value}, 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'), '.000000', '')"""


def _json(field: Field) -> str:
    """SQL: a value as JSON has it: integers as numbers, all else as text."""
    value = f"v.{identifier(field.column)}"
    if field.kind is Kind.TIMESTAMP:
        return moment_text(value)
    return value if field.kind in (Kind.TEXT, Kind.INTEGER, Kind.PARTIAL_DATE) else f"{value}::text"


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


_SHOWN: dict[Kind, Callable[..., str | int]] = {
    Kind.TEXT: str,
    Kind.PARTIAL_DATE: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: lambda value: format(value, "f"),
    Kind.TIMESTAMP: _moment,
}
"""How a value is written, by its kind: integers as numbers, the others as text."""
