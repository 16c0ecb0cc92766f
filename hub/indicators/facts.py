"""What one dossier counts for, as SQL over the warehouse.

Choices where Decision 766 leaves one open (docs/indicators.md says them to readers):

* *Due result*: the dossier is done (9, 10), and its procedure ends in a paper by the deployment's list.
* *End*: NgayKetThucXuLy, else NgayTra, else NgayTuChoi; of a withdrawn or stopped dossier (7, 8) its last change.
* *One supplement* that the citizen has not brought ends the dossier at that moment; time until it is brought is
  subtracted. More than one: late.
* *Not ended*: in time as long as the promised day has not passed at the end of the period (`figures.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.local_time import NAME
from hub.evidence.dossier_links import counted
from hub.indicators.tables import MEASURES


@dataclass(frozen=True)
class FactBasis:
    """What facts depend on beside the warehouse."""

    units: dict[str, str]
    """System -> code of its unit."""
    agencies: dict[str, str]
    """Agency code (the beginning of a MaHoSo) -> code of its unit."""
    procedures: list[dict[str, Any]]
    """code, field, result: the deployment's list."""
    population: list[str]
    """Codes of MaCSDL that are the population database."""
    fees: list[dict[str, Any]] = field(default_factory=list)
    """unit, code, whole, reduced, since: fees that are reduced online, as a portal tells them (`offers.reduced_fees`)."""

    def parameters(self) -> dict[str, Any]:
        """As SQL parameters."""
        return {
            "units": self.units,
            "agencies": self.agencies,
            "procedures": self.procedures,
            "population": self.population,
            "fees": self.fees,
            "zone": NAME,
        }


GONE = "lower(coalesce(c.is_deleted, '0')) in ('1', 'true')"

SELECTED = f"""
    with listed as (
        select * from jsonb_to_recordset(:procedures) as p (code text, field text, result boolean)
    ), reduced as (
        select * from jsonb_to_recordset(:fees) as h (unit text, code text, whole bigint, reduced bigint, since date)
    ), dossiers as (
        select d.*, coalesce(substring(d.ma_tthc from '^[0-9]\\.[0-9]{{6}}'), d.ma_tthc, '') as code,
               coalesce(d.ngay_ket_thuc_xu_ly, d.ngay_tra, d.ngay_tu_choi,
                        case when d.trang_thai_ho_so in ('7', '8') then d.ngay_cap_nhat end) as ended_at
        from warehouse.dossier d
        where d.ngay_tiep_nhan is not null and {counted("d")} and {{among}}
    )
    select d._system as system, d._key as key,
           coalesce(:agencies ->> split_part(d._key, '-', 1), :units ->> d._system, '') as unit,
           coalesce(p.field, nullif(d.ten_linh_vuc, ''), '') as field, d.code as procedure,
           cast(date_trunc('month', d.ngay_tiep_nhan at time zone :zone) as date) as month,
           case when e.ended is null and s.times <= 1 then d.ngay_hen_tra + s.waited end as due,
           1 as received,
           cast(t.synced as int) as synced,
           cast(s.times <= 1 and e.ended is not null and e.ended - s.waited <= d.ngay_hen_tra as int) as in_time,
           cast(s.times > 1 or e.ended is not null and e.ended - s.waited > d.ngay_hen_tra as int) as late,
           cast(s.times <= 1 and d.ngay_hen_tra is null as int) as unjudged,
           cast(f.finished as int) as finished,
           case when f.finished then greatest(0, cast(extract(epoch from d.ended_at - d.ngay_tiep_nhan - s.waited) as bigint)) else 0 end as handled_s,
           cast(d.kenh_thuc_hien = '2' as int) as filed_online,
           cast(d.kenh_thuc_hien = '2' and (not f.due or r.electronic) as int) as online,
           cast(d.kenh_thuc_hien = '3' as int) as by_post,
           cast(f.due as int) as result_due,
           cast(f.due and r.electronic as int) as electronic,
           cast(c.files as int) as components,
           cast(c.files and (not f.due or r.electronic) as int) as digitised,
           cast(d.ho_so_co_thanh_phan_so_hoa = '1' or c.marked as int) as reusing,
           cast(c.reused as int) as reused,
           cast(c.reused and not c.proven as int) as unproven,
           cast(c.stored or r.electronic and t.synced as int) as shared,
           cast(d.tai_khoan_duoc_xac_thuc_voi_vneid = '1' or c.stored
                or string_to_array(coalesce(d.ds_ket_noi_csdl, ''), ',') && cast(:population as text[]) as int) as population,
           cast(fee.due as int) as fee_due,
           cast(fee.due and d.duoc_thanh_toan_truc_tuyen in ('1', '2') as int) as paid_online,
           cast(d.kenh_thuc_hien = '2' and fee.due and h.whole is not null as int) as reduced_due,
           cast(d.kenh_thuc_hien = '2' and fee.due and coalesce(fee.most >= h.whole and not h.reduced = any(fee.amounts), false) as int) as in_full,
           cast(t.rewritten as int) as rewritten
    from dossiers d
    left join listed p on p.code = d.code
    left join reduced h on h.code = d.code
        and h.unit = coalesce(:agencies ->> split_part(d._key, '-', 1), :units ->> d._system, '')
        and cast(d.ngay_tiep_nhan at time zone :zone as date) >= h.since
    cross join lateral (
        select count(*) as times, coalesce(bool_or(b.ngay_tiep_nhan_bo_sung is null), false) as missing, min(b.ngay_bo_sung) as asked_at,
               coalesce(sum(b.ngay_tiep_nhan_bo_sung - b.ngay_bo_sung), interval '0') as waited
        from warehouse.dossier_supplement b where b._system = d._system and b._parent = d._key
    ) s
    cross join lateral (select case when s.missing then s.asked_at else d.ended_at end as ended) e
    cross join lateral (
        select d.trang_thai_ho_so in ('9', '10') and d.ended_at is not null as finished,
               d.trang_thai_ho_so in ('9', '10') and coalesce(p.result, false) as due
    ) f
    cross join lateral (
        select coalesce(bool_or(nullif(g.duong_dan_tep_tin_ket_qua, '') is not null and nullif(g.ma_giay_to_ket_qua, '') is not null), false) as electronic
        from warehouse.dossier_result g where g._system = d._system and g._parent = d._key
    ) r
    cross join lateral (
        select coalesce(bool_or(c.duoc_so_hoa = '1'), false) as marked,
               coalesce(bool_or(c.duoc_so_hoa = '1' and nullif(c.duong_dan_tai_tep_tin, '') is not null), false) as files,
               coalesce(bool_or(c.duoc_tai_su_dung in ('1', '2')), false) as reused,
               coalesce(bool_or(c.duoc_tai_su_dung = '2' and nullif(c.ma_ket_qua_thay_the, '') is not null), false) as proven,
               coalesce(bool_or(c.duoc_lay_tu_kho_dmqg = '1'), false) as stored
        from warehouse.dossier_component c where c._system = d._system and c._parent = d._key and not {GONE}
    ) c
    cross join lateral (
        select coalesce(bool_or(l.gia > 0), false) as due, max(l.gia) as most, coalesce(array_agg(l.gia), '{{}}') as amounts
        from warehouse.dossier_fee l where l._system = d._system and l._parent = d._key
    ) fee
    cross join lateral (
        select count(*) > 0 as synced, coalesce(bool_or(m.trang_thai_ho_so = '9' and d.trang_thai_ho_so in ('5', '6', '8')), false) as rewritten
        from (select o.trang_thai_ho_so, o._system from warehouse.dossier o where o._key = d._key
              union all select o.trang_thai_ho_so, o._system from warehouse.dossier o where o.ma_ho_so_khac = d._key
              union all select o.trang_thai_ho_so, o._system from warehouse.dossier o where o._key = d.ma_ho_so_khac) m
        where m._system <> d._system and exists (
            select from hub.stream k where k.system = m._system and k.contract = 'dossier' and k.repeats)
    ) t"""
"""The facts of dossiers; `among` is a condition on d."""

NAMES = ("system", "key", "unit", "field", "procedure", "month", "due", *MEASURES)


def select(among: str) -> str:
    """SQL: the facts of the dossiers that a condition on `d` names; what a sender left out counts as no."""
    listed = ", ".join([*NAMES[: -len(MEASURES)], *(f"coalesce({name}, 0) as {name}" for name in MEASURES)])
    return f"select {listed} from ({SELECTED.replace('{among}', among)}) told"
