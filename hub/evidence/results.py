"""Result papers of dossiers as evidence: what their owner received from an agency, read at a moment.

Papers handed in with a dossier are the neighbour, `hub/evidence/components.py`; both leave a portal's copies out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

import sqlalchemy as sa

from contracts.local_time import local_day
from hub.evidence.doubts import DOUBTED, OF_PAPER, finding_of, read
from hub.evidence.evidence import Evidence, Moment, at_moment
from hub.evidence.registers import RESULT, plain_result_code


def of_results(connection: sa.Connection, type_: str, lookup: bytes, moment: Moment) -> Iterator[Evidence]:
    """Result papers of a type that the dossier owner with this look-up value received; each paper once."""
    yield from each_paper_once(connection, _results(connection, type_, lookup, moment))


def each_paper_once(connection: sa.Connection, items: Iterable[Evidence]) -> Iterator[Evidence]:
    """Papers of dossiers, without the copies that a portal mirrors from the handling system; a paper held only by a
    portal stays.
    """
    held = list(items)
    portals = set(connection.scalars(sa.text("select system from hub.stream where contract = 'dossier' and repeats")))
    own = {_paper(each) for each in held if each.system not in portals}
    yield from (each for each in held if each.system not in portals or _paper(each) not in own)


def _results(connection: sa.Connection, type_: str, lookup: bytes, moment: Moment) -> Iterator[Evidence]:
    code = type_.removeprefix(RESULT)
    query = """
        select p._system, p._key, p._version, greatest(p._known_from, d._known_from) as _known_from, p._batch, p._disputed, p.ma_giay_to_ket_qua,
               p.so_ky_hieu, p.ngay_cap, p.thoi_han_hieu_luc, p.pham_vi_hieu_luc, d.chu_ho_so, d.dinh_danh_chs_cccd, {synced} as synced_at,
               {doubted} as doubtful, {noted} as noted
        from ({owners}) d join ({papers}) p on p._system = d._system and p._parent = d._key"""
    owners = at_moment(
        "select * from {table} r where r.dinh_danh_chs_cccd_hmac = :lookup and r._known_from <= :known_at", "dossier"
    )
    papers = at_moment("select * from {table} r where r._known_from <= :known_at", "dossier_result", columns=PAPER)
    owners = owners.replace("select *", f"select {', '.join(f'r.{c}' for c in OWNER)}")
    query = query.format(
        owners=owners,
        papers=papers,
        synced=DOSSIERS_SYNCED,
        doubted=DOUBTED.format(batches="p._batch, d._batch"),
        noted=OF_PAPER.format(dataset="dossier_result"),
    )
    for row in connection.execute(sa.text(query), {"lookup": lookup, "known_at": moment.known_at}).mappings():
        if plain_result_code(row["ma_giay_to_ket_qua"] or "") != code:
            continue
        yield Evidence(
            type=type_,
            dataset="dossier_result",
            system=row["_system"],
            key=row["_key"],
            role="owner",
            version=row["_version"],
            known_from=row["_known_from"],
            batch=row["_batch"],
            number=row["dinh_danh_chs_cccd"],
            name=row["chu_ho_so"],
            disputed=row["_disputed"],
            noted=(*finding_of(row["doubtful"]), *read(row["noted"])),
            issued=_day(row["ngay_cap"]),
            valid_until=_day(row["thoi_han_hieu_luc"]),
            scope=row["pham_vi_hieu_luc"],
            paper=row["so_ky_hieu"],
            synced_at=row["synced_at"],
        )


def _paper(item: Evidence) -> tuple[object, ...]:
    """What is equal in every system's copy of a paper: its number within the dossier, its sign and its day."""
    return item.type, item.key.rpartition("|")[2], item.paper, item.issued


def owner_of_result(connection: sa.Connection, system: str, key: str) -> bytes | None:
    """Look-up value of the person who received a result paper."""
    query = sa.text("""
        select d.dinh_danh_chs_cccd_hmac from warehouse.dossier_result p join warehouse.dossier d on d._system = p._system and d._key = p._parent
        where p._system = :system and p._key = :key""")
    found: bytes | None = connection.scalar(query, {"system": system, "key": key})
    return found


OWNER = ("_system", "_key", "_known_from", "_batch", "chu_ho_so", "dinh_danh_chs_cccd")


PAPER = (
    "_system",
    "_key",
    "_parent",
    "_version",
    "_known_from",
    "_batch",
    "_disputed",
    "ma_giay_to_ket_qua",
    "so_ky_hieu",
    "ngay_cap",
    "thoi_han_hieu_luc",
    "pham_vi_hieu_luc",
)


DOSSIERS_SYNCED = """(
    select u.ended_at from hub.run u where u.stream = (d._system || '.dossier') collate "default" and u.ended_at <= :known_at
    and u.mode in ('live', 'full') order by u.epoch desc limit 1)"""
"""SQL: when the stream of a dossier `d` was last read to its end. Decree 47/2020 Art. 41.2b counts the age of a copy
from here."""


def _day(at: datetime | None) -> date | None:
    return local_day(at) if at else None
