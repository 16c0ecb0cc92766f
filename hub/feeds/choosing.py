"""What goes into a delivery: its items, by key and version, into `hub.delivery_item`.

    snapshot   every current record that the receiver may hold
    delta      of the batches that wait: records that are new or changed; besides, records that left their source and
               were released as such, and those that came back

A record that the receiver may not hold and holds leaves by `delete`; one that it never held is not named. What it holds
is the newest line of the key since the last snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contracts.model import Dataset
from hub.access.grants.model import CITY, Grant
from hub.access.grants.territory import Territories
from hub.core.database import identifier
from hub.core.errors import DatabaseUnavailable
from hub.evidence.doubts import LEFT

_LEFT = """exists (
    select from hub.finding f join hub.stream h on h.id = f.stream
    where f.dataset = :dataset and f.rule = :left and f.until is not null and f.resolved_at is null
      and f.record_key = w._key and h.system = w._system)"""
"""SQL: a person released that the record left its source."""
_HELD = """(
    select i.operation, i.batch from hub.delivery_item i
    where i.feed = :feed and i.key = w._key and i.system = w._system and i.sequence between :base and :sequence - 1
    order by i.sequence desc limit 1)"""
"""SQL: what the receiver holds of a record."""


@dataclass(frozen=True)
class Choice:
    """Where the items of one delivery come from."""

    connection: sa.Connection
    feed: str
    dataset: Dataset
    sequence: int
    base: int
    """Number of the snapshot since which the receiver's set is built; the delivery's own for a snapshot."""

    def snapshot(self) -> None:
        """Note every current record that is not released as gone."""
        self._do(
            f"""
            insert into hub.delivery_item (feed, sequence, number, system, key, operation, batch)
            select :feed, :sequence, row_number() over (order by w._system, w._key), w._system, w._key, 'put', w._batch
            from {self._current} w where not {_LEFT}"""
        )

    def delta(self, batches: Sequence[int]) -> None:
        """Note what batches changed, and what left or came back."""
        self._do(
            f"""
            with touched as (
                select w._system, w._key, w._batch from hub.batch b
                join {self._current} w on w._batch = b.serial
                 and (b.least_key is null or w._key between b.least_key and b.greatest_key)
                where b.serial = any(:batches)
            ), left_source as (
                select h.system as _system, f.record_key as _key from hub.finding f join hub.stream h on h.id = f.stream
                where f.dataset = :dataset and f.rule = :left and f.until is not null and f.resolved_at is null
            ), back as (
                select distinct i.system as _system, i.key as _key from hub.delivery_item i
                where i.feed = :feed and i.operation = 'delete' and i.sequence between :base and :sequence - 1
            ), asked as (
                select _system, _key from touched union select _system, _key from left_source
                union select _system, _key from back
            ), found as (
                select a._system, a._key, case when w._key is null or {_LEFT} then null else w._batch end as batch,
                       held.operation as held, held.batch as held_batch
                from asked a left join {self._current} w on w._system = a._system and w._key = a._key
                left join lateral {_HELD.replace("w._", "a._")} held on true
            ), changed as (
                select _system, _key, batch from found
                where batch is not null and (held is distinct from 'put' or held_batch <> batch)
                   or batch is null and held = 'put')
            insert into hub.delivery_item (feed, sequence, number, system, key, operation, batch)
            select :feed, :sequence, row_number() over (order by _system, _key), _system, _key,
                   case when batch is null then 'delete' else 'put' end, batch
            from changed""",
            batches=list(batches),
        )

    def keep_to(self, grants: Sequence[Grant], columns: Sequence[str], territories: Territories) -> None:
        """Take out the records of places where the grants that cover them do not give every column; one that the receiver
        holds is deleted there.
        """
        wanted = set(columns)
        if wanted <= frozenset[str]().union(*(grant.fields for grant in grants if grant.territory == CITY)):
            return
        place, day = (
            identifier(self.dataset.by_name[name].column) for name in (self.dataset.place_field, self.dataset.day_field)
        )
        rows = self._do(
            f"""
            select i.number, w.{place} as place, w.{day} as day, exists (
                select from {_HELD} held where held.operation = 'put') as held
            from hub.delivery_item i join {self._current} w on w._system = i.system and w._key = i.key
            where i.feed = :feed and i.sequence = :sequence and i.operation = 'put'"""
        )
        outside = {row.number: row.held for row in rows if not wanted <= self._given(grants, row, territories)}
        mine = "feed = :feed and sequence = :sequence"
        self._do(
            f"update hub.delivery_item set operation = 'delete', batch = null where {mine} and number = any(:numbers)",
            numbers=[number for number, held in outside.items() if held],
        )
        self._do(
            f"delete from hub.delivery_item where {mine} and number = any(:numbers)",
            numbers=[number for number, held in outside.items() if not held],
        )

    def _given(self, grants: Sequence[Grant], row: sa.Row[Any], territories: Territories) -> frozenset[str]:
        """Fields of the grants that cover the place of a record."""
        covering = (grant.fields for grant in grants if territories.covers(grant, row.place, row.day))
        return frozenset[str]().union(*covering)

    def know_sizes(self) -> None:
        """Let the planner know of many new items: without it, reading a first snapshot looks at all of them again and
        again. It waits for nobody: another build may be doing the same.
        """
        many = self._do("select count(*) >= 10000 from hub.delivery_item where feed = :feed and sequence = :sequence")
        if not many.scalar():
            return
        try:
            with self.connection.begin_nested():
                usual = self._do("show lock_timeout").scalar()
                self._do("set local lock_timeout = '100ms'")
                self._do("analyze hub.delivery_item")
                self._do(f"set local lock_timeout = '{usual}'")
        except DatabaseUnavailable:
            pass  # somebody else analyzes the table now

    @property
    def _current(self) -> str:
        return f"warehouse.{identifier(self.dataset.table)}"

    def _do(self, statement: str, **more: object) -> sa.CursorResult[Any]:
        values: Mapping[str, object] = {
            "feed": self.feed,
            "sequence": self.sequence,
            "base": self.base,
            "dataset": self.dataset.name,
            "left": LEFT,
            **more,
        }
        return self.connection.execute(sa.text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
