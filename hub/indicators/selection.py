"""What figures are asked for, what the deployment's lists say of them, and both as SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

DIMENSIONS = ("unit", "sector", "field", "procedure", "month")


@dataclass(frozen=True)
class FigureSelection:
    """What is asked for; empty: all."""

    unit: str = ""
    field: str = ""
    procedure: str = ""
    first: date | None = None
    """First day of the first month."""
    last: date | None = None
    """First day of the last month."""
    by: tuple[str, ...] = ()
    """Some of `DIMENSIONS`."""
    sector: str = ""


@dataclass(frozen=True)
class CityLists:
    """What the deployment's lists say: all procedures, code -> field, and units by system."""

    procedures: dict[str, str]
    units: dict[str, str]
    agencies: dict[str, str] = field(default_factory=dict)
    """Code of an agency -> code of its unit."""
    sectors: dict[str, str] = field(default_factory=dict)
    """Field -> sector, a group of fields."""


def rows_of(table: str) -> str:
    """Cells or facts with the sector of their field."""
    return f"(select x.*, coalesce(cast(:sectors as jsonb) ->> x.field, '') as sector from hub.indicator_{table} x) r"


def where_of(asked: FigureSelection, city: CityLists) -> tuple[str, dict[str, Any]]:
    given: dict[str, Any] = {
        "unit": asked.unit,
        "sector": asked.sector,
        "field": asked.field,
        "procedure": asked.procedure,
        "first": asked.first,
        "last": asked.last,
    }
    where = " and ".join(f"{name} = :{name}" for name in DIMENSIONS[:4] if given[name]) or "true"
    where += " and month >= :first" if asked.first else ""
    where += " and month <= :last" if asked.last else ""
    used = {name: value for name, value in given.items() if f":{name}" in where}
    return where, {**used, "sectors": json.dumps(city.sectors)}
