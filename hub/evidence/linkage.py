"""The same registration told by several systems: linked by its natural key, never merged.

    kind | place of registration, as of its day | quyenSo | so

One entry of a paper book reaches the city up to three times: through the registry, as a book in files, from the store of digitised
books. Each telling stays the record of its own system; here they become one item of evidence with several sources. Where they differ,
the fields are named and an officer looks: by law the paper book decides (Luật Hộ tịch Art. 58.1, 60.2), so nothing is overwritten
and none of them is taken for the right one.

Two records of one system never are one entry, and a code of place is only compared with its day: where the list of units does not
reach back to it, equal codes on days that may be the same.
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
from quality.vietnamese import plain_comparison_key

OF_THE_SYSTEM = frozenset({"id", "maDonVi", "ngayCapNhat"})
"""Fields in which a system speaks of itself: each has its own."""
OF_THE_KEY = frozenset({"so", "quyenSo", "noiDangKy"})
"""Fields by which tellings are linked: compared already, with their ways of writing."""


Side = tuple[str, str, str]
"""System, key and role."""
Key = tuple[tuple[str, str], str, tuple[str, ...]]
"""Numbers, book and codes of place by which an entry is looked up in other systems."""


@dataclass(frozen=True)
class Linkage:
    """Finds what other systems tell of an entry."""

    connection: sa.Connection
    contracts: Mapping[str, Contract]
    units: Units
    moment: Moment

    def linked(self, register: Register, entries: Iterable[Evidence]) -> dict[Side, tuple[Evidence, ...]]:
        """For each entry the same side of it by other systems, a system each, without what `completed` adds.

        None where a system tells the entry twice, or the key is not whole. Found for all entries at once, also for none: what it costs does not tell
        whether anything is held.
        """
        entries = tuple(entries)
        wanted = {side(each): self._key(each) for each in entries if each.book and each.entry and each.place and each.registered}
        values = {
            "numbers": sorted({n for numbers, _, _ in wanted.values() for n in numbers}), "books": sorted({book for _, book, _ in wanted.values()}),
            "codes": sorted({code for _, _, codes in wanted.values() for code in codes}),
        }  # fmt: skip
        condition = "r.so = any(:numbers) and r.quyen_so = any(:books) and r.noi_dang_ky = any(:codes)"
        there = entries_of(self.connection, register, self.contracts, condition, values, self.moment)
        return {side(each): self._others(each, wanted.get(side(each)), there) for each in entries}

    def apart(self, register: Register, groups: Iterable[tuple[Evidence, ...]]) -> list[tuple[str, ...]]:
        """For each group of tellings the names of the fields in which they differ; a field that one does not tell differs from nothing, sealed fields
        are not opened. One statement for all groups, also for none."""
        dataset, groups = register.in_contract(self.contracts), tuple(groups)
        rows = self._rows(dataset, [each for group in groups for each in group])
        rows_of = [[rows.get((each.system, each.key), {}) for each in group] for group in groups]
        return [
            tuple(f.name for f in compared(dataset) if not alike(f, [row[f.column] for row in group if row.get(f.column) is not None])) for group in rows_of
        ]

    def _key(self, entry: Evidence) -> Key:
        plain, book = str(entry.entry).split("/")[0], str(entry.book)
        return (plain, f"{plain}/{book[-4:]}"), book, tuple(codes_of(self.units, str(entry.place), str(entry.registered)))

    def _others(self, entry: Evidence, key: Key | None, there: Iterable[Evidence]) -> tuple[Evidence, ...]:
        if key is None:
            return ()
        numbers, book, codes = key
        same = [
            each for each in there
            if each.role == entry.role and each.entry in numbers and each.book == book and each.place in codes and self._same_place(entry, each)
        ]  # fmt: skip
        others = [each for each in same if each.system != entry.system]
        return () if not others or max(Counter(each.system for each in same).values()) > 1 else tuple(sorted(others, key=lambda each: each.system))

    def _same_place(self, one: Evidence, other: Evidence) -> bool:
        if not (other.place and other.registered and one.place and one.registered):
            return False
        mine, theirs = unit_of(self.units, one.place, one.registered), unit_of(self.units, other.place, other.registered)
        if mine is not None and theirs is not None:
            return mine.territory == theirs.territory
        return one.place == other.place and dates_agree(one.registered, other.registered)

    def _rows(self, dataset: Dataset, entries: Iterable[Evidence]) -> dict[tuple[str, str], Mapping[Any, Any]]:
        """Compared columns by (system, key); what is current before what was superseded."""
        keys = sorted({(each.system, each.key) for each in entries})
        columns = ("_system", "_key", *(f.column for f in compared(dataset)))
        query = at_moment("select * from {table} r where r._system = any(:systems) and r._key = any(:keys) and r._known_from <= :known_at", dataset.table,
                          columns)  # fmt: skip
        values = {"systems": [system for system, _ in keys], "keys": [key for _, key in keys], "known_at": self.moment.known_at}
        rows = dict[tuple[str, str], Mapping[Any, Any]]()
        for row in self.connection.execute(sa.text(query), values).mappings():
            rows.setdefault((row["_system"], row["_key"]), row)
        return rows


def side(item: Evidence) -> Side:
    """One side of one system's entry."""
    return item.system, item.key, item.role


def compared(dataset: Dataset) -> list[Field]:
    """The fields in which tellings of an entry may differ."""
    return [f for f in dataset.fields if f.name not in OF_THE_SYSTEM | OF_THE_KEY and not f.classification.encrypted]


def alike(field: Field, values: list[Any]) -> bool:
    """Whether all that is told of a field may be the same: dates by what they leave open, text by the spelling that the law does not care for."""
    if field.kind is Kind.PARTIAL_DATE:
        return all(dates_agree(values[0], each) for each in values)
    if field.kind is Kind.TEXT and not field.identity:
        return len({plain_comparison_key(each) for each in values}) <= 1
    return len(set(values)) <= 1
