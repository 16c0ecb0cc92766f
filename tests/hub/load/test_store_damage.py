"""Rows of a store that cannot be read, through the main path: cases that name their record, and all others merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from hub.core.crypto import Keys
from hub.core.database import connect
from hub.load import stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.warehouse import ensure_tables
from hub.local.embedded import EmbeddedServer
from tests.connectors.plain_stores import CONTRACT, NOW, PLACES, postgres_store, row
from tests.hub.conftest import UngatedValidator


@pytest.fixture
def engine(pg_url: str) -> Iterator[sa.Engine]:
    engine = connect(pg_url)
    yield engine
    engine.dispose()


def test_each_kind_costs_its_rows(server: EmbeddedServer, engine: sa.Engine, tmp_path: Path) -> None:
    """One time of infinity once kept 130 of 130 rows out of the warehouse, in every run, and left no case."""
    odd: dict[int, dict[str, object]] = {
        5: {"ThoiDiem": "infinity"},
        17: {"ThoiDiem": "12022-01-01"},
        40: {"NgayCapNhat": "infinity"},
        60: {"ID": None},
        77: {"DienTich": "NaN"},
        90: {"ID": "K000091"},
        120: {"noiDangKy": 13},
    }
    given = [row(n, **odd.get(n, {})) for n in range(1, 131)]
    places = (*PLACES, (13, 1, "26740"), (13, 1, "26743"))
    with postgres_store(server, tmp_path, given, places, types={"ThoiDiem": "timestamptz"}) as store:
        source = store.opened()
        exchange = _exchange(engine, source, tmp_path)
        _, first = exchange.sync()
        _, second = exchange.sync(mode="full")
        [repaired] = [n for n in odd if n == 5]
        _mended(store.system.address, repaired)
        _, third = exchange.sync(mode="full")
        source.close()

    assert {"plain_list": Counts(received=130, accepted=122, quarantined=8)} == first
    assert {"plain_list": Counts(received=130, unchanged=122, quarantined=8)} == second
    assert (1, 7) == (third["plain_list"].accepted, third["plain_list"].quarantined)
    with engine.connect() as connection:
        cases = connection.execute(sa.text('select record_key, rules, detail from hub."case" order by 1, 3')).all()
        last = connection.scalar(sa.text("select position->>'record_id' from hub.stream where id = 'store.plain_list'"))
    unread, late = ["record.unreadable"], "a time that is not between the years 1 and 9999"
    assert [
        ("K000005", unread, f"ThoiDiem: {late}"),
        ("K000017", unread, f"ThoiDiem: {late}"),
        ("K000040", unread, f"NgayCapNhat: {late}"),
        ("K000077", unread, "DienTich: a number that is infinite or none"),
        ("K000091", unread, "ID: a key that 2 rows have"),
        ("K000091", unread, "ID: a key that 2 rows have"),
        ("K000120", unread, "noiDangKy: the code 13 stands for the units 26740, 26743"),
        (None, ["ma.required"], None),
    ] == [tuple(each) for each in cases]
    assert "K000130" == last


def _mended(address: str, number: int) -> None:
    with psycopg.connect(address.replace("://", "://plain-owner:owner@")) as connection:
        connection.execute('update "DS" set "ThoiDiem" = null where "SoLuong" = %s', [number])


def _exchange(engine: sa.Engine, source: object, folder: Path) -> Exchange:
    keys = Keys(b"k" * 32)
    landing = Landing(folder / "landing", keys)
    with engine.begin() as connection:
        ensure_tables(connection, CONTRACT)
        stream_state.register(connection, "store.plain_list", "store", "plain_list")
    judge = UngatedValidator(source, CONTRACT, engine, landing, keys, {}, 0.01)  # type: ignore[arg-type]
    exchange = Exchange(
        "store.plain_list",
        source,  # type: ignore[arg-type]
        CONTRACT,
        engine,
        landing,
        judge,
        now=lambda: NOW,
        overlap=timedelta(minutes=15),
        batch_records=100,
    )
    return replace(exchange, ahead=0)
