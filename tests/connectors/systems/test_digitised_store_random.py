"""Random damages to rows of a store, in pages of any size: every other row comes, once and exact."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import Source
from connectors.errors import Malformed
from contracts.refused import REFUSED
from hub.local.embedded import EmbeddedServer
from tests.connectors.plain_stores import MAP, PLACES, TYPES, PlainStore, postgres_store, row, rows_of, sqlite_store

SEVERAL = (*PLACES, (13, 1, "26740"), (13, 1, "26743"))
"""Places of which code 13 stands for two units."""
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
CELL = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=6),
    st.binary(max_size=6).map(lambda b: ("text", b)),
)
KEY = st.one_of(
    st.none(),
    st.integers(1, 30),
    TEXT,
    st.binary(min_size=1, max_size=3),  # an empty one looks like an empty text, so that both are alike
    st.binary(max_size=3).map(lambda b: ("text", b)),
)
TIME = st.one_of(
    st.none(),
    st.sampled_from(
        ["2026-05-01 08:00:00", "2026-05-01 08:00:01", "2026-05-02T08:00:00", "hôm nay", "9999-99-99 99:99:99"]
    ),
    st.binary(max_size=3),
)


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Mapping[tuple[int, bool], Source]]]:
    """A SQLite file whose columns take any value, and its sources by page size, and whether they read by change time."""
    folder = tmp_path_factory.mktemp("loose")
    store = sqlite_store(folder, [], types={"ID": "", "Ten": "", "SoHieu": ""})
    by_key: dict[str, object] = {"changed": None}
    sources = {
        (size, by_time): store.opened(page_size=size, **({} if by_time else by_key))
        for size in (1, 2, 5, 9)
        for by_time in (True, False)
    }
    yield folder / "store.db", sources
    for source in sources.values():
        source.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KEY, TIME, CELL, CELL), max_size=15), st.sampled_from([1, 2, 5, 9]), st.booleans())
def test_no_row_of_any_damage_is_lost(
    loose: tuple[Path, Mapping[tuple[int, bool], Source]], cells: list[tuple[Any, ...]], size: int, by_time: bool
) -> None:
    """Any values in any columns: as many rows come as there are, and each good one is exact; or the table is refused."""
    file, sources = loose
    with sqlite3.connect(file) as connection:
        connection.execute("delete from DS")
        for number, (key, at, name, sign) in enumerate(cells, 1):
            values = {**row(number), "ID": key, "NgayCapNhat": at, "Ten": name, "SoHieu": sign}
            marks = ", ".join("cast(? as text)" if isinstance(v, tuple) else "?" for v in values.values())
            connection.execute(
                f"insert into DS values ({marks})", [v[1] if isinstance(v, tuple) else v for v in values.values()]
            )
    connection.close()
    times = [at for _, at, *_ in cells if at is not None]
    if by_time and times and not any(isinstance(at, str) and at[0] in "29" for at in times):
        with pytest.raises(Malformed, match="NgayCapNhat is written in no form"):
            rows_of(sources[size, by_time])
        return
    frame = rows_of(sources[size, by_time])
    assert len(cells) == frame.height
    good = {each["soLuong"]: each for each in frame.filter(pl.col(REFUSED).is_null()).to_dicts()}
    keys = [None if key is None else _text(key) or "" for key, *_ in cells]
    for number, (key, at, name, sign) in enumerate(cells, 1):
        sound = all(_sound(each) for each in (key, at, name, sign)) and (
            key is None or 1 == keys.count(_text(key) or "")
        )
        assert sound == (str(number) in good), (number, cells)
        if sound:
            found = good[str(number)]
            assert (_text(key), _text(name), _text(sign)) == (found["ma"], found["ten"], found["soHieu"])


def _sound(value: Any) -> bool:
    if isinstance(value, tuple):
        try:
            value[1].decode()
        except UnicodeDecodeError:
            return False
        return True
    return not isinstance(value, bytes) and not (isinstance(value, float) and not math.isfinite(value))


def _text(value: Any) -> str | None:
    """The text of a value, by Python's own means; null and empty are one."""
    if isinstance(value, tuple):
        return value[1].decode(errors="replace") or None
    if isinstance(value, float) and math.isfinite(value):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return None if value is None or value == "" else str(value)


BAD_CELLS: Mapping[str, tuple[str, Callable[[int], object]]] = {
    "ThoiDiem": ("timestamptz", lambda n: ("infinity", "-infinity", "12022-01-01", "0001-01-01 BC")[n % 4]),
    "DienTich": ("double precision", lambda n: (math.nan, math.inf, -math.inf)[n % 3]),
    "Ten": ("text", lambda n: "x" * 3_000),
    "noiDangKy": ("integer", lambda n: 13),
    "ID": ("text", lambda n: "K000001"),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.integers(2, 60), st.tuples(st.sampled_from(sorted(BAD_CELLS)), st.integers(0, 11)), max_size=40),
    st.integers(1, 61),
)
def test_no_good_row_of_postgresql_is_lost(damaged: PlainStore, odd: dict[int, tuple[str, int]], size: int) -> None:
    """Random damages to random rows, in pages of any size: every other row comes, once."""
    values = [row(n, **{odd[n][0]: BAD_CELLS[odd[n][0]][1](odd[n][1])} if n in odd else {}) for n in range(1, 61)]
    at = damaged.system.address.replace("://", "://plain-owner:owner@")
    with psycopg.connect(at) as connection, connection.cursor() as cursor:
        cursor.execute('truncate "DS"')
        cursor.executemany(
            f'insert into "DS" values ({", ".join(["%s"] * len(TYPES))})'.encode(),
            [list(each.values()) for each in values],
        )
    frame = damaged.read(page_size=size, max_raw_bytes=2_000)
    good = frame.filter(pl.col(REFUSED).is_null())
    doubled = {1} if any(column == "ID" for column, _ in odd.values()) else set()

    assert 60 == frame.height
    assert sorted(set(range(1, 61)) - set(odd) - doubled) == sorted(int(each) for each in good["soLuong"])


@pytest.fixture(scope="module")
def damaged(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store whose rows a test replaces."""
    kinds = {name: kind for name, (kind, _) in BAD_CELLS.items()}
    with postgres_store(server, tmp_path_factory.mktemp("damaged"), [], places=SEVERAL, types=kinds) as store:
        yield store


def test_fields_of_the_map() -> None:
    """The rows of these tests have a column for each field."""
    assert set(MAP.values()) <= set(TYPES)
