"""The office behind a question of the Ministry: whose grants count for a unit (maDonVi), and the office's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.access.grants.agencies import read_agencies
from hub.answers.ministry.codes import MINISTRY, Denied
from hub.core.units import Unit, Units


@dataclass(frozen=True)
class Offices:
    """The offices of a day."""

    by_unit: Mapping[str, tuple[str, str]]
    """Administrative unit -> (identity code, name) of the agency that answers for its civil status."""
    units: Units
    day: date

    @classmethod
    def on(cls, deployment: Path, units: Units, day: date) -> Offices:
        """The agencies of a deployment that keep registers on a day."""
        found: dict[str, tuple[str, str]] = {}
        for agency in sorted(read_agencies(deployment).values(), key=lambda each: each.code):
            if agency.registers and agency.on(day):
                found.setdefault(agency.unit, (agency.code, agency.name))
        return cls(found, units, day)

    def agency(self, unit: str, *, asked_by: str) -> str:
        """The agency whose grants count for a unit: its own, or that of the unit above.

        Raises Denied 106: unknown, or not the asker's."""
        place: Unit | None = self._unit(unit)
        while place is not None and place.code not in self.by_unit:
            place = self._unit(place.parent_code) if place.parent_code else None
        if place is None or asked_by not in (MINISTRY, self.by_unit[place.code][0]):
            raise Denied("106")
        return self.by_unit[place.code][0]

    def name(self, unit: str) -> str:
        """What a unit is called on a copy: as its agency, or by its own name. Raises Denied 106."""
        return self.by_unit[unit][1] if unit in self.by_unit else self._unit(unit).name

    def _unit(self, code: str) -> Unit:
        found = self.units.at(code, self.day)
        if not isinstance(found, Unit):
            raise Denied("106")
        return found
