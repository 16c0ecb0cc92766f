"""Counts of procedures, not of dossiers: listed, offered, filed for, idle; and dossiers of procedures that are offered.

They stand in no column of a cell, so they are found for each group of a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from contracts.local_time import LOCAL
from hub.indicators.offers import FULLY, PARTLY, Offers, offers
from hub.indicators.selection import CityLists, FigureSelection, rows_of, where_of
from hub.indicators.tables import MEASURES

OF_OFFERS = ("offered", "offered_partly", "offered_fully", "used", "with_dossiers", "at_offered", "online_at_offered")
"""What is not known of a unit of which no portal tells what it offers."""
OF_PROCEDURES = frozenset({*OF_OFFERS, "listed", "idle"})
"""Everything that this file adds."""
YEAR = timedelta(days=365)


def add_procedures(
    connection: sa.Connection,
    asked: FigureSelection,
    city: CityLists,
    sums: dict[tuple[Any, ...], dict[str, int | None]],
    now: datetime,
) -> None:
    """Add what counts procedures: offered, listed, used, idle; and dossiers of offered procedures."""
    by_month = "month" in asked.by
    at_month = asked.by.index("month") if by_month else 0
    today = now.astimezone(LOCAL).date()
    day_of = {key: _end_of(key[at_month] if by_month else asked.last, today) for key in sums or ((),)}
    known = offers(connection, *_units(asked, city), set(day_of.values()))
    if not sums and not asked.by:
        sums[()] = dict.fromkeys(MEASURES, 0)
    busy, since = _busy(connection, now)
    filed = {
        day: _filed(connection, asked, city, offering, day if by_month else None) for day, offering in known.items()
    }
    for key, measured in sums.items():
        at = dict(zip(asked.by, key, strict=True))
        unit = at.get("unit", asked.unit)
        listed = _listed(city, asked, at)
        measured["listed"] = len(listed)
        measured["idle"] = len(listed - busy) if since is not None and since <= now.date() - YEAR else None
        offering = known[day_of[key]]
        if not offering.knows(unit):
            measured.update(dict.fromkeys(OF_OFFERS))
            continue
        measured["offered"] = len(offering.of(unit) & listed)
        measured["offered_partly"] = len(offering.at(unit, PARTLY) & listed)
        measured["offered_fully"] = len(offering.at(unit, FULLY) & listed)
        used, with_any, received, online = filed[day_of[key]].get(key, (0, 0, 0, 0))
        measured |= {"used": used, "with_dossiers": with_any, "at_offered": received, "online_at_offered": online}


def _units(asked: FigureSelection, city: CityLists) -> tuple[dict[str, str], dict[str, str]]:
    """Units of systems and of agencies; where units of today are asked for, those that they have become."""
    became = {row["unit"]: row["became"] for row in city.became} if asked.today else {}
    return (
        {system: became.get(unit, unit) for system, unit in city.units.items()},
        {agency: became.get(unit, unit) for agency, unit in city.agencies.items()},
    )


def _listed(city: CityLists, asked: FigureSelection, at: Mapping[str, Any]) -> set[str]:
    """Procedures of the deployment's list that a group is of. A group of no sector, field or procedure takes all."""
    sector, of_field, code = (at.get(name) or getattr(asked, name) for name in ("sector", "field", "procedure"))
    return {
        procedure
        for procedure, its_field in city.procedures.items()
        if of_field in ("", its_field) and code in ("", procedure) and sector in ("", city.sectors.get(its_field, ""))
    }


def _end_of(month: date | None, today: date) -> date:
    """The last day of a month, or today: the day whose offers count."""
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1) if month else today + timedelta(days=1)
    return min(following - timedelta(days=1), today)


def _filed(
    connection: sa.Connection, asked: FigureSelection, city: CityLists, offering: Offers, month_of: date | None
) -> dict[tuple[Any, ...], tuple[int, int, int, int]]:
    """Group -> procedures offered and filed for online, dossiers of offered procedures, of these online."""
    where, given = where_of(asked, city)
    by = ", ".join(f"c.{name}" for name in asked.by)
    within = " and c.month = :month_of" if month_of else ""
    rows = connection.execute(
        sa.text(f"""
        select {by + ", " if by else ""}count(distinct c.procedure) filter (where c.filed_online > 0) as used,
               count(distinct c.procedure) as busy, coalesce(sum(c.received), 0) as received, coalesce(sum(c.filed_online), 0) as online
        from (select * from {rows_of("cell")} where {where}) c
        join jsonb_to_recordset(:offers) as o (unit text, procedure text)
          on o.unit = c.unit and o.procedure = c.procedure
        where true{within} {"group by " + by if by else ""}""").bindparams(sa.bindparam("offers", type_=JSONB)),
        {**given, "offers": offering.parameter(), **({"month_of": month_of.replace(day=1)} if month_of else {})},
    )
    return {
        tuple(row._mapping[d] for d in asked.by): (int(row.used), int(row.busy), int(row.received), int(row.online))
        for row in rows
    }


def _busy(connection: sa.Connection, now: datetime) -> tuple[set[str], date | None]:
    """Procedures with a dossier within a year, and the first month of which dossiers are counted."""
    since = connection.scalar(sa.text("select min(month) from hub.indicator_cell"))
    codes = sa.text("select distinct procedure from hub.indicator_cell where month >= :since")
    return set(connection.scalars(codes, {"since": (now - YEAR).date().replace(day=1)})), since
