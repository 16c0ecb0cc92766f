"""PostgreSQL's COPY beside the plain way: the same texts of the same values, and the same rows refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa

from connectors import System
from connectors.http.body import CallLimits
from connectors.sql import reading
from connectors.sql.columns import csv_frame
from connectors.sql.database import Database
from connectors.sql.listing import TableListing
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
    "numeric": ("1.50", "-0.0", "1e20", "0.00000012", "0.0000000", "null"),
    "numeric(8,2)": ("12", "-0.5", "null"),
    "double precision": ("79200000001", "1e20", "1e15", "0.1", "1e-7", "-0.0", "9007199254740993", "null"),
    "real": ("0.1", "16777216", "1e-30", "null"),
    "uuid": ("'00000000-0000-0000-0000-000000000001'", "null"),
    "timestamptz": ("'2026-05-01 01:00:00Z'", "'1905-01-01 00:00:00+00'", "'2026-05-01 01:00:00.25Z'", "null"),
    "time": ("'08:00'", "'23:59:59.5'", "null"),
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
ALONE = {
    "jsonb": ("""'{"so": "12", "ng\u00e0y": true, "x": null}'""", '{"x": null, "so": "12", "ngày": true}'),
    "json": ("""'{"b":1, "a":[1.50]}'""", '{"b":1, "a":[1.50]}'),
    "text[]": ("""array['a', 'b''c', null]""", '["a","b\'c",null]'),
    "integer[]": ("array[1, 2]", "[1,2]"),
    "interval": ("'1 month 2 days 02:00:01.5'", "P1M2DT2H1.5S"),
    "money": ("12.50", "12.50"),
    "inet": ("'127.0.0.1'", "127.0.0.1"),
    "bit(3)": ("b'101'", "101"),
    "daterange": ("'[2026-01-01,2026-02-01)'", "[2026-01-01,2026-02-01)"),
    '"char"': ("'x'", "x"),
    "name": ("'tên'", "tên"),
    "time with time zone": ("'08:00+07'", "08:00:00+07"),
}
"""Types of PostgreSQL alone: value, text. Documents and arrays are JSON, the others as the database writes them."""
NOT_TEXT = {
    "date": ("'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'"),
    "timestamp": ("'infinity'", "'-infinity'", "'0044-03-15 BC'", "'12022-01-01'"),
    "timestamptz": ("'infinity'", "'-infinity'", "'0044-03-15 BC'", "'12022-01-01'", "'9999-12-31 20:00:00+00'"),
    "numeric": ("'NaN'",),
    "double precision": ("'NaN'", "'Infinity'", "'-Infinity'"),
    "real": ("'NaN'",),
    "bytea": ("'\\xff00'", "'\\x'"),
}
"""Type -> values that no text stands for."""


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
    table = sa.table("some rows", *(sa.column(name) for name in ("id", "changed", *names)))
    opened = Database(system, CallLimits(max_raw_bytes=most, attempts=1))
    listing = TableListing(sa.select(*table.c), table.c["id"], table.c["changed"], "some rows")
    try:
        return list(opened.pages(listing, None, None, size, "reading"))
    finally:
        opened.close()


def texts(pages: list[RowsPage], width: int) -> list[tuple[str | None, ...]]:
    found: list[tuple[str | None, ...]] = []
    for page in pages:
        if page.form == CSV:
            found += (row[:width] for row in csv_frame(page.lines, [str(i) for i in range(width + 1)]).rows())
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
    monkeypatch.setattr(reading, "kinds_of", lambda *_: None)
    one_by_one = read(owner, names)

    assert ({CSV}, {NDJSON}) == ({page.form for page in copied}, {page.form for page in one_by_one})
    assert [page.count for page in one_by_one] == [page.count for page in copied]
    assert texts(one_by_one, len(names) + 2) == texts(copied, len(names) + 2)
    assert [page.first.rows() for page in one_by_one] == [page.first.rows() for page in copied]


@pytest.mark.parametrize("kind", ALONE)
def test_a_type_of_postgresql_has_its_text(owner: str, kind: str) -> None:
    """Once a document, an array, an interval and a double landed as Python writes them, which no receiver can read."""
    value, text = ALONE[kind]
    [page] = read(owner, made(owner, {kind: (value,)}))

    assert CSV == page.form
    assert [text] == [row[2] for row in texts([page], 3)]


def test_a_role_that_sets_other_forms_changes_no_text(owner: str) -> None:
    """Dates, intervals and numbers are written as the session says, whatever the database's own settings are."""
    with psycopg.connect(owner, autocommit=True) as connection:
        for setting in ("datestyle = 'SQL, DMY'", "intervalstyle = 'postgres'", "extra_float_digits = -10"):
            connection.execute(f"alter role current_user set {setting}".encode())
    kinds = {"date": ("'2022-05-13'",), "interval": ("'1 day'",), "double precision": ("0.1234567890123456",)}
    pages = read(owner, made(owner, kinds))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("alter role current_user reset all")

    assert ("2022-05-13", "P1D", "0.1234567890123456") == texts(pages, 5)[0][2:]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in NOT_TEXT.items() for value in values])
@pytest.mark.parametrize("plain", [False, True])
def test_a_value_without_text_costs_its_row(
    owner: str, kind: str, value: str, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once one time of infinity in one row kept all rows of its table out, in every run, and named no row."""
    names = made(owner, {kind: ("null", "null", "null", value, "null", "null")})
    if plain:
        monkeypatch.setattr(reading, "kinds_of", lambda *_: None)
    pages = read(owner, names)
    [refused] = [row for page in pages for row in page.refused]

    assert 6 == sum(page.count for page in pages)
    assert {"0", "1", "2", "4", "5"} == {row[0] for row in texts(pages, 3)}
    assert names[0] == refused.column
    assert "3" == refused.texts["id"]
    assert b'"id":"3"' in refused.raw
    assert "0044" not in refused.clause


def test_a_page_cut_by_bytes_goes_on_behind_it(owner: str) -> None:
    """The server was still sending: the rows that were not taken come with the next page, once."""
    names = made(owner, {"text": tuple(f"repeat('{letter}', 400)" for letter in "abcdefgh")})
    pages = read(owner, names, size=100, most=1_000)

    assert len(pages) > 3
    assert sorted(str(number) for number in range(8)) == sorted(row[0] or "" for row in texts(pages, 3))


@pytest.mark.parametrize("plain", [False, True])
def test_a_row_past_the_cap_costs_itself(owner: str, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a row over the cap ended every reading at its place. It is kept without its largest columns."""
    names = made(owner, {"text": ("'a'", "'b'", "repeat('c', 4000)", "'d'"), "varchar": ("'x'",)})
    if plain:
        monkeypatch.setattr(reading, "kinds_of", lambda *_: None)
    pages = read(owner, names, size=100, most=1_000)
    [refused] = [row for page in pages for row in page.refused]

    assert {"0", "1", "3"} == {row[0] for row in texts(pages, 4)}
    assert (names[0], "2", "x") == (refused.column, refused.texts["id"], refused.texts[names[1]])
    assert len(refused.raw) < 1_000


def test_rows_that_a_view_cannot_compute_are_found_by_halving(owner: str) -> None:
    """A view that divides by zero, or casts what is no number, fails as a whole page: the others of the page come."""
    with psycopg.connect(owner) as connection:
        connection.execute("create table behind (id bigint, changed timestamp, d integer, t text)")
        connection.execute(
            "insert into behind select n, timestamp '2022-05-01' + n % 5 * interval '1 hour',"
            " case when n in (7, 8, 55) then 0 else n end, case when n in (8, 90) then 'x' else '1' end"
            " from generate_series(1, 100) n"
        )
        connection.execute(
            'create view "some rows" as select id, changed, 100 / d as share, cast(t as integer) as part from behind'
        )
    pages = read(owner, ["share", "part"], size=30)
    refused = {row.texts["id"]: (row.column, row.clause) for page in pages for row in page.refused}

    assert 100 == sum(page.count for page in pages)
    assert {str(n) for n in range(1, 101)} - {"7", "8", "55", "90"} == {row[0] for row in texts(pages, 4)}
    assert {"7": "share", "8": "share", "55": "share", "90": "part"} == {
        key: value[0] for key, value in refused.items()
    }
    assert "1 more" in refused["8"][1]
