"""The four registers and dossiers in a real database, filled with a few synthetic people through the main path's own tables.

A conftest.py that wants these fixtures names them: `contracts, engine, put = registers.contracts, registers.engine, registers.put`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.load import load_contracts
from contracts.model import Contract
from hub.core.crypto import Keys
from hub.core.database import connect, migrate
from hub.core.units import Units, read_units
from hub.evidence import indexes
from hub.evidence.evidence import Moment
from hub.evidence.locator import Locator
from hub.load.warehouse import ensure_all, ensure_tables, lookup_column
from tests.databases import Databases

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2022, 6, 2, 3, tzinfo=UTC)
MASTER = b"k" * 32
KEYS = Keys(MASTER)
LAN = {
    "nksSoDDCN": "079190000001",
    "nksHoTen": "Trần Thị Hoà Lan",
    "nksNgaySinh": "1990-05-12",
    "meHoTen": "Lê Thị Thuý",
    "so": "12",
    "quyenSo": "01/2021",
    "noiDangKy": "26737",
    "ngayDangKy": "2021-03-04",
}
"""Entry of a birth."""


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return dict(load_contracts())


@pytest.fixture(scope="session")
def units() -> Units:
    return read_units(ROOT / "deployments/hcmc/reference")


@pytest.fixture
def engine(databases: Databases, contracts: dict[str, Contract]) -> Iterator[sa.Engine]:
    """A database of the test's own with the tables of the registers, without a row of a record."""
    with databases.fresh("registers", lambda engine: _fill(engine, contracts)) as url:
        engine = connect(url)
        yield engine
        engine.dispose()


@pytest.fixture
def indexed_engine(databases: Databases, contracts: dict[str, Contract]) -> Iterator[sa.Engine]:
    """The same with the indexes that answers need."""
    with databases.fresh("indexed", lambda engine: _fill(engine, contracts, indexed=True)) as url:
        engine = connect(url)
        yield engine
        engine.dispose()


def _fill(engine: sa.Engine, contracts: dict[str, Contract], indexed: bool = False) -> None:
    migrate(engine)
    with engine.begin() as connection:
        for name in ("birth", "marriage", "recognition", "death", "dossier"):
            ensure_tables(connection, contracts[name])
            for dataset in contracts[name].datasets:
                _only_what_a_case_speaks_of(connection, dataset.table)
            system = "one-stop-760" if name == "dossier" else "moj-registry"
            connection.execute(
                sa.text("insert into hub.stream (id, system, contract) values (:id, :s, :c)"),
                {"id": f"{system}.{name}", "s": system, "c": name},
            )
            connection.execute(
                sa.text(
                    "insert into hub.run (id, stream, epoch, mode, started_at, ended_at) values (:id, :stream, 1, 'full', :at, :at)"
                ),
                {"id": f"run-{name}", "stream": f"{system}.{name}", "at": NOW - timedelta(hours=3)},
            )
        ensure_all(connection, contracts)
    if indexed:
        indexes.build(engine, contracts)


def _only_what_a_case_speaks_of(connection: sa.Connection, table: str) -> None:
    """Fields that a case does not name stay empty, the required ones too."""
    checks = sa.text("select conname from pg_constraint where conrelid = cast(:t as regclass) and contype = 'c'")
    for name in connection.scalars(checks, {"t": f"warehouse.{table}"}).all():
        connection.execute(sa.text(f'alter table warehouse.{table} drop constraint "{name}"'))


Put = Callable[..., None]


@pytest.fixture
def put(engine: sa.Engine, contracts: dict[str, Contract]) -> Put:
    """Put one row into the warehouse (or into history, with `_known_to`), by wire names."""

    def put(
        contract: str, key: str, dataset: str | None = None, *, system: str = "moj-registry", **values: object
    ) -> None:
        described = contracts[contract].dataset(dataset or contract)
        column = {f.name: f.column for f in described.fields}
        row: dict[str, object] = {
            "_system": system,
            "_key": key,
            "_version": NOW - timedelta(days=30),
            "_hash": key.encode().ljust(16)[:16],
            "_known_from": NOW - timedelta(days=1),
            "_batch": 1,
            "_landing": 1,
            "_row": 1,
        }
        row |= {name: value for name, value in values.items() if name.startswith("_")}
        fields = {name: value for name, value in values.items() if not name.startswith("_")}
        row |= {column[name]: value for name, value in fields.items()}
        row |= {
            lookup_column(described.by_name[n]): bytes.fromhex(KEYS.lookup(str(v)))
            for n, v in fields.items()
            if described.by_name[n].identity and v
        }
        schema = "history" if "_known_to" in values else "warehouse"
        row |= {"_end": "superseded"} if schema == "history" else {}
        with engine.begin() as connection:
            places = ", ".join(f":{name}" for name in row)
            connection.execute(
                sa.text(f"insert into {schema}.{described.table} ({', '.join(row)}) values ({places})"), row
            )

    return put


@pytest.fixture
def look(engine: sa.Engine, contracts: dict[str, Contract], units: Units) -> Iterator[Callable[..., Locator]]:
    """A locator at a moment; NOW by default."""
    with engine.connect() as connection:
        yield lambda at=NOW, lead="": Locator(connection, contracts, KEYS, units, Moment(at), lead)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the city's deployment, so that a test may change its grants."""
    shutil.copytree(
        ROOT / "deployments" / "hcmc", tmp_path / "hcmc", ignore=shutil.ignore_patterns("systems", "data", "facts")
    )
    return tmp_path / "hcmc"
