"""Papers handed in with earlier dossiers and digitised at receipt (TaiLieuNop), as evidence.

The law names papers *given successfully once*: while valid they need not be given again to the same agency, nor to
another connected one of the same province (TT 32/2017/TT-BTTTT Art. 4.2a). A paper counts if it was digitised and not
withdrawn, and if its dossier was accepted. The data does not say whom a paper is about or how long it is valid.
Therefore it is found by the person who gave it, and a person must always confirm it. A paper that a result replaced
(DuocTaiSuDung 2, MaKetQuaThayThe) has the term and scope of that result.

Papers are read from the merged rows like all evidence. A withdrawal (IsDeleted), a new set of papers or a refused
dossier ends the evidence as soon as it is merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import sqlalchemy as sa

from contracts.model import Contract
from hub.evidence.doubts import DOUBTED, OF_PAPER, finding_of, read, together
from hub.evidence.evidence import Evidence, Moment, at_moment
from hub.evidence.registers import COMPONENT, RESULT, plain_result_code, register_of
from hub.evidence.results import DOSSIERS_SYNCED, each_paper_once, of_results

TAKEN_IN = frozenset({"2", "4", "6", "9", "10"})
"""National states of a dossier whose papers were accepted. Not among them: 1 (not yet examined), 3 (refused),
5 (papers missing or wrong, without saying which), 7 (withdrawn), 8 (stopped, without a reason)."""
DOSSIER = (
    "_system",
    "_key",
    "_known_from",
    "_batch",
    "chu_ho_so",
    "dinh_danh_chs_cccd",
    "dinh_danh_chs_cccd_hmac",
    "trang_thai_ho_so",
)
PAPER = (
    "_system",
    "_key",
    "_parent",
    "_version",
    "_known_from",
    "_batch",
    "_disputed",
    "ma_thanh_phan_ho_so",
    "is_deleted",
    "duoc_so_hoa",
    "duoc_tai_su_dung",
    "ma_ket_qua_thay_the",
)


def code_of(contracts: Mapping[str, Contract], type_: str) -> str:
    """Type code (MaThanhPhanHoSo) under which such a paper is handed in."""
    return type_.removeprefix(RESULT) if type_.startswith(RESULT) else register_of(contracts, type_).result_code


def of_giver(connection: sa.Connection, type_: str, code: str, lookup: bytes, moment: Moment) -> Iterator[Evidence]:
    """Papers of a type, handed in under its code, that the dossier owner with this look-up value handed in; newest dossier first."""
    yield from each_paper_once(
        connection,
        _components(connection, type_, code, "r.dinh_danh_chs_cccd_hmac = :lookup", "true", {"lookup": lookup}, moment),
    )


def of_key(
    connection: sa.Connection, type_: str, code: str, system: str, key: str, moment: Moment
) -> Iterator[Evidence]:
    """The paper with this key, if it is still evidence."""
    dossier = "r._system = :system and r._key in (select _parent from warehouse.dossier_component where _system = :system and _key = :key)"
    yield from _components(
        connection,
        type_,
        code,
        dossier,
        "r._system = :system and r._key = :key",
        {"system": system, "key": key},
        moment,
    )


def _components(
    connection: sa.Connection,
    type_: str,
    wanted: str,
    dossier: str,
    paper: str,
    values: Mapping[str, object],
    moment: Moment,
) -> Iterator[Evidence]:
    dossiers = at_moment(
        f"select * from {{table}} r where ({dossier}) and r._known_from <= :known_at", "dossier", DOSSIER
    )
    papers = at_moment(f"select * from {{table}} r where ({paper}) and r._known_from <= :known_at", COMPONENT, PAPER)
    query = f"""
        select p.*, greatest(p._known_from, d._known_from) as known_from, d.chu_ho_so, d.dinh_danh_chs_cccd, d.dinh_danh_chs_cccd_hmac, d.trang_thai_ho_so,
               {DOSSIERS_SYNCED} as synced_at, {DOUBTED.format(batches="p._batch, d._batch")} as doubtful,
               {OF_PAPER.format(dataset=COMPONENT)} as noted,
               exists (select from hub.stream s where s.system = d._system and s.contract = 'dossier' and s.repeats) as repeated
        from ({dossiers}) d join ({papers}) p on p._system = d._system and p._parent = d._key order by p._version desc, p._key"""
    for row in connection.execute(sa.text(query), {**values, "known_at": moment.known_at}).mappings():
        withdrawn = (row["is_deleted"] or "0").lower() in ("1", "true")
        replaced = row["ma_ket_qua_thay_the"] if row["duoc_tai_su_dung"] == "2" else None
        copied = row["duoc_so_hoa"] == "1" and (row["duoc_tai_su_dung"] or "0") == "0"
        if withdrawn or not (copied or replaced) or plain_result_code(row["ma_thanh_phan_ho_so"] or "") != wanted:
            continue
        found = Evidence(
            type=type_,
            dataset=COMPONENT,
            system=row["_system"],
            key=row["_key"],
            role="giver",
            version=row["_version"],
            known_from=row["known_from"],
            batch=row["_batch"],
            number=row["dinh_danh_chs_cccd"],
            name=row["chu_ho_so"],
            disputed=row["_disputed"],
            noted=(*finding_of(row["doubtful"]), *read(row["noted"])),
            given=_taken_in(row["trang_thai_ho_so"], row["repeated"]),
            synced_at=row["synced_at"],
        )
        yield _with_result(connection, found, replaced, row["dinh_danh_chs_cccd_hmac"], moment) if replaced else found


def _taken_in(state: str | None, repeated: bool) -> bool:
    """Whether the papers of a dossier were accepted. A portal's 9 is no proof: some senders write 9 for 5, 6 and 8."""
    return state in TAKEN_IN and not (repeated and state == "9")


def _with_result(
    connection: sa.Connection, found: Evidence, code: str, owner: bytes | None, moment: Moment
) -> Evidence:
    """The component with the term and scope of the result that replaced it, if the owner has exactly one result of that
    type.
    """
    plain = plain_result_code(code)
    results = list(of_results(connection, f"{RESULT}{plain}", owner, moment)) if owner else []
    if len(results) != 1:
        return replace(found, result=plain)
    [only] = results
    return replace(
        found,
        result=plain,
        issued=only.issued,
        valid_until=only.valid_until,
        scope=only.scope,
        paper=only.paper,
        noted=together(found.noted, only.noted),
    )
