"""PostgreSQL's COPY beside the plain way: the same texts of the same values, or no COPY."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa

from connectors import System
from connectors.errors import Malformed
from connectors.http_body import CallLimits
from connectors.sql import database as plain
from connectors.sql.columns import csv_frame
from connectors.sql.database import Database
from connectors.sql.listing import ChangeTime, TableListing
from connectors.sql.page import CSV, NDJSON, RowsPage
from hub.local.embedded import EmbeddedServer

VALUES = {
    "text": (
        "''",
        "' '",
        "'a,b'",
        "'\"'",
        r"'\N'",
        r"'\.'",
        r"'\\'",
        "E'a\\nb'",
        "E'a\\r\\nb'",
        "'NULL'",
        "'Bến Nghé'",
        "null",
    ),
    "varchar(9)": ("'x'", "''", "null"),
    "char(4)": ("'x'", "''", "null"),
    "smallint": ("-1", "null"),
    "integer": ("0", "null"),
    "bigint": ("9007199254740993", "null"),
    "numeric": ("1.50", "-0.0", "1e20", "'NaN'", "'Infinity'", "null"),
    "boolean": ("true", "false", "null"),
    "date": ("'2022-05-01'", "'0001-01-01'", "'9999-12-31'", "null"),
    "timestamp": (
        "'2022-05-01 08:00:00'",
        "'2022-05-01 08:00:00.5'",
        "'2022-05-01 08:00:00.000001'",
        "'0001-01-01 00:00:00'",
        "'9999-12-31 23:59:59.999999'",
        "null",
    ),
}
"""Type -> values as SQL writes them."""
ELSEWHERE = {
    "double precision": "1e20",
    "real": "0.1",
    "uuid": "'00000000-0000-0000-0000-000000000001'",
    "timestamptz": "'1905-01-01 00:00:00+00'",
    "time": "'08:00'",
    "jsonb": "'{}'",
    "interval": "'1 day'",
    "text[]": "'{a}'",
}
"""Types that are read the plain way."""


@pytest.fixture
def owner(server: EmbeddedServer) -> Iterator[str]:
    url = server.ensure("columns_test", "columns-owner", "owner")
    yield url
    server.drop("columns_test")


def read(url: str, names: list[str], *, size: int = 4, most: int = 1 << 20) -> list[RowsPage]:
    """The pages of the table, by change time and key."""
    address = sa.make_url(url)
    credentials = {"username": "columns-owner", "password": "owner"}
    system = System(
        "s", "S", "d", f"postgresql://{address.host}:{address.port}/{address.database}", credentials, {}, Path()
    )
    held = [sa.column("id"), sa.column("changed", ChangeTime()), *(sa.column(name) for name in names)]
    table = sa.table("some rows", *held)
    opened = Database(system, CallLimits(max_raw_bytes=most, attempts=1))
    listing = TableListing(sa.select(*table.c), table.c["id"], table.c["changed"])
    try:
        return list(opened.pages(listing, None, None, size, "reading"))
    finally:
        opened.close()


def texts(pages: list[RowsPage], width: int) -> list[tuple[str | None, ...]]:
    found: list[tuple[str | None, ...]] = []
    for page in pages:
        if page.form == CSV:
            found += csv_frame(page.lines, [str(i) for i in range(width)]).rows()
        else:
            found += [tuple(msgspec.json.decode(line)) for line in page.lines.splitlines()]
    return found


def made(url: str, kinds: dict[str, tuple[str, ...]]) -> list[str]:
    """A table with a column for each type, in as many rows as values are wanted; some share a change time."""
    names = [f"a column {number}%" for number in range(len(kinds))]
    rows = max(map(len, kinds.values()))
    with psycopg.connect(url) as connection:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(names, kinds, strict=True))
        connection.execute(f'create table "some rows" (id bigint, changed timestamp, {columns})'.encode())
        for row in range(rows):
            values = ", ".join(each[row % len(each)] for each in kinds.values())
            changed = "null" if row == 1 else f"'2022-05-01 08:00:0{row // 3}.5'"
            connection.execute(f'insert into "some rows" values ({row}, {changed}, {values})'.encode())
    return names


def test_both_ways_say_the_same_texts(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value, null and empty text apart, in the same order and in the same pages."""
    names = made(owner, VALUES)
    copied = read(owner, names)
    monkeypatch.setattr(plain, "types_of", lambda *_: None)
    one_by_one = read(owner, names)

    assert ({CSV}, {NDJSON}) == ({page.form for page in copied}, {page.form for page in one_by_one})
    assert [page.count for page in one_by_one] == [page.count for page in copied]
    assert texts(one_by_one, len(names) + 2) == texts(copied, len(names) + 2)
    assert [page.first.rows() for page in one_by_one] == [page.first.rows() for page in copied]


def test_a_number_that_is_written_with_an_exponent_keeps_its_text(owner: str) -> None:
    """Its page is read the plain way; the next one by COPY again."""
    pages = read(owner, made(owner, {"numeric": ("1", "1", "0.00000012", "0.0000000", "1", "1", "1", "1", "2")}))

    assert [CSV, NDJSON, CSV] == [page.form for page in pages][:3]
    assert {"1.2E-7", "0E-7", "1", "2"} == {row[2] for row in texts(pages, 3)}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_a_type_that_copy_writes_otherwise_is_read_the_plain_way(owner: str, kind: str) -> None:
    """One such column is enough: no text depends on the way."""
    assert {NDJSON} == {page.form for page in read(owner, made(owner, {kind: (ELSEWHERE[kind],)}))}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "'infinity'"),
        ("date", "'0044-03-15 BC'"),
        ("date", "'10000-01-01'"),
        ("timestamp", "'-infinity'"),
        ("timestamp", "'0044-03-15 BC'"),
        ("timestamp", "'10000-01-01'"),
    ],
)
def test_a_day_out_of_the_calendar_is_refused_by_both(
    owner: str, kind: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No value of a record stands in the error."""
    names = made(owner, {kind: (value,)})
    for _ in range(2):
        with pytest.raises(Malformed) as raised:
            read(owner, names)
        assert "0044" not in str(raised.value)
        monkeypatch.setattr(plain, "types_of", lambda *_: None)


def test_a_page_cut_by_bytes_goes_on_behind_it(owner: str) -> None:
    """The server was still sending: the rows that were not taken come with the next page, once."""
    names = made(owner, {"text": tuple(f"repeat('{letter}', 400)" for letter in "abcdefgh")})
    pages = read(owner, names, size=100, most=1_000)

    assert len(pages) > 3
    assert sorted(str(number) for number in range(8)) == sorted(row[0] or "" for row in texts(pages, 3))
