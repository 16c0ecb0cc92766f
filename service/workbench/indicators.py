"""Pages of the indicators: all of them, one broken down, a leader's dashboard, files to take away.

Figures are those of `hub indicators`, as the night's count left them; a page never counts. A clerk sees the own unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from hub.cases import listing
from hub.cases.listing import CaseFilter
from hub.core.errors import NotFound
from hub.core.units import Unit
from hub.indicators import export
from hub.indicators.city import read_city
from hub.indicators.figures import LEAST, Figure, figures, ranked
from hub.indicators.formulas import INDICATORS, SINCE_224
from hub.indicators.published import published
from hub.indicators.selection import CityLists, FigureSelection
from service.workbench.drawings import columns
from service.workbench.visit import Visit

HEADLINES = ("2.1", "2.2", "3.3", "3.6", "4.2", "4.3")
"""What the dashboard says first."""
BREAKDOWNS = ("unit", "sector", "field", "procedure", "month")
MOST = 15
"""Rows of a breakdown; the files have all."""
MONTHS = 24
"""Months of the calendar."""
ALL = "all"
FILES = {
    "figures.csv": (export.as_csv, "text/csv; charset=utf-8"),
    "figures.xlsx": (export.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def indicator_list(visit: Visit) -> Response:
    """Every indicator of a month, or of all, with what it is of and what it lacks."""
    asked = _selection(visit)
    found = _figures(visit, INDICATORS, asked)
    return visit.page("indicators.html", figures=found, about=INDICATORS, asked=asked, **_shared(visit))


def indicator(visit: Visit) -> Response:
    """One indicator: its rank by unit, its breakdowns, its months, and units by months."""
    id, asked = visit.at["indicator"], _selection(visit)
    whole = next(iter(_figures(visit, [id], asked)), None)
    by = {each: _by(visit, id, asked, each) for each in BREAKDOWNS if each not in ("unit", "month")}
    units = ranked(_figures(visit, [id], replace(asked, by=("unit",)))) if not asked.unit else []
    months = _figures(visit, [id], replace(asked, by=("month",), first=None, last=None))[-MONTHS:]
    return visit.page(
        "indicator.html",
        about=_known(id),
        whole=whole,
        units=units,
        by=by,
        drawn=columns([(f"{each.month:%m/%y}", each.value) for each in months if each.month]),
        months=months,
        calendar=_calendar(visit, id, asked) if not asked.unit else None,
        asked=asked,
        least=LEAST,
        most=MOST,
        **_shared(visit),
    )


def take(visit: Visit) -> Response:
    """An indicator, or all, as a CSV or XLSX file: no formula, small counts left out. Raises NotFound."""
    id, name, asked = visit.at["indicator"], visit.at["file"], _selection(visit)
    if name not in FILES:
        raise NotFound(f"No file {name[:40]}", hint=f"known are {', '.join(FILES)}")
    by = tuple(each for each in (visit.asked("by") or "").split(",") if each)
    if set(by) - set(BREAKDOWNS):
        raise NotFound("No such breakdown", hint=f"known are {', '.join(BREAKDOWNS)}")
    found = _figures(visit, INDICATORS if id == ALL else [id], replace(asked, by=by))
    write, kind = FILES[name]
    answer = ranked(found) if by == ("unit",) and id != ALL else found
    return Response(write(answer), media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


@dataclass(frozen=True)
class HeadlineTile:
    """One number of the dashboard, with that of the month before."""

    figure: Figure
    before: float | None

    @property
    def better(self) -> bool | None:
        """Whether it moved the right way; None: it cannot be said."""
        if self.figure.value is None or self.before is None or self.figure.value == self.before:
            return None
        return (self.figure.value > self.before) != INDICATORS[self.figure.indicator].lower_is_better


def dashboard(visit: Visit) -> Response:
    """What a leader reads in two minutes: a month beside the one before, units by rank, the article's figures."""
    asked = _selection(visit)
    month = asked.first or _month_before(_today(visit).replace(day=1))
    asked = replace(asked, first=month, last=month)
    earlier = _month_before(month)
    before = {
        each.indicator: each.value for each in _figures(visit, HEADLINES, replace(asked, first=earlier, last=earlier))
    }
    tiles = [HeadlineTile(each, before.get(each.indicator)) for each in _figures(visit, HEADLINES, asked)]
    units = [each for each in ranked(_figures(visit, ["2.1"], replace(asked, by=("unit",)))) if each.rank]
    months = _figures(visit, ["3.3"], replace(asked, by=("month",), first=None, last=month))[-12:]
    with visit.hub.engine.connect() as connection:
        units_of, systems_of = (
            None if some is None else list(some) for some in (visit.scope.units, visit.scope.systems)
        )
        chosen = CaseFilter(overdue=True, units=units_of, systems=systems_of)
        overdue = listing.number(connection, visit.hub.scenario.now(), chosen)
    return visit.page(
        "dashboard.html",
        tiles=tiles,
        about=INDICATORS,
        month=month,
        earlier=earlier,
        units=units,
        sectors=[each for each in _figures(visit, ["online-share"], replace(asked, by=("sector",))) if each.sector],
        offered=_figures(visit, ("offered", "offered-used", "online-share"), asked),
        drawn=columns([(f"{each.month:%m/%y}", each.value) for each in months if each.month]),
        months=months,
        published=published(visit.hub.deployment.folder),
        overdue=overdue,
        asked=asked,
        **_shared(visit),
    )


def _shared(visit: Visit) -> dict[str, Any]:
    def unit_name(code: str, day: date | None = None) -> str:
        found = visit.bench.units.at(code, day or _today(visit))
        return found.name if isinstance(found, Unit) else code

    return {"unit_name": unit_name, "since_224": SINCE_224, "own_unit": visit.account.unit, "all": ALL}


def _today(visit: Visit) -> date:
    return visit.hub.deployment.today


def _selection(visit: Visit) -> FigureSelection:
    """What the query asks for; a clerk's own unit is always chosen. Raises NotFound."""
    month = None
    if text := visit.asked("month"):
        try:
            month = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise NotFound(f"{text[:20]!r} is no month", hint="2022-05") from None
    return FigureSelection(
        unit=visit.account.unit or visit.asked("unit") or "",
        sector=visit.asked("sector") or "",
        field=visit.asked("field") or "",
        procedure=visit.asked("procedure") or "",
        first=month,
        last=month,
        today=visit.asked("units") == "today",
    )


def _figures(visit: Visit, ids: Iterable[str], asked: FigureSelection) -> list[Figure]:
    """The figures; a clerk's begin with the own unit of today, for its code may have named another before."""
    if code := visit.account.unit:
        own = visit.bench.units.at(code, _today(visit))
        if not isinstance(own, Unit):
            raise NotFound(f"{code} is no unit any more", hint="whoever keeps its books now sees its figures")
        asked = replace(asked, first=max(asked.first or own.first, own.first.replace(day=1)))
    with visit.hub.engine.connect() as connection:
        return figures(connection, ids, asked, _lists(visit), visit.hub.scenario.now())


def _lists(visit: Visit) -> CityLists:
    """The deployment's lists, read once a visit."""
    if "city" not in visit.kept:
        deployment = visit.hub.deployment
        visit.kept["city"] = read_city(deployment.folder, deployment.described, deployment.today)[1]
    found: CityLists = visit.kept["city"]
    return found


def _by(visit: Visit, id: str, asked: FigureSelection, dimension: str) -> Sequence[Figure]:
    """The largest groups of a breakdown; none where the question has one group only."""
    if getattr(asked, dimension):
        return ()
    found = _figures(visit, [id], replace(asked, by=(dimension,)))
    return sorted(found, key=lambda each: -(each.denominator or 0))[:MOST]


def _calendar(visit: Visit, id: str, asked: FigureSelection) -> tuple[list[date], dict[str, dict[date, Figure]]]:
    """The newest months, and unit -> month -> figure."""
    found = _figures(visit, [id], replace(asked, by=("unit", "month"), first=None, last=None))
    months = sorted({each.month for each in found if each.month})[-12:]
    rows: dict[str, dict[date, Figure]] = {}
    for each in found:
        if each.month in months and each.month is not None:
            rows.setdefault(each.unit, {})[each.month] = each
    return months, rows


def _month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _known(id: str) -> Any:
    if id not in INDICATORS:
        raise NotFound(f"No indicator {id[:40]}", hint="the page of all indicators lists them")
    return INDICATORS[id]
