"""What units offer online, as a portal or a unit's own system tells it: by unit and procedure, on a day.

A row says how far a procedure can be done online today, since when, and until when. So what was offered at the end of an
earlier month follows, as far as the days are told; a row without a day counts for every day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from contracts.local_time import NAME
from hub.load.warehouse import has_table

PARTLY, FULLY = "1", "2"
"""Codes of TrucTuyen: level 3, level 4."""


@dataclass(frozen=True)
class Offers:
    """What is offered on one day."""

    units: frozenset[str]
    """Units of which it is known what they offer."""
    level: Mapping[tuple[str, str], str]
    """(unit, procedure) -> level, of what is offered."""

    def of(self, unit: str) -> set[str]:
        """Procedures that a unit offers; without a unit, those that any offers."""
        return {code for at, code in self.level if unit in ("", at)}

    def at(self, unit: str, level: str) -> set[str]:
        """The same of one level. Over all units: the highest level that any of them has reached."""
        highest: dict[str, str] = {}
        for (here, code), reached in self.level.items():
            if unit in ("", here):
                highest[code] = max(reached, highest.get(code, ""))
        return {code for code, reached in highest.items() if reached == level}

    def knows(self, unit: str) -> bool:
        """Whether it is known what the unit, or any unit, offers."""
        return unit in self.units if unit else bool(self.units)

    def parameter(self) -> list[dict[str, str]]:
        """As rows for `jsonb_to_recordset`."""
        return [{"unit": unit, "procedure": code} for unit, code in self.level]


def offers(
    connection: sa.Connection, units: Mapping[str, str], agencies: Mapping[str, str], days: set[date]
) -> dict[date, Offers]:
    """What is offered on each of the days. `units`: system -> unit, `agencies`: agency code -> unit."""
    rows: list[Any] = []
    if has_table(connection, "offered_procedure"):
        rows = list(
            connection.execute(
                sa.text("""
                select _system as system, ma_don_vi as agency,
                       coalesce(substring(ma_tthc from '^[0-9]\\.[0-9]{6}'), ma_tthc) as code, truc_tuyen as level,
                       cast(ngay_dua_len at time zone :zone as date) as first,
                       cast(ngay_ngung at time zone :zone as date) as ended
                from warehouse.offered_procedure"""),
                {"zone": NAME},
            )
        )
    rows_by_unit = [(agencies.get(row.agency) or units.get(row.system, ""), row) for row in rows]
    known = frozenset(unit for unit, _ in rows_by_unit if unit)
    return {day: Offers(known, _on(day, rows_by_unit)) for day in days}


def reduced_fees(
    connection: sa.Connection, units: Mapping[str, str], agencies: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Fees that are lower for a dossier that is filed online: unit, code, whole, reduced, and since which day."""
    if not has_table(connection, "offered_procedure"):
        return []
    rows = connection.execute(
        sa.text("""
        select distinct on (2, 1, 3) _system as system, ma_don_vi as agency,
               coalesce(substring(ma_tthc from '^[0-9]\\.[0-9]{6}'), ma_tthc) as code, le_phi as whole,
               le_phi_truc_tuyen as reduced, cast(ngay_giam_le_phi at time zone :zone as date) as since
        from warehouse.offered_procedure
        where le_phi_truc_tuyen < le_phi and ngay_giam_le_phi is not null order by 2, 1, 3, ngay_giam_le_phi"""),
        {"zone": NAME},
    )
    found = {
        (agencies.get(row.agency) or units.get(row.system, ""), row.code): (row.whole, row.reduced, str(row.since))
        for row in rows
    }
    return [
        {"unit": unit, "code": code, "whole": int(whole), "reduced": int(reduced), "since": since}
        for (unit, code), (whole, reduced, since) in sorted(found.items())
        if unit
    ]


def _on(day: date, rows: list[tuple[str, Any]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for unit, row in rows:
        begun = row.first is None or row.first <= day
        level = row.level if row.ended is None else PARTLY if row.level == "0" else row.level
        if unit and begun and level in (PARTLY, FULLY) and (row.ended is None or day < row.ended):
            found[unit, row.code] = max(level, found.get((unit, row.code), ""))
    return found
