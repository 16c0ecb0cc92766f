"""Rows of a store that no text stands for: each costs itself, whatever the page, its size and its neighbours."""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.errors import Malformed
from contracts.refused import RAW, REFUSED
from hub.local.embedded import EmbeddedServer
from tests.connectors.plain_stores import (
    PLACES,
    TYPES,
    PlainStore,
    postgres_store,
    row,
    rows,
    sqlite_store,
)

BAD_TEXT = b"H\xe1\xbb\x93 s\xc6"
"""A name that was cut in the middle of a letter."""
IN_POSTGRESQL: Mapping[str, Mapping[str, object]] = {
    "infinite time": {"ThoiDiem": "infinity"},
    "late time": {"ThoiDiem": "12022-01-01"},
    "early time": {"ThoiDiem": "0044-03-15 BC"},
    "no number": {"DienTich": float("nan")},
    "large": {"SoHieu": "x" * 70_000},
    "two units": {"noiDangKy": 13},
    "image": {"Ten": b"\xff\xd8\xff"},
}
IN_SQLITE: Mapping[str, Mapping[str, object]] = {
    "not in its encoding": {"Ten": BAD_TEXT},
    "image": {"SoHieu": b"\xff\xd8\xff\xe0"},
    "infinite": {"SoLuong": math.inf},
    "large": {"SoHieu": "x" * 70_000},
    "two units": {"noiDangKy": 13},
    "image as time": {"ThoiDiem": b"\x00"},
}
SEVERAL = (*PLACES, (13, 1, "26740"), (13, 1, "26743"))


def poisoned(
    kinds: Mapping[str, Mapping[str, object]], share: float, seed: int = 1
) -> tuple[list[dict[str, object]], set[int]]:
    """200 rows, of which a share is bad in turn of each kind; and the numbers of these."""
    chosen = sorted(random.Random(seed).sample(range(1, 201), max(1, int(200 * share))))
    names = list(kinds)
    odd = {number: kinds[names[n % len(names)]] for n, number in enumerate(chosen)}
    return [row(number, **odd.get(number, {})) for number in range(1, 201)], set(chosen)


def demand(store: PlainStore, honest: pl.DataFrame, bad: set[int], **options: object) -> pl.DataFrame:
    """Every good row as it was, every bad one refused with its row and its key; returns the refused ones."""
    frame = store.read(**options)
    refused = frame.filter(pl.col(REFUSED).is_not_null())
    good = frame.filter(pl.col(REFUSED).is_null()).select(honest.columns)
    keys = {f"K{number:06d}" for number in bad}
    assert 200 == frame.height
    assert good.equals(honest.filter(~pl.col("ma").is_in(list(keys)))), "a good row is not what it was"
    assert sorted(keys) == sorted(refused["ma"])
    assert 0 == refused[RAW].null_count()
    return refused


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_poisoned_pages_of_postgresql(server: EmbeddedServer, tmp_path: Path, share: float) -> None:
    """Once a single such row kept its whole table out."""
    given_rows, bad = poisoned({k: v for k, v in IN_POSTGRESQL.items() if k != "image"}, share)
    kinds = {"ThoiDiem": "timestamptz", "DienTich": "double precision"}
    with postgres_store(server, tmp_path, rows(200), places=SEVERAL, types=kinds) as store:
        honest = store.read().drop(REFUSED)
    with postgres_store(server, tmp_path, given_rows, places=SEVERAL, types=kinds) as store:
        for size in (7, 200):
            demand(store, honest, bad, page_size=size, max_raw_bytes=60_000)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_poisoned_pages_of_sqlite(tmp_path: Path, share: float) -> None:
    """SQLite stores any value in any column; bad text once was an error that promised to heal by waiting."""
    (tmp_path / "honest").mkdir()
    honest = sqlite_store(tmp_path / "honest", rows(200), SEVERAL).read().drop(REFUSED)
    given_rows, bad = poisoned(IN_SQLITE, share)
    store = sqlite_store(tmp_path, given_rows, SEVERAL)
    _as_text(tmp_path)
    for size in (7, 200):
        refused = demand(store, honest, bad, page_size=size, max_raw_bytes=60_000)
        said = set(refused[REFUSED])
        assert not any("26740" in each for each in said if "units" not in each)
    if share == 0.5:
        clauses = "not text in its encoding", "binary", "infinite", "max_raw_bytes", "26740, 26743"
        assert all(any(clause in each for each in said) for clause in clauses)


def _as_text(folder: Path) -> None:
    """Names that are no text become texts all the same, as a careless import leaves them."""
    with sqlite3.connect(folder / "store.db") as connection:
        connection.execute("update DS set Ten = cast(Ten as text) where typeof(Ten) = 'blob'")
    connection.close()


def test_a_blob_in_a_column_of_blobs(server: EmbeddedServer, tmp_path: Path) -> None:
    """A column of type bytea in the map: rows without a value go in, and the others say what they are."""
    given_rows = [row(n, Ten=None if n % 2 else b"\x01") for n in range(1, 11)]
    with postgres_store(server, tmp_path, given_rows, types={"Ten": "bytea"}) as store:
        frame = store.read()
        assert {"Ten: binary, and not text"} == set(frame[REFUSED].drop_nulls())
        assert [f"K{n:06d}" for n in range(1, 11, 2)] == frame.filter(pl.col(REFUSED).is_null())["ma"].to_list()
        assert "Ten: binary" in store.failed()["sample"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("jsonb", '{"so": "12", "x": null}', '{"x": null, "so": "12"}'),
        ("text[]", ["a", "b'c"], '["a","b\'c"]'),
        ("double precision", 79200000001.0, "79200000001"),
        ("interval", "1 day 02:00", "P1DT2H"),
        ("numeric(8,2)", "12", "12.00"),
        ("boolean", True, "1"),
    ],
)
def test_a_text_field_of_another_type(server: EmbeddedServer, tmp_path: Path, kind: str, value: Any, text: str) -> None:
    """Once they landed as Python writes them: no receiver could read them, and all were accepted."""
    with postgres_store(server, tmp_path, [row(1, SoHieu=value)], types={"SoHieu": kind}) as store:
        assert [text] == store.read()["soHieu"].to_list()


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [("numeric(8,2)", "12", "12"), ("double precision", 12.0, "12"), ("numeric(8,2)", "12.5", "12.50")],
)
def test_a_whole_number_of_another_type(
    server: EmbeddedServer, tmp_path: Path, kind: str, value: Any, text: str
) -> None:
    """12.00 is 12 in a field for whole numbers, and was broken; 12.50 is none, and is."""
    with postgres_store(server, tmp_path, [row(1, SoLuong=value)], types={"SoLuong": kind}) as store:
        assert [text] == store.read()["soLuong"].to_list()


def test_values_of_sqlite(tmp_path: Path) -> None:
    """A number kept as a double has no fraction of zero; a large one has no exponent."""
    store = sqlite_store(
        tmp_path, [row(1, SoHieu=79200000001.0), row(2, SoHieu=1e20), row(3, SoHieu=0.1)], types={"SoHieu": ""}
    )

    assert ["79200000001", "100000000000000000000", "0.1"] == store.read()["soHieu"].to_list()


def test_a_view_that_cannot_compute_a_row(server: EmbeddedServer, tmp_path: Path) -> None:
    """Found by halving; where not even the places of the rows can be read, the refusal says which table."""
    given_rows = [row(n, SoHieu="x" if n in (3, 77) else "1") for n in range(1, 101)]
    listed = ", ".join(f'"{name}"' for name in TYPES if name != "SoHieu")
    then = (
        'alter table "DS" rename to "BEHIND"',
        f'create view "DS" as select {listed}, cast("SoHieu" as integer) as "SoHieu" from "BEHIND"',
    )
    with postgres_store(server, tmp_path, given_rows, then=then) as store:
        frame = store.read()
        bad = frame.filter(pl.col(REFUSED).is_not_null())
        assert (100, ["K000003", "K000077"]) == (frame.height, sorted(bad["ma"]))
        assert {"SoHieu: a value that the database or its driver cannot read"} == set(bad[REFUSED])
    listed = listed.replace('"ID"', """cast("SoHieu" as integer) as "ID", "SoHieu\"""")
    with postgres_store(
        server, tmp_path, given_rows, then=(then[0], f'create view "DS" as select {listed} from "BEHIND"')
    ) as store:
        with pytest.raises(Malformed, match="reading DS") as raised:
            store.read()
        assert raised.value.hint
