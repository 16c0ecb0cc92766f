"""Links the records of one dossier in several systems by its numbers, and never merges them.

A district's one-stop system handles a dossier. The portal on which it was filed mirrors it, under the same MaHoSo or
under a number of its own with the district's number in MaHoSoKhac. Both rows stay. Counts and evidence use the row
of the handling system: a row of a stream that `repeats` counts only while no other system has the dossier.

Some senders change the state: they write 9 (done) for 5, 6 and 8 before they report to a portal. Therefore the state
at the source and the state as sent are shown side by side. If they differ and the portal's change time is not older,
that is a disagreement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from hub.evidence import doubts
from hub.evidence.doubts import NotedFinding

SENDERS_REWRITE = {"5": "9", "6": "9", "8": "9"}
"""State at the source -> state that some senders report instead."""


def counted(row: str) -> str:
    """SQL: whether a row of warehouse.dossier (by its alias) is the one that counts for its dossier.

    Each pair of number columns has a subquery of its own: one OR of them would read the whole table for every row.
    """
    handled = " or ".join(
        f"""exists (select from warehouse.dossier o where o._system <> {row}._system and {names}
                    and not exists (select from hub.stream s where s.system = o._system and s.contract = 'dossier' and s.repeats))"""
        for names in (f"o._key = {row}._key", f"o._key = {row}.ma_ho_so_khac", f"o.ma_ho_so_khac = {row}._key")
    )
    return f"""not (exists (select from hub.stream s where s.system = {row}._system and s.contract = 'dossier' and s.repeats) and ({handled}))"""


def _same(one: str, other: str) -> str:
    """SQL: whether two rows of different systems share a number."""
    return f"""{one}._system <> {other}._system
        and ({one}._key in ({other}._key, {other}.ma_ho_so_khac) or {one}.ma_ho_so_khac = {other}._key)"""


@dataclass(frozen=True)
class SourceRecord:
    """The record of a dossier in one system."""

    system: str
    number: str
    """MaHoSo at this system."""
    other_number: str | None
    """MaHoSoKhac."""
    state: str
    """TrangThaiHoSo, 1 to 10, as this system sent it."""
    changed_at: datetime
    """The system's own change time."""
    known_at: datetime
    """When the hub accepted it."""
    repeats: bool
    """The system is a portal that mirrors the handling system."""
    noted: tuple[NotedFinding, ...] = ()
    """What the hub doubts about this record."""


def source_records(
    connection: sa.Connection, numbers: Iterable[str], known_at: datetime | None = None
) -> tuple[SourceRecord, ...]:
    """Every current row of the dossiers with one of these numbers, or with a number that those rows name; handling
    systems first. `known_at`: whether a waiver is still in force counts then; by default now.
    """
    known, before = set(numbers), set[str]()
    rows: tuple[SourceRecord, ...] = ()
    while known != before:
        before = set(known)
        rows = _bearing(connection, known, known_at)
        known |= {number for row in rows for number in (row.number, row.other_number) if number}
    return rows


def _bearing(connection: sa.Connection, numbers: set[str], known_at: datetime | None) -> tuple[SourceRecord, ...]:
    query = sa.text(f"""
        select d._system as system, d._key as number, d.ma_ho_so_khac as other_number, d.trang_thai_ho_so as state, d._version as changed_at,
               d._known_from as known_at, coalesce(s.repeats, false) as repeats,
               coalesce((select jsonb_agg(jsonb_build_array({doubts.SHOWN}, {doubts.SINCE}, {doubts.STATE}) order by rule)
                         from hub.finding f where f.stream = s.id and f.dataset = 'dossier'
                         and f.record_key = d._key collate "default" and f.resolved_at is null), '[]') as noted
        from warehouse.dossier d left join hub.stream s on s.system = d._system and s.contract = 'dossier'
        where d._key = any(:numbers) or d.ma_ho_so_khac = any(:numbers)
        order by repeats, d._version desc, d._system""")
    values = {"numbers": sorted(numbers), "known_at": known_at or datetime.now(UTC)}
    return tuple(
        SourceRecord(**{**row, "noted": doubts.read(row["noted"])})
        for row in connection.execute(query, values).mappings()
    )


@dataclass(frozen=True)
class Disagreement:
    """A dossier whose states at its source and at a portal differ."""

    system: str
    number: str
    state: str
    portal: str
    sent: str
    rewritten: bool
    """Whether it is the known rewriting of 5, 6 and 8 to 9."""


def disagreements(connection: sa.Connection) -> list[Disagreement]:
    """Every dossier whose portal has another state than the handling system, and not merely an older one."""
    query = sa.text(f"""
        select h._system as system, h._key as number, h.trang_thai_ho_so as state, p._system as portal, p.trang_thai_ho_so as sent
        from warehouse.dossier p
        join hub.stream r on r.system = p._system and r.contract = 'dossier' and r.repeats
        join warehouse.dossier h on {_same("h", "p")}
        left join hub.stream s on s.system = h._system and s.contract = 'dossier'
        where not coalesce(s.repeats, false) and h.trang_thai_ho_so <> p.trang_thai_ho_so and p._version >= h._version
        order by 1, 2, 4""")
    return [
        Disagreement(**row, rewritten=SENDERS_REWRITE.get(row["state"]) == row["sent"])
        for row in connection.execute(query).mappings()
    ]
