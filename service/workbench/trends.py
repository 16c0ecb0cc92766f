"""The page of trends: units and registers of a month by share accepted, who drifts, the reasons."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from hub.core.errors import NotFound
from hub.core.units import Unit
from hub.trends import reading
from hub.trends.drift import drifts
from hub.trends.reading import UnitMonth
from service.workbench.visit import Visit

SHOWN = 60


def trends(visit: Visit) -> Response:
    """The league of a month, what drifts from own history or neighbours, and a Pareto list of reasons."""
    month, dataset = _month(visit), visit.asked("dataset")
    with visit.hub.engine.connect() as connection:
        months = reading.unit_months(connection, dataset=dataset, until=f"{month:%Y-%m}")
        reasons = reading.reasons(connection, dataset=dataset, unit=visit.account.unit or None, month=f"{month:%Y-%m}")

    def seen(each: UnitMonth) -> bool:
        named = visit.bench.units.at(each.unit, date.fromisoformat(f"{each.month}-01")) if each.unit else None
        since = named.first.isoformat() if isinstance(named, Unit) else None
        return visit.scope.has_record(each.unit or None, since, each.stream)

    mine = [each for each in months if seen(each)]
    here = [each for each in mine if each.month == f"{month:%Y-%m}"]
    far = [each for each in drifts(months, f"{month:%Y-%m}") if seen(each.month)]

    def unit_name(code: str) -> str:
        found = visit.bench.units.at(code, month)
        return found.name if isinstance(found, Unit) else code

    return visit.page(
        "trends.html",
        month=month,
        dataset=dataset,
        league=reading.league(here)[:SHOWN],
        small=sum(each.volume < reading.LEAST for each in here),
        least=reading.LEAST,
        drifts=far[:SHOWN],
        reasons=reasons[:SHOWN],
        datasets=sorted({each.dataset for each in mine}),
        unit_name=unit_name,
    )


def _month(visit: Visit) -> date:
    """The month of the query, else the running one. Raises NotFound."""
    if (text := visit.asked("month")) is None:
        return visit.hub.deployment.today.replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound(f"{text[:20]!r} is no month", hint="2022-05") from None
