"""The province that the twins play: its code and name, districts and weights, agencies, and where people come from.

From the deployment's lists (`reference/`) and its `twins.yaml`; without that file, the province with the most districts.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.deployment.twins import FILE, HabitsEntry, TwinsFile
from contracts.yaml.models import load

_MOST_NATIVE = 25
_THOUSANDS = 100
"""Weight of a district that the deployment gives none."""


@dataclass(frozen=True)
class Province:
    """One province of 2022."""

    code: str
    title: str
    districts: Mapping[str, int]
    """Code -> thousands of inhabitants."""
    agencies: Mapping[str, str]
    """District -> identity code of its agency."""
    native: tuple[tuple[str, str], ...]
    """(First digits of personal numbers, name as the books write it); the first is the province itself."""
    identified: str
    """The district with a service of electronic identification; empty: none."""
    habits: Mapping[str, HabitsEntry]

    @property
    def agency(self) -> str:
        """The last part of its agencies' codes: `H29`."""
        return next(iter(self.agencies.values())).rsplit(".", 1)[-1]


def read_province(reference: Path, units: list[dict[str, str]]) -> Province:
    """The province of a deployment; `units` are the rows of the day.

    Raises:
        ValueError: the list has no such province, or a district without an agency.
    """
    path = reference.parent / FILE
    given = load(path, TwinsFile).value if path.exists() else TwinsFile(province=_largest(units))
    own = [r["code"] for r in units if r["level"] == "district" and r["parent_code"] == given.province]
    title = next((r["name"] for r in units if r["level"] == "province" and r["code"] == given.province), None)
    if title is None:
        raise ValueError(f"{reference / 'units.csv'}: no province {given.province} on the day of the people")
    districts = dict(given.districts) or dict.fromkeys(sorted(own), _THOUSANDS)
    native = tuple((each.number, each.name) for each in given.native_places) or _natives(
        reference, given.province, title
    )
    agencies = _agencies(reference, districts)
    return Province(given.province, title, districts, agencies, native, given.identified, given.habits)


def _largest(units: list[dict[str, str]]) -> str:
    above = Counter(r["parent_code"] for r in units if r["level"] == "district")
    return above.most_common(1)[0][0] if above else ""


def _agencies(reference: Path, districts: Mapping[str, int]) -> dict[str, str]:
    """The first agency of each district, as it stands in agencies.csv."""
    with (reference / "agencies.csv").open(encoding="utf-8-sig", newline="") as file:
        found: dict[str, str] = {}
        for row in csv.DictReader(file):
            if row["unit_code"] in districts:
                found.setdefault(row["unit_code"], row["code"])
    if missing := sorted(set(districts) - set(found)):
        raise ValueError(f"{reference / 'agencies.csv'}: no agency of districts {missing}")
    return found


def _natives(reference: Path, home: str, title: str) -> tuple[tuple[str, str], ...]:
    path, own = reference / "provinces.csv", (f"{home:0>3}", title)
    if not path.exists():
        return own, ("001", "Thành phố Hà Nội")
    with path.open(encoding="utf-8-sig", newline="") as file:
        others = dict.fromkeys((row["code"], row["name"]) for row in csv.DictReader(file) if row["code"] != home)
    return own, *((f"{code:0>3}", name) for code, name in list(others)[:_MOST_NATIVE])
