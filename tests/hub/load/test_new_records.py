"""New records go past the stage, and are decided in the transaction of their merge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from hub.access import row_security
from hub.core.crypto import Keys
from hub.core.database import connect, migrate
from hub.core.errors import DatabaseRefused
from hub.load import direct_copy, stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.warehouse import ensure_tables
from hub.local.embedded import EmbeddedServer
from tests.hub.conftest import NOW, UngatedValidator

from .judging import AT, LATER, again, due
from .observed import statements


def test_a_new_record_is_never_staged(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """It is accepted with its provenance, at the moment of its merge; the stage has no table of its batch."""
    source.served = [[record("A", AT, TrangThai="1", SoDinhDanh="079185000001"), record("B", AT, NguyenNhan="bệnh")]]
    with statements(engine) as heard:
        _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=2, accepted=2)
    assert not [s for s in heard if "create unlogged" in s]
    with engine.connect() as connection:
        reply = connection.execute(
            sa.text("""
            select w._key, w._system, w._row, w._known_from, w._disputed, b.state, l.stream, w.so_dinh_danh_hmac is not null, w.nguyen_nhan is not null
            from warehouse.paper w join hub.batch b on b.serial = w._batch join hub.landing l on l.id = w._landing order by 1""")
        ).all()
    assert reply == [
        ("A", "test", 1, NOW, False, "applied", "test.paper", True, False),
        ("B", "test", 2, NOW, False, "applied", "test.paper", False, True),
    ]


def test_what_has_to_be_decided_is_decided_in_the_same_transaction(
    lone: Exchange, source, engine: sa.Engine, record
) -> None:
    """Beside new records: a faulty one, one with a finding, one told twice."""
    source.served = [
        [record(k, AT, TrangThai="1") for k in "ABCDEF"]
        + [
            record("G", AT, TrangThai="9"),
            record("H", AT, SoDinhDanh="079085000001", NgaySinh="1990"),
            record("A", AT, TrangThai="1"),
        ]
    ]
    with statements(engine) as heard:
        _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=9, accepted=7, duplicate=1, quarantined=1, findings=1)
    assert not [s for s in heard if "create unlogged" in s]


def test_a_key_that_came_meanwhile_is_decided_by_the_merge(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Batches of one run are judged before the ones before them are merged: the primary key tells, and the batch is judged in full."""
    source.served = [
        [record("A", AT, TrangThai="1")],
        [record("A", LATER, TrangThai="2")],
        [record("A", AT, TrangThai="1")],
        [record("B", AT)],
    ]
    _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=4, accepted=3, outdated=1)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select _key, trang_thai from warehouse.paper order by 1")).all() == [
            ("A", "2"),
            ("B", None),
        ]
        assert (
            []
            == connection.execute(sa.text("select tablename from pg_tables where schemaname = 'stage'")).scalars().all()
        )


def test_a_batch_of_known_records_is_staged(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Where half or more has to be decided, nothing is won by parting them."""
    source.served = [[record("A", AT), record("C", AT)]]
    lone.sync(mode="full")
    source.served = [[record("A", LATER, TrangThai="1"), record("B", LATER)]]
    with statements(engine) as heard:
        _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=2, accepted=2)
    assert [s for s in heard if "create unlogged" in s]


def test_what_the_declared_suite_looks_at_is_staged(lone: Exchange, source, record) -> None:
    source.served = [[record("A", AT)]]

    assert again(lone).direct
    assert again(replace(lone, validator=due(lone.validator))).direct is None


def test_what_would_weigh_too_much_is_staged(lone: Exchange, source, record, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for its merge, a batch must not fill the worker's memory."""
    monkeypatch.setattr(direct_copy, "MOST_BYTES", 1000)
    source.served = [[record("A" * 1000, AT), record("B", AT)], [record("C", AT)]]
    direct: list[object] = []
    watched = replace(
        lone, validator=replace(lone.validator, on_event=lambda event, facts: direct.append(facts["direct"])), ahead=0
    )
    _, counts = watched.sync(mode="full")

    assert counts["paper"] == Counts(received=3, accepted=3)
    assert direct == [0, 1]


def test_the_copier_adds_to_the_warehouse_and_does_nothing_else(
    lone: Exchange, source, engine: sa.Engine, record
) -> None:
    source.served = [[record("A", AT)]]
    lone.sync(mode="full")
    for forbidden in (
        "select 1 from warehouse.paper",
        "update warehouse.paper set trang_thai = '1'",
        "delete from warehouse.paper",
        "select 1 from hub.stream",
        "insert into history.paper (_key) values ('x')",
        "insert into hub.stream (id) values ('x')",
        "create table warehouse.x ()",
    ):
        with (
            engine.connect() as connection,
            pytest.raises(DatabaseRefused, match="InsufficientPrivilege"),
            row_security.adding(connection),
        ):
            connection.execute(sa.text(forbidden))


def test_without_the_role_every_batch_is_staged(
    server: EmbeddedServer, lone: Exchange, source, record, tmp_path: Path
) -> None:
    """A server of one's own whose administrator made no copier: the same, and slower."""
    name = "test_no_copier"
    engine = connect(server.ensure(name, name, "x"))
    try:
        migrate(engine)
        with engine.begin() as connection:
            ensure_tables(connection, lone.contract)
            stream_state.register(connection, "test.paper", "test", "paper")
        keys = Keys(b"k" * 32)
        landing = Landing(tmp_path / "other", keys)
        judge = UngatedValidator(source, lone.contract, engine, landing, keys, {}, 0.01)
        source.served = [[record("A", AT)]]
        with statements(engine) as heard:
            _, counts = replace(lone, engine=engine, landing=landing, validator=judge).sync(mode="full")

        assert not judge.copies
        assert counts["paper"] == Counts(received=1, accepted=1)
        assert [s for s in heard if "create unlogged" in s]
    finally:
        engine.dispose()
        server.drop(name)
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(f"drop role {name}")
