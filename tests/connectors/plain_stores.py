"""Small stores of a plain list, in PostgreSQL and in SQLite, whose tables a test makes as bad as it likes.

DS    ID (key), Ten, SoHieu, noiDangKy (code of the place), DienTich, SoLuong, ThoiDiem, NgayCapNhat, TinhTrangID
DM    places: Ma (code), Cha (parent), IDMap (national code)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import sqlalchemy as sa
import yaml

from connectors import Source, System, Window, open_source
from contracts.load import load_contract
from contracts.refused import REFUSED
from hub.local.embedded import EmbeddedServer

CONTRACT = load_contract(Path(__file__).parent / "plain_store" / "plain_list.odcs.yaml")
NOW = datetime(2026, 6, 9, 1, tzinfo=UTC)
FIRST = datetime(2026, 5, 1, 8)
"""Change time of the first rows; seven rows share each minute."""
MAP = {
    "ma": "ID",
    "ten": "Ten",
    "soHieu": "SoHieu",
    "donVi": "noiDangKy",
    "dienTich": "DienTich",
    "soLuong": "SoLuong",
    "thoiDiem": "ThoiDiem",
    "capNhat": "NgayCapNhat",
}
TYPES = {
    "ID": "text",
    "Ten": "text",
    "SoHieu": "text",
    "noiDangKy": "integer",
    "DienTich": "numeric",
    "SoLuong": "bigint",
    "ThoiDiem": "text",
    "NgayCapNhat": "timestamp",
    "TinhTrangID": "integer",
}
PLACES = ((1, None, "760"), (12, 1, "26740"))
LOGIN = {"username": "plain-owner", "password": "owner"}


def row(number: int, **values: object) -> dict[str, object]:
    """Row `number`, from 1, with other values by column."""
    plain: dict[str, object] = {
        "ID": f"K{number:06d}",
        "Ten": f"Hộ {number}",
        "SoHieu": f"S{number}",
        "noiDangKy": 12,
        "DienTich": "1.5",
        "SoLuong": number,
        "NgayCapNhat": (FIRST + timedelta(minutes=number // 7)).isoformat(" "),
        "TinhTrangID": 7,
    }
    return {**dict.fromkeys(TYPES), **plain, **values}


def rows(count: int = 130, **values: object) -> list[dict[str, object]]:
    """So many rows."""
    return [row(number, **values) for number in range(1, count + 1)]


def rows_of(source: Source, window: Window | None = None) -> pl.DataFrame:
    """All rows that a source has in a window; of each page the number of rows must be the one that it says."""
    frames = [pl.DataFrame(schema={**dict.fromkeys(MAP, pl.String), REFUSED: pl.String})]
    for page in source.pages(window or Window()):
        frames.append(source.records(page.body, page.media_type)["plain_list"])
        assert page.count == frames[-1].height
    return pl.concat(frames, how="diagonal")


@dataclass(frozen=True)
class PlainStore:
    """A store, and what opens it."""

    system: System

    def opened(self, **options: object) -> Source:
        """A source; None takes an option away."""
        given = {**self.system.options, **options}
        return open_source(
            replace(self.system, options={name: value for name, value in given.items() if value is not None}), CONTRACT
        )

    def read(self, window: Window | None = None, **options: object) -> pl.DataFrame:
        """All rows of a reading; of each page the number of rows must be the one that it says."""
        source = self.opened(**options)
        frames = []
        try:
            for page in source.pages(window or Window()):
                frames.append(source.records(page.body, page.media_type)["plain_list"])
                assert page.count == frames[-1].height
        finally:
            source.close()
        empty = pl.DataFrame(schema={**dict.fromkeys(MAP, pl.String), REFUSED: pl.String})
        return pl.concat([empty, *frames], how="diagonal")

    def failed(self, **options: object) -> Mapping[str, str]:
        """Steps of the check that fail, with what they say."""
        source = self.opened(**options)
        try:
            return {
                probe.step: probe.detail for probe in source.check() if probe.ok is False and probe.step != "reads only"
            }
        finally:
            source.close()


def _made(folder: Path, address: str, columns: Mapping[str, str | None]) -> PlainStore:
    folder.mkdir(exist_ok=True)
    (folder / "plain_list.yaml").write_text(
        yaml.safe_dump({"contract": "plain_list", "fields": {**MAP, **columns}}, allow_unicode=True), encoding="utf-8"
    )
    options = {
        "tables": {"plain_list": "DS"},
        "maps": folder.name,
        "key": "ID",
        "changed": "NgayCapNhat",
        "state": {"column": "TinhTrangID", "finished": [7]},
        "places": {"table": "DM", "column": "noiDangKy", "code": "Ma", "unit": "IDMap", "parent": "Cha"},
        "page_size": 50,
        "attempts": 1,
    }
    return PlainStore(
        System("store", "Kho", "digitised_store", address, LOGIN, options, folder.parent, now=lambda: NOW)
    )


def sqlite_store(
    folder: Path,
    given: Iterable[Mapping[str, object]],
    places: Iterable[Sequence[object]] = PLACES,
    types: Mapping[str, str] | None = None,
    columns: Mapping[str, str | None] | None = None,
) -> PlainStore:
    """A store as a SQLite file; types other than `TYPES` by column, and other columns by field."""
    file = folder / "store.db"
    with sqlite3.connect(file) as connection:
        kinds = {**TYPES, "NgayCapNhat": "text", **(types or {})}
        connection.execute(f"create table DS ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")
        connection.execute("create table DM (Ma integer, Cha integer, IDMap text)")
        connection.executemany("insert into DM values (?, ?, ?)", places)
        connection.executemany(
            f"insert into DS values ({', '.join('?' * len(kinds))})",
            [[each.get(name) for name in kinds] for each in given],
        )
    connection.close()
    return _made(folder / "maps", f"sqlite:///{file}", columns or {})


@contextmanager
def postgres_store(
    server: EmbeddedServer,
    folder: Path,
    given: Iterable[Mapping[str, object]],
    places: Iterable[Sequence[object]] = PLACES,
    types: Mapping[str, str] | None = None,
    columns: Mapping[str, str | None] | None = None,
    then: Sequence[str] = (),
) -> Iterator[PlainStore]:
    """A store in PostgreSQL for the time of a block; `then` are statements of its owner."""
    url = server.ensure("plain_store", LOGIN["username"], LOGIN["password"])
    try:
        kinds = {**TYPES, **(types or {})}
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            listed = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
            cursor.execute(f'create table "DS" ({listed})'.encode())
            cursor.execute('create table "DM" ("Ma" integer, "Cha" integer, "IDMap" text)')
            cursor.executemany('insert into "DM" values (%s, %s, %s)', places)
            cursor.executemany(
                f'insert into "DS" values ({", ".join(["%s"] * len(kinds))})'.encode(),
                [[each.get(name) for name in kinds] for each in given],
            )
            for statement in then:
                cursor.execute(statement.encode())
        at = sa.make_url(url)
        yield _made(folder / "maps", f"postgresql://{at.host}:{at.port}/{at.database}", columns or {})
    finally:
        server.drop("plain_store")
