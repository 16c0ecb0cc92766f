"""One dossier, told by several systems: linked by its numbers, never merged.

A district's one-stop system handles a dossier; a portal on which it was filed tells it too, under the same MaHoSo or under a number
of its own with the district's in MaHoSoKhac. Both rows stay, each as its system told it. Where something is counted or used as
evidence once, the row of the system that handles the dossier is the one: a row of a stream that `repeats` counts only while nobody
else tells that dossier.

The state is the trap: some senders write 9 (done) for 5, 6 and 8 before they tell a portal. So the state at the source and the
state as sent stand side by side, and where they differ at the same change time or the portal is ahead, that is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

SENDERS_REWRITE = {"5": "9", "6": "9", "8": "9"}
"""State at the source -> what some senders make of it."""


def counted(row: str) -> str:
    """SQL: whether a row of warehouse.dossier (by its alias) is the one that counts for its dossier.

    The ways of naming the same dossier are asked one by one: an OR of them would read the whole table for every row.
    """
    handled = " or ".join(f"""exists (select from warehouse.dossier o where o._system <> {row}._system and {names}
                    and not exists (select from hub.stream s where s.system = o._system and s.contract = 'dossier' and s.repeats))"""
                          for names in (f"o._key = {row}._key", f"o._key = {row}.ma_ho_so_khac", f"o.ma_ho_so_khac = {row}._key"))  # fmt: skip
    return f"""not (exists (select from hub.stream s where s.system = {row}._system and s.contract = 'dossier' and s.repeats) and ({handled}))"""


def _same(one: str, other: str) -> str:
    """SQL: whether two rows of different systems bear a number in common."""
    return f"""{one}._system <> {other}._system
        and ({one}._key in ({other}._key, {other}.ma_ho_so_khac) or {one}.ma_ho_so_khac = {other}._key)"""


@dataclass(frozen=True)
class SourceRecord:
    """What one system says of a dossier."""

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
    """When the hub took it in."""
    repeats: bool
    """A portal: it tells what the system that handles the dossier tells too."""


def source_records(connection: sa.Connection, numbers: Iterable[str]) -> tuple[SourceRecord, ...]:
    """Every current row of the dossiers that bear one of these numbers, or a number which those rows name; the handling systems' first."""
    known, before = set(numbers), set[str]()
    rows: tuple[SourceRecord, ...] = ()
    while known != before:
        before = set(known)
        rows = _bearing(connection, known)
        known |= {number for row in rows for number in (row.number, row.other_number) if number}
    return rows


def _bearing(connection: sa.Connection, numbers: set[str]) -> tuple[SourceRecord, ...]:
    query = sa.text("""
        select d._system as system, d._key as number, d.ma_ho_so_khac as other_number, d.trang_thai_ho_so as state, d._version as changed_at,
               d._known_from as known_at, coalesce(s.repeats, false) as repeats
        from warehouse.dossier d left join hub.stream s on s.system = d._system and s.contract = 'dossier'
        where d._key = any(:numbers) or d.ma_ho_so_khac = any(:numbers)
        order by repeats, d._version desc, d._system""")
    return tuple(SourceRecord(**row) for row in connection.execute(query, {"numbers": sorted(numbers)}).mappings())


@dataclass(frozen=True)
class Disagreement:
    """A dossier whose state at its source and whose state at a portal are not the same."""

    system: str
    number: str
    state: str
    portal: str
    sent: str
    rewritten: bool
    """The known rewriting of 5, 6 and 8 to 9; otherwise the two differ in another way."""


def disagreements(connection: sa.Connection) -> list[Disagreement]:
    """Every dossier whose portal tells another state than the system that handles it, although the portal is not merely behind."""
    query = sa.text(f"""
        select h._system as system, h._key as number, h.trang_thai_ho_so as state, p._system as portal, p.trang_thai_ho_so as sent
        from warehouse.dossier p
        join hub.stream r on r.system = p._system and r.contract = 'dossier' and r.repeats
        join warehouse.dossier h on {_same('h', 'p')}
        left join hub.stream s on s.system = h._system and s.contract = 'dossier'
        where not coalesce(s.repeats, false) and h.trang_thai_ho_so <> p.trang_thai_ho_so and p._version >= h._version
        order by 1, 2, 4""")
    return [Disagreement(**row, rewritten=SENDERS_REWRITE.get(row["state"]) == row["sent"]) for row in connection.execute(query).mappings()]
