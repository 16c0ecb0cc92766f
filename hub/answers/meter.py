"""The once-only meter: which papers were handed in again although the city held them, and which were spared.

A component of a dossier is *asked again* when it was uploaded, not reused, and an entry of the register that it copies
was there for the owner of the dossier at the moment of filing. Two readings of "there", both counted:

    held         the hub had received the entry by then: the agency could have known
    registered   the registry had the entry by then: the city could have known, had it been connected

Asking again is lawful for updating, for verifying, or when the data are of poor quality (Decree 47/2020 Art. 5.2, 9.3);
which of these the hub can see is said for each incident, and what it cannot see it counts as without reason.

It reads as the owner, without row-level security: the city counts its own dossiers, and the result names no person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.local_time import NAME
from contracts.model import Contract
from hub.core.database import literal
from hub.evidence.dossier_links import counted
from hub.evidence.registers import Register, registers_of
from hub.load.warehouse import lookup_column

UPDATING = ("1.004859", "2.000748")
"""Procedures that change, correct or complete an entry: the old paper is asked for to be updated (national
catalogue)."""


@dataclass(frozen=True)
class Incident:
    """One paper asked for again. Names records, never a person."""

    system: str
    dossier: str
    component: str
    procedure: str
    month: str
    """Of filing, Vietnam's time."""
    paper: str
    """Evidence type that it copies."""
    record: str
    """The entry that was there."""
    held: bool
    """The hub had it; otherwise only the registry had."""
    reason: str
    """`updating`, `verifying`, `poor quality`, or empty: without a lawful reason that the hub can see."""


def incidents(
    connection: sa.Connection,
    contracts: Mapping[str, Contract],
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Incident]:
    """Every paper asked for again in dossiers filed within two times, both inclusive."""
    found: list[Incident] = []
    for register in registers_of(contracts).values():
        query = sa.text(_query(register, contracts))
        values = {"code": register.result_code, "since": since, "until": until, "updating": list(UPDATING)}
        found += (Incident(**row) for row in connection.execute(query, values).mappings())
    return sorted(found, key=lambda i: (i.month, i.system, i.dossier, i.component))


def by(found: Iterable[Incident], *names: str) -> list[dict[str, Any]]:
    """Incidents counted by some of `procedure`, `system`, `month`, `paper`."""
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for each in found:
        count = groups.setdefault(tuple(getattr(each, name) for name in names), Counter())
        count["asked_again"] += 1
        count["held_by_hub"] += each.held
        count[f"lawful: {each.reason}" if each.reason else "without_reason"] += 1
    columns = (
        "asked_again",
        "held_by_hub",
        "lawful: updating",
        "lawful: verifying",
        "lawful: poor quality",
        "without_reason",
    )
    return [
        dict(zip(names, key, strict=True)) | {c: count[c] for c in columns} for key, count in sorted(groups.items())
    ]


def reuse_rate(
    connection: sa.Connection, since: datetime | None = None, until: datetime | None = None
) -> list[dict[str, Any]]:
    """Indicator 4.3 of Decision 766 by system, in both published readings; the share is null when no dossier was
    received.

    Dossiers received (NgayTiepNhan) in the period with at least one reused component / dossiers received in the period.
    `digitised`: HoSoCoThanhPhanSoHoa = 1 or a component with DuocSoHoa = 1 (the formula's own signals).
    `reused`: a component with DuocTaiSuDung 1 or 2 (the boards of units).
    """
    query = sa.text(f"""
        select d._system as system, count(*) as received,
               count(*) filter (where d.ho_so_co_thanh_phan_so_hoa = '1' or c.digitised) as digitised, count(*) filter (where c.reused) as reused
        from warehouse.dossier d left join lateral (
            select bool_or(duoc_so_hoa = '1') as digitised, bool_or(duoc_tai_su_dung in ('1', '2')) as reused
            from warehouse.dossier_component c where c._system = d._system and c._parent = d._key and lower(coalesce(c.is_deleted, '0')) not in ('1', 'true')
        ) c on true
        where d.ngay_tiep_nhan {WITHIN} and {counted("d")}
        group by rollup (d._system) order by 1 nulls last""")
    rows = connection.execute(query, {"since": since, "until": until}).mappings()
    return [
        {
            "system": row["system"] or "all",
            "received": row["received"],
            "digitised": row["digitised"],
            "reused": row["reused"],
            "4.3 digitised": _share(row["digitised"], row["received"]),
            "4.3 reused": _share(row["reused"], row["received"]),
        }
        for row in rows
    ]


def reused(
    connection: sa.Connection,
    contracts: Mapping[str, Contract],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Papers of the registers by what became of them: handed in, or reused with or without a result code."""
    codes = {register.result_code: type_ for type_, register in registers_of(contracts).items()}
    query = sa.text(f"""
        select {PLAIN_CODE} as code, count(*) as components, count(*) filter (where c.duoc_tai_su_dung in ('1', '2')) as reused
        from warehouse.dossier_component c join warehouse.dossier d on d._system = c._system and d._key = c._parent
        where lower(coalesce(c.is_deleted, '0')) not in ('1', 'true') and {PLAIN_CODE} = any(:codes)
          and d.ngay_nop_ho_so {WITHIN} and {counted("d")}
        group by 1 order by 1""")
    rows = connection.execute(query, {"codes": list(codes), "since": since, "until": until}).mappings()
    return [{"paper": codes[row["code"]], "components": row["components"], "reused": row["reused"]} for row in rows]


WITHIN = (
    "between coalesce(cast(:since as timestamptz), '-infinity') and coalesce(cast(:until as timestamptz), 'infinity')"
)
PLAIN_CODE = r"regexp_replace(coalesce(c.ma_thanh_phan_ho_so, ''), '^.*\.([A-Z][0-9]+)-KQ([0-9]+)$', 'KQ.\1.\2')"
"""As `plain_result_code`, in SQL."""


def _query(register: Register, contracts: Mapping[str, Contract]) -> str:
    dataset = register.in_contract(contracts)
    column = {f.name: f.column for f in dataset.fields}
    numbers = [lookup_column(dataset.by_name[role.number]) for role in register.roles]
    ended = " or ".join(
        f"e.{column[name]} in ({', '.join(map(literal, values))})" if values else f"e.{column[name]} is not null"
        for name, values in register.ended.items()
    )
    # A day that is a year or a month only counts as registered when all of it lies before the filing.
    registered = (
        f"e.{column[register.day]} < left("
        f"to_char(d.ngay_nop_ho_so at time zone '{NAME}', 'YYYY-MM-DD'), length(e.{column[register.day]}))"
    )
    return f"""
        select distinct on (c._system, c._key) c._system as system, d._key as dossier, c._key as component, d.ma_tthc as procedure,
               to_char(d.ngay_nop_ho_so at time zone '{NAME}', 'YYYY-MM') as month, {literal(register.type)} as paper,
               {literal(f"{dataset.name}/")} || e._system || '/' || e._key as record, e._first <= d.ngay_nop_ho_so as held,
               case when d.ma_tthc = any(:updating) then 'updating'
                    when exists (select from hub.decision x where x.dossier = d._key and x.evidence_type = {literal(register.type)}
                                   and (x.outcome = 'confirm' or exists (select from hub.decision_act a where a.decision = x.id and a.what = 'refused')))
                      then 'verifying'
                    when e._disputed or exists (select from hub.finding f where f.dataset = '{dataset.name}' and f.record_key = e._key
                                                and f.resolved_at is null) then 'poor quality'
                    else '' end as reason
        from warehouse.dossier_component c
        join warehouse.dossier d on d._system = c._system and d._key = c._parent
        join lateral (
            {" union all ".join(f"select * from warehouse.{dataset.table} where {number} = d.dinh_danh_chs_cccd_hmac" for number in numbers)}
        ) w on true
        cross join lateral (
            select w.*, least(w._known_from, (select min(h._known_from) from history.{dataset.table} h
                                              where h._key = w._key and h._system = w._system)) as _first
        ) e
        where {PLAIN_CODE} = :code and coalesce(c.duoc_tai_su_dung, '0') = '0' and lower(coalesce(c.is_deleted, '0')) not in ('1', 'true')
          and d.ngay_nop_ho_so {WITHIN} and {counted("d")}
          and {registered} and not coalesce({ended or "false"}, false)
        order by c._system, c._key, held desc, e._key"""


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
