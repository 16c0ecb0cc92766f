"""Who keeps the books of a unit that ended: `book_keepers.yaml`, a dated table of the deployment.

A unit that still is keeps its own books. Of one that ended nobody may guess the keeper: whom the file does not name is
the office named by `otherwise`, the Justice department, which gave the books on or still has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from pydantic import Field

from contracts.yaml.models import Code, Day, Document, FileModel, Text, load
from hub.core.units import Unit, Units

FILE = "book_keepers.yaml"


class KeeperEntry(FileModel):
    """One keeper of one unit's books, for a span of days."""

    unit: Code
    """Code of the unit that ended."""
    ended: Day
    """Its last day: codes are reused, so the code alone does not name it."""
    keeper: Code
    """Code of the unit that keeps its books, or the name of an office."""
    first: Day = Field(alias="from")
    last: Day | None = Field(default=None, alias="to")
    """Last day; None: it still keeps them."""
    basis: Text
    """The decision or the minutes of the handing-over."""


class KeepersFile(FileModel):
    """`book_keepers.yaml`, as it is written."""

    otherwise: Text
    """The office that has the cases of every other unit that ended."""
    keepers: tuple[KeeperEntry, ...] = ()


@dataclass(frozen=True)
class BookKeepers:
    """The keepers of the books of units that ended."""

    otherwise: str
    entries: Mapping[tuple[str, date], tuple[KeeperEntry, ...]]
    """Code and last day of a unit -> its keepers, one after another."""

    def of(self, unit: Unit, day: date) -> str:
        """The code of the unit that keeps a former unit's books on a day, or the name of an office. Never empty."""
        for each in self.entries.get((unit.code, unit.last or date.max), ()):
            if each.first <= day and (each.last is None or day <= each.last):
                return each.keeper
        return self.otherwise


def read_keepers(folder: Path, units: Units) -> BookKeepers | None:
    """The table of a deployment; None: it has none.

    Raises:
        DeploymentInvalid: names the line: no such unit, one that has not ended, two keepers on one day, a keeper that
            was no unit.
    """
    if not (folder / FILE).exists():
        return None
    document = load(folder / FILE, KeepersFile)
    found: dict[tuple[str, date], list[tuple[int, KeeperEntry]]] = {}
    if not document.value.otherwise.strip():
        raise document.wrong(("otherwise",), "otherwise is empty", hint="name the Justice department of the province")
    for index, entry in enumerate(document.value.keepers):
        _require(document, index, entry, units)
        found.setdefault((entry.unit, entry.ended), []).append((index, entry))
    return BookKeepers(document.value.otherwise, {key: tuple(_in_order(document, each)) for key, each in found.items()})


def _require(document: Document[KeepersFile], index: int, entry: KeeperEntry, units: Units) -> None:
    here = ("keepers", index)
    if not any(unit.code == entry.unit and unit.last == entry.ended for unit in units):
        ends = sorted(str(unit.last) for unit in units if unit.code == entry.unit and unit.last)
        raise document.wrong(
            (*here, "unit"),
            f"no unit {entry.unit} ended on {entry.ended}",
            hint=f"its last days are {', '.join(ends)}" if ends else "units.csv lists the units that ended",
        )
    if entry.first <= entry.ended:
        raise document.wrong(
            (*here, "from"), f"{entry.unit} kept its own books until {entry.ended}", hint="begin on a later day"
        )
    if entry.last is not None and entry.last < entry.first:
        raise document.wrong((*here, "to"), "it ends before it begins", hint="leave `to` out while it still holds")
    if not entry.keeper.strip() or not entry.basis.strip():
        raise document.wrong(here, "keeper or basis is empty", hint="name the keeper, and the decision or the minutes")
    if entry.keeper.isdigit():
        keeper = units.at(entry.keeper, entry.first)
        if not isinstance(keeper, Unit):
            raise document.wrong((*here, "keeper"), keeper.why, hint="a unit of that day, or the name of an office")
        if keeper.last is not None and (entry.last is None or entry.last > keeper.last):
            raise document.wrong(
                (*here, "keeper"), f"{entry.keeper} itself ended on {keeper.last}", hint=f"write to: {keeper.last}"
            )


def _in_order(document: Document[KeepersFile], entries: list[tuple[int, KeeperEntry]]) -> Iterator[KeeperEntry]:
    ordered = sorted(entries, key=lambda each: each[1].first)
    for (_, one), (index, other) in pairwise(ordered):
        if one.last is None or one.last >= other.first:
            raise document.wrong(
                ("keepers", index), f"{other.unit} has two keepers on {other.first}", hint="end the earlier one before"
            )
    yield from (each for _, each in ordered)
