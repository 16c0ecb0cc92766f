"""What figures are asked for, what the deployment's lists say of them, and both as SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.indicators.tables import MEASURES

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
    today: bool = False
    """Units of today: what was counted for a unit that has become part of another counts for that one."""


@dataclass(frozen=True)
class CityLists:
    """What the deployment's lists say: all procedures, code -> field, and units by system."""

    procedures: dict[str, str]
    units: dict[str, str]
    agencies: dict[str, str] = field(default_factory=dict)
    """Code of an agency -> code of its unit."""
    sectors: dict[str, str] = field(default_factory=dict)
    """Field -> sector, a group of fields."""
    became: list[dict[str, str]] = field(default_factory=list)
    """{unit, until, became}: units that lie as a whole in one unit of today. One that was divided is not among them."""


def rows_of(table: str) -> str:
    """Cells or facts with the sector of their field, and the unit that was asked for: of their month, or of today."""
    columns = ", ".join(("field", "procedure", "month", *(MEASURES if table == "cell" else ("due",))))
    return f"""(
        select coalesce(u.became, x.unit) as unit, coalesce(cast(:sectors as jsonb) ->> x.field, '') as sector, {columns}
        from hub.indicator_{table} x left join jsonb_to_recordset(cast(:became as jsonb)) as u (unit text, until date, became text)
        on u.unit = x.unit and x.month <= u.until
    ) r"""


def where_of(asked: FigureSelection, city: CityLists) -> tuple[str, dict[str, Any]]:
    """The condition on `rows_of`, and the parameters of both."""
    given: dict[str, Any] = {name: getattr(asked, name) for name in (*DIMENSIONS[:4], "first", "last")}
    where = " and ".join(f"{name} = :{name}" for name in DIMENSIONS[:4] if given[name]) or "true"
    where += " and month >= :first" if asked.first else ""
    where += " and month <= :last" if asked.last else ""
    used = {name: value for name, value in given.items() if f":{name}" in where}
    return where, {
        **used,
        "sectors": json.dumps(city.sectors),
        "became": json.dumps(city.became if asked.today else []),
    }
