"""Days on which offices work: Monday to Friday, except holidays, and the Saturdays that make up for a swapped day.

Holidays are dated data with a source a row (`working_days.csv`): the deployment's own file, or the national one. Tết
moves with the moon, and days are swapped by yearly notices; no rule of ours guesses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hub.core.cells import read_cells

FILE = "working_days.csv"
NATIONAL = Path(__file__).resolve().parents[2] / "deployments" / "national" / FILE
"""Holidays of the country: deployments/national/README.md says where they are from."""
COLUMNS = ("day", "kind", "name", "basis", "source")
KINDS = ("off", "working")
BASES = ("law", "announced", "recalled")


@dataclass(frozen=True)
class SpecialDay:
    """A day that is otherwise than its weekday says."""

    works: bool
    name: str


@dataclass(frozen=True)
class WorkingDays:
    """The calendar of offices."""

    special: Mapping[date, SpecialDay]

    @property
    def years(self) -> frozenset[int]:
        """The years whose holidays are listed; of others weekends alone are known."""
        return frozenset(day.year for day in self.special)

    def works(self, day: date) -> bool:
        """Whether offices work on a day."""
        found = self.special.get(day)
        return found.works if found else day.weekday() < 5

    def closed_for(self, day: date) -> str:
        """Why offices are closed on a day, in Vietnamese; empty if they work."""
        if self.works(day):
            return ""
        found = self.special.get(day)
        return found.name if found else "Cuối tuần"

    def next(self, day: date) -> date:
        """The first working day from a day on, that day included."""
        while not self.works(day):
            day += timedelta(days=1)
        return day


def read_working_days(folder: Path) -> WorkingDays:
    """The calendar of a deployment: its own file, else the country's.

    Raises:
        DeploymentInvalid: names file, line and column of a wrong cell.
    """
    own = folder / FILE
    found = dict[date, SpecialDay]()
    for row in read_cells(own if own.exists() else NATIONAL, COLUMNS):
        row.filled("day")
        row.filled("source")
        row.one_of("basis", BASES)
        day = row.day("day")
        assert day is not None
        if day in found:
            raise row.wrong("day", "stands here for the second time", hint="keep one row a day")
        found[day] = SpecialDay(row.one_of("kind", KINDS) == "working", row.filled("name"))
    return WorkingDays(found)
