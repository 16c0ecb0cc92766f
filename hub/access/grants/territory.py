"""Which entries a grant's territory covers: those that were *registered* in it.

Residence does not count: a copy may be asked for anywhere (Luật Hộ tịch Art. 63), and the registers have residence as
free text. The place of registration is a code with a day, so renamed or merged districts are compared as territories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from hub.access.grants.model import CITY, Grant
from hub.core.partial_dates import first_and_last
from hub.core.places import Same, same_place
from hub.core.units import Unit, Units

MOST_COVERED = 100_000
"""Places and days that are remembered; some 20 MB."""


class Registered(Protocol):
    """Anything with a place and day of registration: an item of evidence, or the place of a record."""

    @property
    def place(self) -> str | None:
        """Code of the registering unit, as of that day."""

    @property
    def registered(self) -> str | None:
        """Day, partial."""


@dataclass(frozen=True)
class Territories:
    """Compares places with the territories of grants."""

    units: Units
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)
    _covered: dict[tuple[str, date, str, str], bool] = field(default_factory=dict, repr=False)
    """Answers of `covers`: an entry that is found would otherwise take longer than one that is not, which has no place."""

    def covers(self, grant: Grant, place: str | None, registered: str | None) -> bool:
        """Whether an entry registered at a place (code) on a day (partial) lies in a grant's territory.

        Unknown is no.
        """
        if grant.territory == CITY:
            return True
        if not place or not registered:
            return False
        key = (grant.territory, grant.valid_from, place, registered)
        if key not in self._covered:
            if len(self._covered) >= MOST_COVERED:
                self._covered.clear()
            self._covered[key] = self._covers(grant, place, registered)
        return self._covered[key]

    def _covers(self, grant: Grant, place: str, registered: str) -> bool:
        named_on = grant.valid_from.isoformat()
        above = (unit.code for unit in self._upwards(place, registered))
        return any(
            same_place(self.units, grant.territory, named_on, code, registered, grant.valid_from) is Same.YES
            for code in above
        )

    def codes(self, grant: Grant) -> tuple[str, ...]:
        """Every code that named a place in the territory on some day: what the database compares with, which knows no
        days.
        """
        key = (grant.territory, grant.valid_from.isoformat())
        if key not in self._known:
            self._known[key] = tuple(
                sorted({unit.code for unit in self.units if self.covers(grant, unit.code, unit.first.isoformat())})
            )
        return self._known[key]

    def _upwards(self, code: str, registered: str) -> list[Unit]:
        day, found = first_and_last(registered)[0], list[Unit]()
        unit = self.units.at(code, day)
        while isinstance(unit, Unit):
            found.append(unit)
            if not unit.parent_code:
                break
            unit = self.units.at(unit.parent_code, day)
        return found
