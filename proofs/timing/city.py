"""The city of the timing proof: four people of one kind each, many others, and three agencies. All people are synthetic."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from contracts.load import load_contracts
from hub.access.grants.allowance import QuestionLimits
from hub.app import Hub
from hub.core.settings import ROOT
from hub.evidence import indexes
from hub.evidence.people import Entry, Subject
from hub.evidence.registers import registers_of
from hub.load.warehouse import ensure_tables, lookup_column

GRANTED, OFFICE = "000.00.16.H29", "760"
"""District 1: granted the registers of its own territory; and its unit, by which the Ministry names it."""
STRANGER, STRANGE_OFFICE = "000.00.24.H29", "770"
"""District 3: granted nothing."""
NEIGHBOUR = "000.00.28.H29"
"""District 5: granted the same as District 1; its decisions, reports and dossiers are no business of District 1's."""
PURPOSE, LAW, OTHER_LAW = "civil-status", "once-held", "extract-anywhere"
KNOWN_DOSSIER, UNKNOWN_DOSSIER = f"{NEIGHBOUR}-220601-0001", f"{NEIGHBOUR}-220601-0002"
"""Of District 5: the hub knows the first only."""
OWN_DOSSIER = f"{GRANTED}-220601-0001"
HERE, ELSEWHERE = "26734", "27154"
"""A ward of District 1, and one of District 3."""
DOSSIERS, REGISTRY = "one-stop-760", "moj-registry"
"""The systems that everything comes from."""
BORN, REGISTERED = "1990-05-12", "2021-03-04"


@dataclass(frozen=True)
class TimedPerson:
    """A person of the proof: number, name and entry in a book."""

    number: str
    given_name: str
    book_entry: str
    place: str

    @property
    def name(self) -> str:
        return f"Nguyễn Minh {self.given_name}"

    @property
    def by_number(self) -> Subject:
        return Subject(personal_id=self.number)

    @property
    def by_name(self) -> Subject:
        return Subject(personal_id=self.number, name=self.name, born=BORN)

    @property
    def by_entry(self) -> Subject:
        return Subject(entry=Entry(self.book_entry, "01/2021", self.place, REGISTERED))


PEOPLE: Mapping[str, TimedPerson] = {
    "nobody": TimedPerson("079190900001", "Ban", "901", HERE),
    "alive": TimedPerson("079190900002", "Can", "902", HERE),
    "dead": TimedPerson("079190900003", "Dan", "903", HERE),
    "elsewhere": TimedPerson("079190900004", "Gan", "904", ELSEWHERE),
}
"""nobody: in no book; dead: with a birth and a marriage that a death locks; elsewhere: registered where the grants do not reach."""


def deployment(folder: Path) -> Path:
    """A copy of the city's deployment in which two agencies are granted the registers of District 1, and nobody is stopped by a limit."""
    made = folder / "hcmc"
    if not made.exists():
        shutil.copytree(ROOT / "deployments" / "hcmc", made, ignore=shutil.ignore_patterns("data", "facts"))
        given = yaml.safe_load((made / "grants.yaml").read_text(encoding="utf-8"))
        kept = [part for grant in given["grants"] if GRANTED in grant["agencies"] for part in _by_territory(grant)]
        given |= {"grants": kept} | dict.fromkeys(
            ("hourly_limit_without_grant", *(each.name for each in fields(QuestionLimits))), 100_000_000
        )
        (made / "grants.yaml").write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")
    return made


def _by_territory(grant: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The grant, restricted to registers in one district; datasets without a place of registration stay as they are."""
    same = {name: value for name, value in grant.items() if name not in ("datasets", "answers")}
    same |= {"agencies": [GRANTED, NEIGHBOUR], "hourly_limit": 100_000_000}
    registers = registers_of(load_contracts())
    placed = {name: fields for name, fields in grant["datasets"].items() if f"register:{name}" in registers}
    answers = {"answers": grant["answers"]} if "answers" in grant else {}
    yield same | answers | {"id": f"{grant['id']}-here", "datasets": placed, "territory": OFFICE}
    if rest := {name: fields for name, fields in grant["datasets"].items() if name not in placed}:
        yield same | {"id": f"{grant['id']}-rest", "datasets": rest, "territory": "city"}


def build(hub: Hub, others: int) -> None:
    """Fill an empty database: the people above and so many others, by the main path's own tables and indexes."""
    with hub.engine.begin() as connection:
        for name in ("birth", "marriage", "recognition", "death", "dossier"):
            ensure_tables(connection, hub.contracts[name])
            for dataset in hub.contracts[name].datasets:
                _drop_checks(connection, dataset.table)
            system, at = (
                DOSSIERS if name == "dossier" else REGISTRY,
                hub.scenario.now() - timedelta(hours=1),
            )
            values = {"id": f"{system}.{name}", "system": system, "contract": name, "at": at}
            connection.execute(
                sa.text(
                    "insert into hub.stream (id, system, contract) values (:id, :system, :contract) on conflict do nothing"
                ),
                values,
            )
            connection.execute(
                sa.text(
                    "insert into hub.run (id, stream, epoch, mode, started_at, ended_at) values (:id, :id, 1, 'full', :at, :at)"
                ),
                values,
            )
        for number in range(others):
            other = TimedPerson(f"0791{number:08d}", f"Thứ {number}", str(number % 200 + 1), HERE)
            _register(hub, connection, other, f"o{number}", f"{number // 200:02d}/2019")
            _put(hub, connection, "dossier", f"{STRANGER}-220601-{number:06d}", {"TrangThaiHoSo": "4"})
        _put(hub, connection, "dossier", OWN_DOSSIER, {"TrangThaiHoSo": "4"})
        _put(hub, connection, "dossier", KNOWN_DOSSIER, {"TrangThaiHoSo": "4", "MaHoSoKhac": "H29.28-220601-000001"})
        for kind, person in PEOPLE.items():
            if kind != "nobody":
                _register(hub, connection, person, kind, "01/2021")
        dead = {
            "nktSoGiayToTuyThan": PEOPLE["dead"].number,
            "nktHoTen": PEOPLE["dead"].name,
            "nktNgaySinh": BORN,
            "nktNgayChet": "2022-01-01",
        }
        dead |= {"so": "1", "quyenSo": "01/2022", "ngayDangKy": "2022-01-02", "noiDangKy": HERE}
        _put(hub, connection, "death", "dead", dead)
    indexes.build(hub.engine, hub.contracts)
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum (analyze)"))


def _register(hub: Hub, connection: sa.Connection, person: TimedPerson, key: str, book: str) -> None:
    """A birth and a marriage of one person."""
    entry = {"so": person.book_entry, "quyenSo": book, "ngayDangKy": REGISTERED, "noiDangKy": person.place}
    _put(
        hub,
        connection,
        "birth",
        key,
        entry
        | {
            "nksSoDDCN": person.number,
            "nksHoTen": person.name,
            "nksNgaySinh": BORN,
            "nksGioiTinh": "1",
            "nksQueQuan": "Bến Tre",
            "nksDanToc": "01",
            "nksQuocTich": "VN",
            "meHoTen": "Trần Thị Hoà Lan",
            "meSoGiayToTuyThan": "079160000001",
            "chaHoTen": "Nguyễn Văn Bình",
            "chaSoGiayToTuyThan": "079060000002",
        },
    )
    _put(
        hub,
        connection,
        "marriage",
        key,
        entry
        | {
            "chongSoGiayToTuyThan": person.number,
            "chongHoTen": person.name,
            "chongNgaySinh": BORN,
            "voSoGiayToTuyThan": f"0799{person.number[4:]}",
            "voHoTen": "Lê Thị Khác",
            "voNgaySinh": "1991",
        },
    )


def _put(hub: Hub, connection: sa.Connection, name: str, key: str, fields: Mapping[str, str]) -> None:
    dataset, at = hub.contracts[name].dataset(name), hub.scenario.now() - timedelta(days=1)
    row: dict[str, object] = {
        "_system": DOSSIERS if name == "dossier" else REGISTRY,
        "_key": key,
        "_version": at,
        "_hash": key.encode().ljust(16)[:16],
        "_known_from": at,
        "_batch": 1,
        "_landing": 1,
        "_row": 1,
    }
    row |= {dataset.by_name[wire].column: value for wire, value in fields.items()}
    row |= {
        lookup_column(dataset.by_name[wire]): bytes.fromhex(hub.keys.lookup(v))
        for wire, v in fields.items()
        if dataset.by_name[wire].identity
    }
    connection.execute(
        sa.text(f"insert into warehouse.{dataset.table} ({', '.join(row)}) values ({', '.join(f':{c}' for c in row)})"),
        row,
    )


def _drop_checks(connection: sa.Connection, table: str) -> None:
    """Fields that the proof does not speak of stay empty, the required ones too."""
    checks = sa.text("select conname from pg_constraint where conrelid = cast(:t as regclass) and contype = 'c'")
    for name in connection.scalars(checks, {"t": f"warehouse.{table}"}).all():
        connection.execute(sa.text(f'alter table warehouse.{table} drop constraint "{name}"'))
