"""What indicators take from a deployment: units of systems and agencies, procedures with their fields and results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from hub.access.grants.agencies import read_agencies
from hub.core.cells import read_list
from hub.core.units import read_units
from hub.indicators.facts import FactBasis
from hub.indicators.selection import CityLists

POPULATION = ("1",)
"""Code of MaCSDL that is the population database: seen in code of senders, in no published list."""


class OfUnit(Protocol):
    """A system with the unit that it serves."""

    @property
    def unit(self) -> str: ...


SECTORS = "sectors.csv"
"""Field of a procedure -> sector (economy, urban, justice): the article speaks of sectors, and no list says which fields are
theirs. So the deployment says it, in its facts/."""


def read_city(folder: Path, systems: Mapping[str, OfUnit], today: date) -> tuple[FactBasis, CityLists]:
    """The lists of a deployment. Raises DeploymentInvalid."""
    units = {name: system.unit for name, system in systems.items() if system.unit}
    agencies = {code: agency.unit for code, agency in read_agencies(folder).items()}
    path = folder / "reference" / "procedures.csv"
    rows = list(read_list(path, ("code", "field", "result_codes"), missing="indicators count by its procedures"))
    procedures = [
        {"code": cells["code"], "field": cells["field"], "result": bool(cells["result_codes"].strip())}
        for cells in rows
    ]
    basis = FactBasis(units, agencies, procedures, list(POPULATION))
    return basis, CityLists(
        {cells["code"]: cells["field"] for cells in rows}, units, agencies, _sectors(folder), _became(folder, today)
    )


def _became(folder: Path, today: date) -> list[dict[str, str]]:
    """Units that have ended and lie as a whole in one unit of today."""
    units = read_units(folder / "reference")
    ended = [(unit, units.forward(unit, today).whole) for unit in units if unit.last is not None and unit.last < today]
    return [
        {"unit": unit.code, "until": str(unit.last), "became": whole.code}
        for unit, whole in ended
        if whole is not None and whole.code != unit.code
    ]


def _sectors(folder: Path) -> dict[str, str]:
    path = folder / "facts" / SECTORS
    if not path.exists():
        return {}
    rows = read_list(path, ("field", "sector"), missing="sectors are groups of fields")
    return {row.filled("field"): row.filled("sector") for row in rows}
