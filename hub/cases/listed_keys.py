"""The keys that a source listed, in a temporary table, compared with what the hub holds: anti joins both ways.

The session of its own holds no transaction while the source is read, so a listing may take hours and keeps nobody
waiting. A record whose batch is newer than `through` came after the listing began: it is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import sqlalchemy as sa

from connectors.interface import SoughtRecord
from connectors.key_pages import KeyPage
from contracts.model import Contract, Dataset
from hub.core.database import identifier
from hub.evidence.doubts import LEFT
from hub.load.stage import copy_into, escaped_rows, key_of
from quality.values import cells

_TIME = "%Y-%m-%dT%H:%M:%S%.6f+00:00"
_NOTED = """exists (select from hub.finding f where f.stream = :stream and f.dataset = :dataset and f.rule = :left
                     and f.resolved_at is null and f.record_key = {key})"""
_LISTED = "exists (select from listed l where l.key = {key})"
_CASE = """exists (select from hub."case" c where c.stream = :stream and c.dataset = :dataset and c.state = 'open'
                    and c.record_key = {key})"""
_HERE = "exists (select from {current} w where w._system = :system and w._key = {key})"

_TABLES = (
    "create index on listed (key)",
    "analyze listed",
    # Records that left, and cases whose records did; what was noted before is not noted again.
    f"""
    create temporary table gone as
    select w._key as key from {{current}} w where w._system = :system and w._batch <= :through
       and not {_LISTED.format(key="w._key")} and not {_NOTED.format(key="w._key")}
    union
    select c.record_key collate "C" from hub."case" c join hub.batch b on b.id = c.last_batch
    where c.stream = :stream and c.dataset = :dataset and c.state = 'open' and c.record_key is not null
       and b.serial <= :through
       and not {_LISTED.format(key="c.record_key")} and not {_NOTED.format(key="c.record_key")}""",
    """
    create temporary table back as
    select f.record_key collate "C" as key, (select max(version) from listed l where l.key = f.record_key) as version
    from hub.finding f where f.stream = :stream and f.dataset = :dataset and f.rule = :left and f.resolved_at is null
       and exists (select from listed l where l.key = f.record_key)""",
    f"""
    create temporary table fresh as
    select key, max(version) as version from listed x where key is not null
       and not {_HERE.format(key="x.key", current="{current}")} and not {_CASE.format(key="x.key")} group by key""",
    f"""
    create temporary table moved as
    select l.key, max(l.version) as version from listed l join {{current}} w on w._system = :system and w._key = l.key
    where l.version <> w._version and w._batch <= :through
       and not exists (select from listed x where x.key = l.key and x.version = w._version)
       and not {_CASE.format(key="l.key")} group by l.key""",
)
_COUNTED = {
    "listed": "select count(distinct key) from listed",
    "unnamed": "select count(*) from listed where key is null",
    "repeated": "select count(key) - count(distinct key) from listed",
    "held": f"""
        select count(*) from {{current}} w where w._system = :system and w._batch <= :through
           and not {_NOTED.format(key="w._key")}""",
    "quarantined": f"""
        select count(distinct key) from listed x where {_CASE.format(key="x.key")}
           and not {_HERE.format(key="x.key", current="{current}")}""",
    "gone": "select count(*) from gone",
    "back": "select count(*) from back",
    "new": "select count(*) from fresh",
    "changed": "select count(*) from moved",
}
"""Word of `key_listings.COUNTS` -> query."""
_CAME_MEANWHILE = """
    delete from gone g where exists (
        select from {current} w where w._system = :system and w._key = g.key and w._batch > :through)
    or exists (
        select from hub."case" c join hub.batch b on b.id = c.last_batch where c.stream = :stream
        and c.dataset = :dataset and c.record_key = g.key and c.state = 'open' and b.serial > :through)"""
_SOUGHT = """
    create temporary table sought as
    select row_number() over (order by version, key) as place, key, version from (
        select key, max(version) as version from (
            select key, version from back union all table fresh union all table moved) every
        group by key order by 2, 1 limit :most) first"""
_WAITING = f"""
    select (select count(*) from back x where {_NOTED.format(key="x.key")})
         + (select count(*) from fresh x where not {_CASE.format(key="x.key")}
             and not {_HERE.format(key="x.key", current="{current}")})
         + (select count(*) from moved x join {{current}} w on w._system = :system and w._key = x.key
             where w._batch <= :through and not {_CASE.format(key="x.key")}
               and (w._version < x.version or w._version > x.version and not :asked))"""


@dataclass(frozen=True)
class ListedKeys:
    """The keys of one listing."""

    connection: sa.Connection
    """A session of its own."""
    stream: str
    system: str
    dataset: Dataset
    """The contract's first: what a record owns leaves with it."""
    through: int

    @classmethod
    def of(cls, connection: sa.Connection, stream: str, system: str, contract: Contract, through: int) -> ListedKeys:
        """An empty table of keys in this session."""
        with connection.begin():
            connection.execute(sa.text('create temporary table listed (key text collate "C", version timestamptz)'))
        return cls(connection, stream, system, contract.datasets[0], through)

    def add(self, page: KeyPage) -> int:
        """Copy a page of keys into the table; returns their number. They are read as keys of records are."""
        if page.keys.is_empty():
            return 0
        rows = self._read(page.keys)
        with self.connection.begin():
            return copy_into(self.connection, "listed", escaped_rows(rows))

    def _read(self, keys: pl.DataFrame) -> pl.DataFrame:
        taken = [field for field in self.dataset.fields if field.name in keys.columns]
        few = replace(self.dataset, fields=tuple(taken), rules=())
        read = cells.read(few, keys.select(field.name for field in taken))
        columns = [key_of(few).alias("key")]
        if self.dataset.version_field in keys.columns:
            version = self.dataset.by_name[str(self.dataset.version_field)].column
            columns.append(pl.col(f"{version}|value").dt.strftime(_TIME).alias("version"))
        return read.select(columns)

    def compare(self) -> dict[str, int]:
        """What the listing says beside the warehouse, by the words of `key_listings.COUNTS`.

        Leaves temporary tables: `gone` (key); `back`, `fresh` and `moved` (key, version at the source): what left, what
        came back, what is not here, and what has another change time here.
        """
        with self.connection.begin():
            for statement in _TABLES:
                self.execute(statement)
            return {word: self._number(query) for word, query in _COUNTED.items()}

    def forget_came(self) -> int:
        """Take what came meanwhile for there; number of those that are gone. The caller holds the stream's row lock."""
        self.execute(_CAME_MEANWHILE)
        return self._number(_COUNTED["gone"])

    def sought(self, size: int, most: int) -> Iterator[list[SoughtRecord]]:
        """At most `most` records to ask for by their keys, oldest first: what came back, is not here, or differs."""
        with self.connection.begin():
            self.execute(_SOUGHT, most=most)
            number = self._number("select count(*) from sought")
        for start in range(0, number, size):
            with self.connection.begin():
                part = "select key, version from sought where place > :start and place <= :end order by place"
                rows = self.execute(part, start=start, end=start + size).all()
            yield [SoughtRecord(row.key, row.version) for row in rows]

    def waiting(self, *, asked: bool) -> int:
        """How many of these the hub still has otherwise than the source, or not at all.

        `asked`: they were asked for by key. One with a newer change time here has the same content then.
        """
        with self.connection.begin():
            return int(self.execute(_WAITING, asked=asked).scalar() or 0)

    def execute(self, statement: str, **more: object) -> sa.CursorResult[Any]:
        """Run a statement with those of its values that it names; `{current}` is the table of current records."""
        given = {
            "stream": self.stream,
            "system": self.system,
            "dataset": self.dataset.name,
            "through": self.through,
            "left": LEFT,
            **more,
        }
        filled = statement.replace("{current}", f"warehouse.{identifier(self.dataset.table)}")
        return self.connection.execute(sa.text(filled), {k: v for k, v in given.items() if f":{k}" in filled})

    def _number(self, query: str) -> int:
        return int(self.execute(query).scalar() or 0)
