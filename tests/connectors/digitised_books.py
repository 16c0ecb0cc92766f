"""The store of digitised books as a PostgreSQL and as a SQLite file, written apart from the connector and the twin.

A test file that wants these fixtures names them: `owner, store = digitised_books.owner, digitised_books.store`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import yaml

from connectors import Source, System, open_source
from connectors.interface import Window
from contracts.load import load_contracts
from hub.local.embedded import EmbeddedServer

SYSTEMS = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems"
CONTRACT = load_contracts()["birth"]
OPTIONS: dict[str, Any] = yaml.safe_load((SYSTEMS / "digitised-store.yaml").read_text(encoding="utf-8"))["options"]
FIELDS = [
    wire
    for wire in yaml.safe_load((SYSTEMS / "digitised-store" / "birth.yaml").read_text(encoding="utf-8"))[
        "fields"
    ].values()
    if wire
]
COLUMNS = list(dict.fromkeys([*FIELDS, "TinhTrangID", "NamMoSo", *OPTIONS["kept"]]))
NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)
LOGIN = {"username": "reader-7f", "password": "mật-khẩu-19"}
ROWS = 130
CHANGED = [datetime(2022, 5, 1, 8) + timedelta(minutes=number // 7) for number in range(ROWS)]
"""Seven rows share each minute."""


def row(number: int, **values: object) -> dict[str, object]:
    """A finished row of a book of 2005."""
    plain = {
        "ID": number,
        "NgayCapNhat": CHANGED[number - 1] if number <= ROWS else CHANGED[-1],
        "TinhTrangID": 5 + number % 3,
        "NamMoSo": 2005,
        "noiDangKy": 12,
        "so": str(number),
        "quyenSo": "01/2005",
        "ngayDangKy": "05.2005" if number == 4 else "15.05.2005",
        "nksHoTen": f"Trần Văn Khai Sinh {number}",
        "ghiChu": "" if number == 3 else "Đã «cấp»\nbản sao",
        "URLTapTinDinhKem": f"/so-hoa/{number}.pdf",
    }
    return {name: (plain | values).get(name) for name in COLUMNS}


ALL = [*(row(number) for number in range(1, ROWS + 1)), row(201, TinhTrangID=3), row(202, NamMoSo=1999)]
PLACES = [(1, "Quận 1", None, "760"), (12, "Phường Bến Nghé", 1, "26740"), (13, "Nơi chưa rõ", None, None)]


def typed(name: str, *, engine: str) -> str:
    given = {
        "ID": "bigint primary key",
        "NgayCapNhat": "timestamp",
        "TinhTrangID": "smallint",
        "NamMoSo": "smallint",
        "noiDangKy": "integer",
    }
    return (
        f'"{name}" {given.get(name, "text")}'
        if engine == "postgresql" or name not in ("NgayCapNhat",)
        else f'"{name}" text'
    )


def made(run: Callable[..., object], *, engine: str) -> None:
    """Both tables with their rows, by a driver's `execute`."""
    mark = "%s" if engine == "postgresql" else "?"
    columns = ", ".join(typed(name, engine=engine) for name in COLUMNS)
    run(f'create table "HT_KHAISINH" ({columns})')
    run('create table "DM_NOIDANGKY" ("Ma" integer, "Ten" text, "MaCapCha" integer, "IDMap" text)')
    for each in ALL:
        values = [
            value.isoformat(" ") if isinstance(value, datetime) and engine == "sqlite" else value
            for value in each.values()
        ]
        run(f'insert into "HT_KHAISINH" values ({", ".join([mark] * len(COLUMNS))})', values)
    for place in PLACES:
        run(f'insert into "DM_NOIDANGKY" values ({", ".join([mark] * 4)})', place)


@pytest.fixture(scope="module")
def owner(server: EmbeddedServer) -> Iterator[str]:
    """The owner's URL of a store in PostgreSQL, in which the reader may SELECT."""
    url = server.ensure("store_test", "store-owner", "owner", readers={LOGIN["username"]: LOGIN["password"]})
    with psycopg.connect(url) as connection:
        made(connection.execute, engine="postgresql")
        connection.execute(f'grant select on all tables in schema public to "{LOGIN["username"]}"')
    yield url
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("drop database store_test with (force)")
        admin.execute(f'drop role "{LOGIN["username"]}"')


@pytest.fixture
def store(owner: str) -> System:
    """The store as the shipped deployment describes it, in pages of 50."""
    url = sa.make_url(owner)
    return system(f"postgresql://{url.host}:{url.port}/{url.database}")


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> System:
    """The same store as a file, as a contractor may hand it over. Nobody writes to it: it is opened read only."""
    file = tmp_path_factory.mktemp("store") / "store.db"
    with sqlite3.connect(file) as connection:
        made(connection.execute, engine="sqlite")
    connection.close()
    return system(f"sqlite:///{file}")


def system(address: str) -> System:
    options = {**OPTIONS, "page_size": 50, "attempts": 1}
    return System("digitised-store", "Kho số hóa", "digitised_store", address, LOGIN, options, SYSTEMS, now=lambda: NOW)


def opened(of: System, **options: object) -> Source:
    return open_source(
        replace(of, options={name: value for name, value in {**of.options, **options}.items() if value is not None}),
        CONTRACT,
    )


def reply(source: Source, field: str, window: Window | None = None) -> list[str | None]:
    """A field of all records, in the order in which they came."""
    found: list[str | None] = []
    for page in source.pages(window or Window()):
        found += source.records(page.body, page.media_type)["birth"][field].to_list()
    source.close()
    return found


class changed:
    """Statements of the owner, undone at the end of the block."""

    def __init__(self, owner: str, do: str, *undo: str) -> None:
        self._owner, self._do, self._undo = owner, do, undo

    def __enter__(self) -> None:
        self._run(self._do)

    def __exit__(self, *_: object) -> None:
        for each in self._undo:
            self._run(each)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._owner) as connection:
            connection.execute(statement)
