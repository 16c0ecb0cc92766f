"""Figures of a district's e-identification service: how many dossiers used it, and how many pre-filled fields were
right.

Aggregates only: no dossier, no reference, nothing about a person.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contracts.local_time import NAME
from hub.load.warehouse import has_table


def figures(connection: sa.Connection) -> list[dict[str, Any]]:
    """Rows by system and month (Vietnam's time), then a total for each system.

    Columns: dossiers, uses, fields pre-filled and corrected, share corrected in percent. A dossier counts once a
    month, and once in the total.
    """
    if not has_table(connection, "identification_event"):
        return []
    rows = connection.execute(
        sa.text("""
        select _system as system, to_char(thoi_diem at time zone :zone, 'YYYY-MM') as month,
               count(distinct ma_ho_so) as dossiers, count(*) as uses, cast(sum(so_truong_dien_san) as bigint) as prefilled,
               cast(sum(so_truong_da_sua) as bigint) as corrected
        from warehouse.identification_event group by grouping sets ((1, 2), (1)) order by 1, 2 nulls last"""),
        {"zone": NAME},
    ).mappings()
    return [
        {**row, "month": row["month"] or "all", "corrected %": _share(row["corrected"], row["prefilled"])}
        for row in rows
    ]


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
