"""Offices of the Ministry's questions: whose grants count for an administrative unit (maDonVi), and what it is called."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.ministry.codes import Denied
from hub.units import Unit, Units

MINISTRY = "000.00.00.G15"
"""Identity code of the Ministry of Justice: whose system may ask for every office (G15 stands in the codes of its results in the national catalogue)."""
BEGINNINGS = ("Sở Tư pháp", "Ủy ban nhân dân")
"""How the names of agencies begin that answer for a unit's civil status."""


@dataclass(frozen=True)
class Offices:
    """The offices of a day."""

    by_unit: Mapping[str, tuple[str, str]]
    """Administrative unit -> (identity code, name) of the agency that answers for its civil status."""
    units: Units
    day: date

    @classmethod
    def on(cls, reference: Path, units: Units, day: date) -> Offices:
        """As `agencies.csv` of a deployment's `reference` folder has them on a day."""
        with (reference / "agencies.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["valid_from"] <= str(day) and (not row["valid_to"] or str(day) <= row["valid_to"])]
        found: dict[str, tuple[str, str]] = {}
        for row in sorted(rows, key=lambda row: row["code"]):
            if row["name"].startswith(BEGINNINGS):
                found.setdefault(row["unit_code"], (row["code"], row["name"]))
        return cls(found, units, day)

    def agency(self, unit: str, *, asked_by: str) -> str:
        """Whose grants count for a unit: its own agency's, or of the unit above. Raises Denied 106: unknown, or not the asker's."""
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
