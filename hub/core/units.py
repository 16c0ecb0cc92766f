"""Administrative units by code *and day*, and the conversions between them.

A code alone does not name a unit: 26737 was Phường Đa Kao until 2025-06-30 and is Phường Tân Định since; 769 was
Quận 2, then Thành phố Thủ Đức. Therefore `Units.at` needs a code and a day, and conversions take units, never codes.
An unknown unit is an answer of its own (`Unknown`, `Ambiguous`).

    Units.at(code, day), Units.named(name, day) -> Unit
    Unit ──forward / back──> Conversion: units of another day, whole or part
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.core.cells import read_list
from quality.values.vietnamese import plain_comparison_key

KINDS = ("thành phố ", "tỉnh ", "quận ", "huyện ", "thị xã ", "thị trấn ", "phường ", "xã ", "đặc khu ")

FILE = "units.csv"
"""The list of units in a deployment's `reference/` folder."""
COLUMNS = ("code", "level", "name", "parent_code", "valid_from", "valid_to", "territory")
CONVERSION_COLUMNS = ("old_code", "old_valid_to", "new_code", "new_valid_from", "is_default")


@dataclass(frozen=True, order=True)
class Unit:
    """A unit in one row of `units.csv`. Only `Units` creates it."""

    code: str
    first: date
    """First day for which this row is valid."""
    last: date | None
    """Last day; None while it still holds."""
    level: str
    """`province`, `district` or `commune`."""
    name: str
    parent_code: str
    """Code of the parent unit on the same days."""
    territory: str
    """Equal for two units exactly if they are the same place. Compare this, never codes."""

    def on(self, day: date) -> bool:
        """Whether it was valid on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Unknown:
    """No unit was found; the reason is for a person to read."""

    why: str
    known: tuple[Unit, ...] = ()
    """Units that the code or name meant on other days."""


@dataclass(frozen=True)
class Ambiguous:
    """Several units have the name on that day (`Phường 1`): give the parent unit."""

    units: tuple[Unit, ...]


class Certainty(StrEnum):
    """How much of a unit is in another."""

    WHOLE = "whole"
    PART = "part"


@dataclass(frozen=True)
class Share:
    """One unit of a conversion.

    Forward: how much of the given unit is in it. Back: how much of it is in the given unit.
    """

    unit: Unit
    certainty: Certainty


@dataclass(frozen=True)
class Conversion:
    """The units that a unit corresponds to on another day."""

    shares: tuple[Share, ...]
    lost: tuple[Unit, ...] = ()
    """Units on the way without a known successor or predecessor; with any of them, the shares are incomplete."""
    default: Unit | None = None
    """The unit to use if nothing finer is known: a choice of the sources, not a legal fact. None: they choose none."""

    @property
    def whole(self) -> Unit | None:
        """The single unit that it became completely, or None."""
        only = len(self.shares) == 1 and not self.lost and self.shares[0].certainty is Certainty.WHOLE
        return self.shares[0].unit if only else None


@dataclass(frozen=True)
class _Step:
    to: Unit
    default: bool


class Units:
    """All units of a deployment.

    Raises:
        DeploymentInvalid: two rows of one code share a day, or a conversion names no unit of its day.
    """

    def __init__(self, rows: Iterable[Mapping[str, str]], conversions: Iterable[Mapping[str, str]]) -> None:
        self._by_code: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(map(_unit, rows)):
            self._by_code[unit.code].append(unit)
        for units in self._by_code.values():
            for one, other in pairwise(units):
                if one.last is None or one.last >= other.first:
                    raise DeploymentInvalid(
                        f"units.csv: {one.code} names two units on {other.first}",
                        hint="end the earlier row the day before",
                    )
        self._codes: dict[str, set[str]] = defaultdict(set)
        for unit in self:
            self._codes[unit.territory].add(unit.code)
        self._steps: dict[Unit, list[_Step]] = defaultdict(list)
        self._origins: dict[Unit, list[Unit]] = defaultdict(list)
        for row in conversions:
            old = self._exactly(row["old_code"], date.fromisoformat(row["old_valid_to"]))
            new = self._exactly(row["new_code"], date.fromisoformat(row["new_valid_from"]))
            self._steps[old].append(_Step(new, row["is_default"] == "true"))
            self._origins[new].append(old)

    def __iter__(self) -> Iterator[Unit]:
        return (unit for units in self._by_code.values() for unit in units)

    def codes_of(self, territory: str) -> tuple[str, ...]:
        """All codes that a territory ever had, sorted."""
        return tuple(sorted(self._codes.get(territory, ())))

    def at(self, code: str, day: date) -> Unit | Unknown:
        """The unit of a code on a day."""
        _only_a_day(day)
        units = self._by_code.get(code, [])
        for unit in units:
            if unit.on(day):
                return unit
        if not units:
            return Unknown(f"no unit ever had the code {code} in this list")
        if day < units[0].first:
            return Unknown(f"what {code} named before {units[0].first} is not listed", tuple(units))
        return Unknown(f"no unit had the code {code} on {day}", tuple(units))

    def on(self, day: date, level: str | None = None) -> tuple[Unit, ...]:
        """All units valid on a day, by code."""
        _only_a_day(day)
        return tuple(
            u for _, units in sorted(self._by_code.items()) for u in units if u.on(day) and level in (None, u.level)
        )

    def named(self, name: str, day: date, *, above: Unit | None = None) -> Unit | Ambiguous | Unknown:
        """The unit of a name on a day; `above` is the unit it belongs to, of the same day.

        Spelling does not matter: tone placement (`Hoà`, `Hòa`), case, spaces, leading zeros. The kind may be omitted
        (`Đa Kao`), unless a unit has exactly this name with its kind.
        """
        wanted = name_key(name)
        here = [u for u in self.on(day) if above is None or u.parent_code == above.code]
        if above is not None and not above.on(day):
            return Unknown(f"{above.name} was no unit on {day}", (above,))
        found = [u for u in here if name_key(u.name) == wanted] or [
            u for u in here if _without_kind(name_key(u.name)) == wanted
        ]
        if len(found) == 1:
            return found[0]
        if found:
            return Ambiguous(tuple(found))
        elsewhere = (
            u
            for units in self._by_code.values()
            for u in units
            if wanted in (name_key(u.name), _without_kind(name_key(u.name)))
        )
        return Unknown(f"no unit of that name on {day}", tuple(elsewhere))

    def forward(self, unit: Unit, day: date) -> Conversion:
        """What a unit became by a later day. ValueError: the day is before the unit."""
        _only_a_day(day)
        if day < unit.first:
            raise ValueError(f"{day} lies before {unit.code} of {unit.first}; ask back")
        ends, lost = self._ends(unit, day)
        certainty = Certainty.WHOLE if len(ends) == 1 and not lost else Certainty.PART
        return Conversion(
            tuple(Share(u, certainty) for u in sorted(ends)), tuple(sorted(lost)), self._default(unit, day)
        )

    def back(self, unit: Unit, day: date) -> Conversion:
        """What a unit was made of on an earlier day. ValueError: the day is after the unit."""
        _only_a_day(day)
        if unit.last is not None and day > unit.last:
            raise ValueError(f"{day} lies after {unit.code} of {unit.last}; ask forward")
        starts, lost, todo = set[Unit](), set[Unit](), [unit]
        while todo:
            now = todo.pop()
            if now.first <= day:
                starts |= {now} if now.on(day) else set()
                continue
            # A unit made of districts and of their communes would be listed twice: the finer level counts.
            origins = [o for o in self._origins[now] if o.level == now.level] or self._origins[now]
            todo += origins
            lost |= set() if origins else {now}
        shares = (Share(u, self._share(u, unit)) for u in sorted(starts))
        return Conversion(
            tuple(shares), tuple(sorted(lost)), next(iter(starts)) if len(starts) == 1 and not lost else None
        )

    def _share(self, old: Unit, new: Unit) -> Certainty:
        ends, lost = self._ends(old, new.first if new.first > old.first else old.first)
        return Certainty.WHOLE if ends == {new} and not lost else Certainty.PART

    def _ends(self, unit: Unit, day: date) -> tuple[set[Unit], set[Unit]]:
        ends, lost, todo = set[Unit](), set[Unit](), [unit]
        while todo:
            now = todo.pop()
            if now.on(day):
                ends.add(now)
            elif self._steps[now]:
                todo += [step.to for step in self._steps[now]]
            else:
                lost.add(now)
        return ends, lost

    def _default(self, unit: Unit, day: date) -> Unit | None:
        now: Unit | None = unit
        while now is not None and not now.on(day):
            now = next((step.to for step in self._steps[now] if step.default), None)
        return now

    def _exactly(self, code: str, day: date) -> Unit:
        unit = self.at(code, day)
        if isinstance(unit, Unknown):
            raise DeploymentInvalid(
                f"unit_conversions.csv: {unit.why}", hint="add the unit to units.csv or correct the day"
            )
        return unit


def read_units(reference: Path) -> Units:
    """The units of a deployment's `reference/` folder: `units.csv` and `unit_conversions.csv`.

    Raises DeploymentInvalid.
    """
    made = "python -m deployments.generate, or hub deployment new, writes it"
    units, conversions = reference / FILE, reference / "unit_conversions.csv"
    return Units(
        (each.with_days("valid_from") for each in read_list(units, COLUMNS, missing=made)),
        (
            each.with_days("old_valid_to", "new_valid_from")
            for each in read_list(conversions, CONVERSION_COLUMNS, missing=made)
        ),
    )


def name_key(name: str) -> str:
    """A comparison key for names: equal for `Phường Hoà Bình` and `phường Hòa  Bình`, `Phường 05` and `Phường 5`."""
    return " ".join(word.lstrip("0") if word.isdigit() else word for word in plain_comparison_key(name).split())


def _without_kind(key: str) -> str:
    return next((key.removeprefix(kind) for kind in KINDS if key.startswith(kind)), key)


def _only_a_day(day: date) -> None:
    if isinstance(day, datetime):
        raise TypeError("a day is needed, not an instant: turn it into the deployment's local date first")


def _unit(row: Mapping[str, str]) -> Unit:
    last = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
    return Unit(
        row["code"],
        date.fromisoformat(row["valid_from"]),
        last,
        row["level"],
        row["name"],
        row["parent_code"],
        row["territory"],
    )
