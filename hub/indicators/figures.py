"""An indicator by unit, field, procedure and month: plain values that say what they are of.

figures   sums of cells, and of open dossiers -> Figure: numerator, denominator, value or the input that is missing
ranked    the same by unit, best first; who has too few dossiers has no rank
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from contracts.local_time import NAME
from hub.core.errors import NotFound
from hub.indicators.formulas import A_YEAR, FEES, INDICATORS, OFFERS, Indicator
from hub.indicators.procedures import OF_PROCEDURES, add_procedures
from hub.indicators.selection import CityLists, FigureSelection, rows_of, where_of
from hub.indicators.tables import MEASURES

LEAST = 10
"""Fewer dossiers than this in the denominator: no rank."""


@dataclass(frozen=True)
class Figure:
    """One value of an indicator."""

    indicator: str
    decision: str
    unit: str
    field: str
    procedure: str
    month: date | None
    numerator: int | None
    denominator: int | None
    value: float | None
    """Percent, or hours; None: N/A."""
    missing: str
    """Why it is N/A: the input that is missing, or an empty denominator."""
    as_of: datetime | None
    """Up to when what the systems told is counted."""
    rank: int | None = None
    sector: str = ""


def figures(
    connection: sa.Connection, ids: Iterable[str], asked: FigureSelection, city: CityLists, now: datetime
) -> list[Figure]:
    """The values of indicators. Raises NotFound: no such indicator."""
    wanted = [_known(each) for each in ids]
    as_of = connection.scalar(sa.text("select min(at) from hub.indicator_mark"))
    needed = {name for each in wanted for name in (*each.numerator, *each.denominator)}
    sums = _sums(connection, asked, city, now, needed)
    found = []
    for indicator in wanted:
        if indicator.since is not None and asked.last is not None and asked.last < indicator.since.replace(day=1):
            continue
        rows = sums or {(): dict[str, int | None]()}
        found += [_figure(indicator, asked, key, measured, as_of) for key, measured in sorted(rows.items(), key=str)]
    return found


def ranked(found: Sequence[Figure], *, least: int = LEAST) -> list[Figure]:
    """Best first; equal values share a rank; too few dossiers, or N/A: no rank, and last."""
    lower = {each.id for each in INDICATORS.values() if each.lower_is_better}

    def order(figure: Figure) -> float:
        value = figure.value or 0.0
        return value if figure.indicator in lower else -value

    fit = sorted((f for f in found if f.value is not None and (f.denominator or 0) >= least), key=order)
    rest = [f for f in found if f.value is None or (f.denominator or 0) < least]
    ranks = [1 + next(n for n, other in enumerate(fit) if other.value == figure.value) for figure in fit]
    return [replace(figure, rank=rank) for figure, rank in zip(fit, ranks, strict=True)] + rest


def _known(id: str) -> Indicator:
    if id not in INDICATORS:
        raise NotFound(f"No indicator {id}", hint=f"known are {', '.join(INDICATORS)}")
    return INDICATORS[id]


def _figure(
    indicator: Indicator,
    asked: FigureSelection,
    key: tuple[Any, ...],
    measured: dict[str, int | None],
    as_of: datetime | None,
) -> Figure:
    at = dict(zip(asked.by, key, strict=False))
    over, under = (_total(measured, names) for names in (indicator.numerator, indicator.denominator))
    missing, value = indicator.missing, None
    if not missing:
        if None in (over, under):
            missing = A_YEAR if "idle" in indicator.numerator else OFFERS
        elif not under:
            missing = EMPTY.get(indicator.denominator, "no dossier in the denominator")
        else:
            value = round(over / under / 3600, 2) if indicator.hours else round(100 * over / under, 2)  # type: ignore[operator]
    return Figure(
        indicator.id,
        indicator.decision,
        str(at.get("unit", asked.unit)),
        str(at.get("field", asked.field)),
        str(at.get("procedure", asked.procedure)),
        at.get("month"),
        over if not indicator.missing else None,
        under,
        value,
        missing,
        as_of,
        sector=str(at.get("sector", asked.sector)),
    )


def _total(measured: dict[str, int | None], names: tuple[str, ...]) -> int | None:
    values = [measured.get(name, 0) for name in names]
    return None if None in values else sum(value for value in values if value is not None)


EMPTY: Mapping[tuple[str, ...], str] = {("listed",): "no procedure in the list", ("reduced_due",): FEES}
"""Denominator -> what an empty one says."""
DERIVED = {
    "in_time_now": ("in_time",),
    "judged": ("received", "unjudged"),
    "direct": ("received", "filed_online", "by_post"),
    "undigitised": ("result_due", "electronic"),
}
"""What is computed from sums -> the measures that it needs."""


def _sums(
    connection: sa.Connection, asked: FigureSelection, city: CityLists, now: datetime, needed: set[str]
) -> dict[tuple[Any, ...], dict[str, int | None]]:
    """Group -> the needed measures, those that are derived too. Only what is needed is summed."""
    where, given = where_of(asked, city)
    by = ", ".join(asked.by)
    group = f"group by {by}" if by else ""
    lead = f"{by}, " if by else ""
    wanted = needed | {name for each in needed for name in DERIVED.get(each, ())}
    names = [name for name in MEASURES if name in wanted] or ["received"]
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in names)
    rows = connection.execute(sa.text(f"select {lead}{sums} from {rows_of('cell')} where {where} {group}"), given)
    found = {tuple(row._mapping[d] for d in asked.by): {n: int(row._mapping[n]) for n in names} for row in rows}
    waiting = _waiting(connection, asked, city, now) if "in_time_now" in needed else {}
    for key, measured in found.items():
        if "in_time_now" in needed:
            measured["in_time_now"] = measured["in_time"] + waiting.get(key, 0)
        if "judged" in needed:
            measured["judged"] = measured["received"] - measured["unjudged"]
        if "direct" in needed:
            measured["direct"] = measured["received"] - measured["filed_online"] - measured["by_post"]
        if "undigitised" in needed:
            measured["undigitised"] = measured["result_due"] - measured["electronic"]
    whole: dict[tuple[Any, ...], dict[str, int | None]] = {key: dict(value) for key, value in found.items()}
    if needed & OF_PROCEDURES:
        add_procedures(connection, asked, city, whole, now)
    return whole


def _waiting(
    connection: sa.Connection, asked: FigureSelection, city: CityLists, now: datetime
) -> dict[tuple[Any, ...], int]:
    """Group -> dossiers that have not ended and are in time: the promised day lies after the end of their month, or
    after now in a running month."""
    where, given = where_of(asked, city)
    by = ", ".join(asked.by)
    rows = connection.execute(
        sa.text(f"""
        select {by + ", " if by else ""}count(*) as open from {rows_of("fact")}
        where due is not null and due >= least((month + interval '1 month') at time zone :zone, :now) and {where}
        {"group by " + by if by else ""}"""),
        {**given, "zone": NAME, "now": now},
    )
    return {tuple(row._mapping[d] for d in asked.by): int(row.open) for row in rows}
