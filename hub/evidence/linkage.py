"""Linkage: links the records of one registration in several systems by its natural key, and never merges them.

    kind | place of registration, as of its day | quyenSo | so

One entry of a paper book reaches the city up to three times: through the registry, as a book in files, and from the
store of digitised books. Each record stays with its own system. Linked, they are one item of evidence with several
sources. Where they differ, the fields are named and an officer decides. By law the paper book is authoritative
(Luật Hộ tịch Art. 58.1, 60.2), so nothing is overwritten and no record is taken as the right one.

Two records of one system are never the same entry. A code of a place is compared as of its day. Where the list of
units does not reach back to that day, the codes must be equal and the days must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contracts.model import Contract, Dataset, Field, Kind
from hub.core.partial_dates import dates_agree
from hub.core.places import codes_of, unit_of
from hub.core.units import Units
from hub.evidence.evidence import Evidence, Moment, at_moment, entries_of
from hub.evidence.registers import Register
from quality.values.vietnamese import plain_comparison_key

OF_THE_SYSTEM = frozenset({"maDonVi"})
"""Fields about the system itself, beside its key and its change time: each system has its own values."""


Side = tuple[str, str, str]
"""System, key and role."""
Key = tuple[tuple[str, str], str, tuple[str, ...]]
"""Numbers, book and place codes that find an entry in other systems."""


@dataclass(frozen=True)
class Linkage:
    """Finds the records of an entry in other systems."""

    connection: sa.Connection
    contracts: Mapping[str, Contract]
    units: Units
    moment: Moment

    def linked(self, register: Register, entries: Iterable[Evidence]) -> dict[Side, tuple[Evidence, ...]]:
        """The same side of each entry in other systems, at most one record for each, without what `completed` adds.

        Empty if a system has the entry twice, or the key is incomplete. One search for all entries, also for none:
        the time of an answer must not show whether anything is held.
        """
        entries = tuple(entries)
        wanted = {
            side(each): self._key(each)
            for each in entries
            if each.book and each.entry and each.place and each.registered
        }
        values = {
            "numbers": sorted({n for numbers, _, _ in wanted.values() for n in numbers}),
            "books": sorted({book for _, book, _ in wanted.values()}),
            "codes": sorted({code for _, _, codes in wanted.values() for code in codes}),
        }
        same = "r.{entry} = any(:numbers) and r.{book} = any(:books) and r.{place} = any(:codes)"
        if not (condition := natural_key(register, self.contracts, same)):
            return {side(each): () for each in entries}
        there = entries_of(self.connection, register, self.contracts, condition, values, self.moment)
        return {side(each): self._others(each, wanted.get(side(each)), there) for each in entries}

    def conflicts(self, register: Register, groups: Iterable[tuple[Evidence, ...]]) -> list[tuple[str, ...]]:
        """For each group of linked records, the names of the fields in which they differ.

        A missing value differs from nothing, and encrypted fields are not compared. One statement for all groups,
        also for none.
        """
        dataset, groups = register.in_contract(self.contracts), tuple(groups)
        rows = self._rows(register, dataset, [each for group in groups for each in group])
        rows_of = [[rows.get((each.system, each.key), {}) for each in group] for group in groups]
        return [
            tuple(
                f.name
                for f in compared(register, dataset)
                if not alike(f, [row[f.column] for row in group if row.get(f.column) is not None])
            )
            for group in rows_of
        ]

    def _key(self, entry: Evidence) -> Key:
        plain, book = str(entry.entry).split("/")[0], str(entry.book)
        return (
            (plain, f"{plain}/{book[-4:]}"),
            book,
            tuple(codes_of(self.units, str(entry.place), str(entry.registered))),
        )

    def _others(self, entry: Evidence, key: Key | None, there: Iterable[Evidence]) -> tuple[Evidence, ...]:
        if key is None:
            return ()
        numbers, book, codes = key
        same = [
            each
            for each in there
            if each.role == entry.role
            and each.entry in numbers
            and each.book == book
            and each.place in codes
            and (side(each) == side(entry) or self._same_place(entry, each))  # itself: no work that only a find brings
        ]
        others = [each for each in same if each.system != entry.system]
        return (
            ()
            if not others or max(Counter(each.system for each in same).values()) > 1
            else tuple(sorted(others, key=lambda each: each.system))
        )

    def _same_place(self, one: Evidence, other: Evidence) -> bool:
        if not (other.place and other.registered and one.place and one.registered):
            return False
        mine, theirs = (
            unit_of(self.units, one.place, one.registered),
            unit_of(self.units, other.place, other.registered),
        )
        if mine is not None and theirs is not None:
            return mine.territory == theirs.territory
        return one.place == other.place and dates_agree(one.registered, other.registered)

    def _rows(
        self, register: Register, dataset: Dataset, entries: Iterable[Evidence]
    ) -> dict[tuple[str, str], Mapping[Any, Any]]:
        """Compared columns by (system, key); the current row before superseded ones."""
        keys = sorted({(each.system, each.key) for each in entries})
        columns = ("_system", "_key", *(f.column for f in compared(register, dataset)))
        query = at_moment(
            "select * from {table} r where r._system = any(:systems) and r._key = any(:keys) and r._known_from <= :known_at",
            dataset.table,
            columns,
        )
        values = {
            "systems": [system for system, _ in keys],
            "keys": [key for _, key in keys],
            "known_at": self.moment.known_at,
        }
        rows = dict[tuple[str, str], Mapping[Any, Any]]()
        for row in self.connection.execute(sa.text(query), values).mappings():
            rows.setdefault((row["_system"], row["_key"]), row)
        return rows


def side(item: Evidence) -> Side:
    """System, key and role of an item."""
    return item.system, item.key, item.role


def natural_key(register: Register, contracts: Mapping[str, Contract], condition: str) -> str:
    """A condition with the columns of a register's natural key in it; empty: the register has no books."""
    if not (register.entry and register.book):
        return ""
    named = register.in_contract(contracts).by_name
    parts = {"entry": register.entry, "book": register.book, "place": register.place, "day": register.day}
    return condition.format(**{part: named[name].column for part, name in parts.items()})


def compared(register: Register, dataset: Dataset) -> list[Field]:
    """The fields in which linked records may differ: those of the natural key were compared already, in all their
    spellings.
    """
    left = OF_THE_SYSTEM | {register.entry, register.book, register.place, dataset.version_field}
    left |= {each.name for each in dataset.key}
    return [f for f in dataset.fields if f.name not in left and not f.classification.encrypted]


def alike(field: Field, values: list[Any]) -> bool:
    """Whether all values of a field may mean the same: partial dates that agree, text that differs only in spelling."""
    if field.kind is Kind.PARTIAL_DATE:
        return all(dates_agree(values[0], each) for each in values)
    if field.kind is Kind.TEXT and not field.identity:
        return len({plain_comparison_key(each) for each in values}) <= 1
    return len(set(values)) <= 1
