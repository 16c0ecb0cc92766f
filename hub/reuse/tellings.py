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
from hub.reuse.evidence import Evidence, Moment, at_moment, of_register
from hub.reuse.kinds import Register
from hub.reuse.people import dates_agree
from hub.reuse.places import codes_of, unit_of
from hub.units import Units
from quality.vietnamese import plain_comparison_key

OF_THE_SYSTEM = frozenset({"id", "maDonVi", "ngayCapNhat"})
"""Fields in which a system speaks of itself: each has its own."""
OF_THE_KEY = frozenset({"so", "quyenSo", "noiDangKy"})
"""Fields by which tellings are linked: compared already, with their ways of writing."""


@dataclass(frozen=True)
class Tellings:
    """Finds what other systems tell of an entry."""

    connection: sa.Connection
    contracts: Mapping[str, Contract]
    units: Units
    moment: Moment

    def of(self, register: Register, entry: Evidence) -> tuple[Evidence, ...]:
        """The same side of the same entry by other systems, a system each; nothing where a system tells the entry twice, or the key is not whole."""
        if not (entry.book and entry.entry and entry.place and entry.registered):
            return ()
        plain = entry.entry.split("/")[0]
        values = {"numbers": [plain, f"{plain}/{entry.book[-4:]}"], "book": entry.book, "codes": codes_of(self.units, entry.place, entry.registered),
                  "system": entry.system}  # fmt: skip
        others = self._there(register, entry, "<>", values)
        if not others:
            return ()  # as nearly always: what its own system tells besides does not matter then
        systems = Counter(each.system for each in (*others, *self._there(register, entry, "=", values)))
        return () if max(systems.values()) > 1 else tuple(sorted(others, key=lambda each: each.system))

    def apart(self, register: Register, tellings: Iterable[Evidence]) -> tuple[str, ...]:
        """Names of the fields in which tellings differ; a field that one does not tell differs from nothing, sealed fields are not opened."""
        dataset = register.in_contract(self.contracts)
        rows = [self._row(dataset, each) for each in tellings]
        return tuple(f.name for f in compared(dataset) if not alike(f, [row[f.column] for row in rows if row.get(f.column) is not None]))

    def _there(self, register: Register, entry: Evidence, own: str, values: Mapping[str, object]) -> list[Evidence]:
        """The entry as its own system (`=`) or others (`<>`) tell it."""
        condition = f"r.so = any(:numbers) and r.quyen_so = :book and r.noi_dang_ky = any(:codes) and r._system {own} :system"
        sides = tuple(each for each in register.roles if each.name == entry.role)
        there = of_register(self.connection, register, self.contracts, condition, values, self.moment, sides)
        return [each for each in there if self._same_place(entry, each)]

    def _same_place(self, one: Evidence, other: Evidence) -> bool:
        if not (other.place and other.registered and one.place and one.registered):
            return False
        mine, theirs = unit_of(self.units, one.place, one.registered), unit_of(self.units, other.place, other.registered)
        if mine is not None and theirs is not None:
            return mine.territory == theirs.territory
        return one.place == other.place and dates_agree(one.registered, other.registered)

    def _row(self, dataset: Dataset, telling: Evidence) -> Mapping[Any, Any]:
        query = at_moment("select * from {table} r where r._system = :system and r._key = :key and r._known_from <= :known_at", dataset.table,
                          tuple(f.column for f in compared(dataset)))  # fmt: skip
        values = {"system": telling.system, "key": telling.key, "known_at": self.moment.known_at}
        return self.connection.execute(sa.text(query), values).mappings().first() or {}


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
