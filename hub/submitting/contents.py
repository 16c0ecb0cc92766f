"""What is submitted of records: the content of each, from the warehouse, under the columns of the feed.

    DongBoHoSoMC          a dossier with its lists
    CapNhatTienDoHoSoMC   a step: each version that changed the dossier's state, and its receipt
    dangKyHoTich          an open dossier of a civil-status procedure, for an officer of the registry

Nothing is invented: who handled a step is not known here, so the unit stands in NguoiXuLy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connectors.outgoing.records import OutgoingRecord
from connectors.rest.dossier_objects import nested
from connectors.wire_time import to_compact
from contracts.local_time import local_day
from hub.core.database import identifier
from hub.feeds.declared import Feed

DOSSIERS, PROGRESS, REGISTRATION = "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "dangKyHoTich"
OPEN = ("2", "4", "5", "6")
"""States of a dossier that was received and is not decided."""
STATE, RECEIVED = "TrangThaiHoSo", "2"
LONGEST_NAME = 50
"""Characters of NguoiXuLy."""


@dataclass(frozen=True)
class Submitted:
    """One record as it would be submitted now."""

    key: str
    record: OutgoingRecord
    batch: int
    version: datetime
    of: str
    """Key of the record in the warehouse; of a step, its dossier's."""
    source_state: str | None = None
    submitted_state: str | None = None
    begins: bool = True
    """Whether it may be submitted for the first time: the registry is submitted open dossiers only."""


def read(connection: sa.Connection, feed: Feed, system: str, keys: Collection[str]) -> dict[str, Submitted]:
    """Key -> what is submitted; a key that is no current record any more is missing."""
    read_them = {PROGRESS: _steps, REGISTRATION: _registrations}.get(feed.file.service, _dossiers)
    return {each.key: each for each in read_them(connection, feed, system, keys)}


def of_record(feed: Feed, key: str) -> str:
    """The key in the warehouse of what is submitted under a key."""
    return key.rsplit("|", 2)[0] if feed.file.service == PROGRESS else key


def _dossiers(connection: sa.Connection, feed: Feed, system: str, keys: Collection[str]) -> list[Submitted]:
    lists: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for name, columns in feed.file.lists.items():
        dataset = feed.contract.dataset(name)
        rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for parent, _, _, _, values in _rows(connection, dataset, columns, system, keys, "_parent"):
            rows[parent].append(values)
        lists[name] = rows
    found = []
    for key, _, batch, version, values in _rows(connection, feed.dataset, feed.file.columns, system, keys, "_key"):
        content = nested(values, {name: rows.get(key, []) for name, rows in lists.items()})
        state = content.get(STATE)
        if state is not None:
            content[STATE] = feed.file.states.get(state, state)
        record = OutgoingRecord(str(content["MaHoSo"]), content)
        found.append(Submitted(key, record, batch, version, key, state, content.get(STATE)))
    return found


def _registrations(connection: sa.Connection, feed: Feed, system: str, keys: Collection[str]) -> list[Submitted]:
    """Dossiers of the procedures that the registry has a module for, under the unit that handles them."""
    query = sa.text("select unit from hub.case_owner where system = :system and unit <> '' order by since desc limit 1")
    unit = connection.scalar(query, {"system": system}) or ""
    found = []
    for key, _, batch, version, values in _rows(connection, feed.dataset, feed.file.columns, system, keys, "_key"):
        module = feed.file.modules.get(str(values["MaTTHC"]))
        received = values.get("NgayTiepNhan")
        if module is None or received is None:
            continue
        number, paper = str(values["MaHoSo"]), values.get("DinhDanhCHS_CCCD") or values.get("SoGiayToChuHoSo") or ""
        content = {
            "maDonVi": str(unit),
            "module": module,
            "maHoSo": number,
            "ngayTiepNhan": local_day(received).isoformat(),
            "data": {"nycHoTen": str(values["ChuHoSo"]), "nycSoGiayToTuyThan": str(paper)},
        }
        state = str(values[STATE])
        record = OutgoingRecord(number, content)
        found.append(Submitted(key, record, batch, version, key, state, None, begins=state in OPEN))
    return found


def _steps(connection: sa.Connection, feed: Feed, system: str, keys: Collection[str]) -> list[Submitted]:
    dossiers = {of_record(feed, key) for key in keys}
    labels = {code.value: code.label for code in feed.dataset.by_name[STATE].codes}
    versions: dict[str, list[tuple[int, datetime, Mapping[str, Any]]]] = defaultdict(list)
    for past in (True, False):
        for key, _, batch, version, values in _rows(
            connection, feed.dataset, feed.file.columns, system, dossiers, "_key", past=past
        ):
            versions[key].append((batch, version, values))
    found: list[Submitted] = []
    for key, known in versions.items():
        known.sort(key=lambda each: each[1])
        found += _course(feed, key, known, labels)
    return found


def _course(
    feed: Feed, key: str, versions: Sequence[tuple[int, datetime, Mapping[str, Any]]], labels: Mapping[str, str]
) -> list[Submitted]:
    """The steps of one dossier, in their order."""
    steps: list[Submitted] = []
    seen, before, last = Counter[str](), "", ""
    batch, version, first = versions[0]
    marks = [(batch, version, first, str(first[STATE]), version)]
    if (received := first.get("NgayTiepNhan")) is not None:
        if marks[0][3] == RECEIVED:
            marks = [(batch, version, first, RECEIVED, received)]
        elif received <= version:
            marks.insert(0, (batch, version, first, RECEIVED, received))
    marks += [(batch, version, values, str(values[STATE]), version) for batch, version, values in versions[1:]]
    for batch, version, values, state, moment in marks:
        if state == before:
            continue
        before, seen[state] = state, seen[state] + 1
        submitted = feed.file.states.get(state, state)
        at, unit = to_compact(moment), str(values.get("DonViXuLy") or "")
        content = {
            "MaHoSo": str(values["MaHoSo"]),
            "NguoiXuLy": unit[:LONGEST_NAME],
            "ChucDanh": "",
            "ThoiDiemXuLy": at,
            "PhongBanXuLy": unit,
            "NoiDungXuLy": labels.get(state, state),
            "TrangThai": submitted,
            "NgayBatDau": last or at,
            "NgayKetThucTheoQuyDinh": to_compact(due) if (due := values.get("NgayHenTra")) else "",
        }
        last = at
        record = OutgoingRecord(content["MaHoSo"], content)
        steps.append(Submitted(f"{key}|{state}|{seen[state]}", record, batch, version, key, state, submitted))
    return steps


def _rows(
    connection: sa.Connection,
    dataset: Any,
    columns: Sequence[str],
    system: str,
    keys: Collection[str],
    by: str,
    *,
    past: bool = False,
) -> list[tuple[str, str, int, datetime, dict[str, Any]]]:
    """(key or parent, key, batch, version, wire name -> value) of current rows, or of superseded ones."""
    fields = [identifier(dataset.by_name[name].column) for name in columns]
    table = f"{'history' if past else 'warehouse'}.{identifier(dataset.table)}"
    kept = "and _end = 'superseded'" if past else ""
    query = sa.text(
        f"select {by}, _key, _batch, _version, {', '.join(fields)} from {table}"
        f" where _system = :system and {by} = any(:keys) {kept} order by _key"
    )
    found = connection.execute(query, {"system": system, "keys": list(keys)})
    return [(row[0], row[1], row[2], row[3], dict(zip(columns, row[4:], strict=True))) for row in found]
