"""Unchanged records are not judged, new ones go past the stage, and nothing that anyone can count or read differs by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.interface import Window
from hub.access import row_security
from hub.core.crypto import Keys
from hub.core.database import connect, migrate
from hub.core.errors import DatabaseRefused
from hub.load import batches, changes, stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import StagedBatch, Validator
from hub.load.warehouse import ensure_tables
from hub.local.embedded import EmbeddedServer
from hub.operations.reconcile import ReferenceMerge, staged_again
from tests.hub.conftest import NOW, UngatedValidator

AT = "20220601080000"
LATER = "20220601090000"


class StagingJudge(UngatedValidator):
    """Stages every batch, as where the role is missing."""

    copies = False  # type: ignore[assignment]


def staging(exchange: Exchange) -> Exchange:
    """The same stream, every batch staged."""
    j = exchange.validator
    return replace(
        exchange, validator=StagingJudge(j.source, j.contract, j.engine, j.landing, j.keys, j.lists, j.gate_share)
    )


def due(judge: Validator) -> Validator:
    """The same judge, every batch of which the declared suite looks at; what it says is left out."""
    return type("Due", (type(judge),), {"_due": lambda *a: True, "_gate": lambda *a: None})(
        **{n: getattr(judge, n) for n in judge.__dataclass_fields__}
    )


def again(exchange: Exchange) -> StagedBatch:
    """The next reading's only batch, judged and not merged."""
    run, _ = exchange._begin(Window(), "full", None)
    [(batch, _)] = exchange._fetched(run)
    return exchange.validator(run, batch)


def same(staged: StagedBatch) -> int:
    """How many records were not judged."""
    return staged.unchanged.count if staged.unchanged else 0


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """What is sent meanwhile, but for COPY."""
    heard: list[str] = []

    def hear(connection: object, cursor: object, statement: str, *rest: object) -> None:
        heard.append(" ".join(statement.split()))

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


# -- unchanged ------------------------------------------------------------------------------------


def test_what_came_before_is_not_judged_again(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Of a page read again, only the changed, the new and the quarantined record go through the rules; the equation holds."""
    page = [record(f"A{i}", AT, TrangThai="1") for i in range(10)] + [record("bad", AT, TrangThai="9")]
    source.served = [page]
    lone.sync(mode="full")
    source.served = [[page[0] | {"NgayCapNhat": LATER, "TrangThai": "2"}, *page[1:], record("B", AT, TrangThai="1")]]

    staged = again(lone)
    with engine.connect() as connection:
        judged = (
            connection.execute(sa.text(f'select _key from stage."{staged.tables["paper"]}" order by 1')).scalars().all()
        )
    _, counts = lone.sync(mode="full")

    assert staged.unchanged
    assert staged.unchanged.count == 9
    assert judged == ["A0", "B", "bad"]
    assert counts["paper"] == Counts(received=12, accepted=2, unchanged=9, quarantined=1)


def test_a_reading_that_brings_nothing_new_stages_nothing(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """A nightly reading made and dropped a table for each of its batches, for no row."""
    source.served = [[record("A", AT, TrangThai="1")], [record("B", AT, TrangThai="1")]]
    lone.sync(mode="full")
    with statements(engine) as heard:
        _, counts = lone.sync(mode="full")

    assert counts["paper"] == Counts(received=2, unchanged=2)
    assert not [s for s in heard if "create unlogged" in s]


def test_stage_holds_nothing_afterwards(lone: Exchange, source, engine: sa.Engine, record) -> None:
    source.served = [[record("A", AT, TrangThai="1"), record("B", AT, TrangThai="9")]]
    lone.sync(mode="full")
    lone.sync(mode="full")

    with engine.connect() as connection:
        assert (
            []
            == connection.execute(sa.text("select tablename from pg_tables where schemaname = 'stage'")).scalars().all()
        )


def test_another_rule_or_list_makes_all_records_be_judged_again(lone: Exchange, source, record) -> None:
    """When the verdict might be another one today, every record is judged again, once."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    changed = replace(lone, validator=replace(lone.validator, lists={"units": frozenset({"760"})}))

    assert same(again(lone)) == 1
    assert same(again(changed)) == 0
    changed.sync(mode="full")
    assert same(again(changed)) == 1


def test_a_replay_and_the_declared_suite_judge_all(lone: Exchange, source, record) -> None:
    """Where somebody asked for a judgement, or the suite counts along, no record is passed over."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    run, _ = lone._begin(None, "replay", None)
    [(batch, _)] = lone._landed_before(run, None, None)

    assert same(lone.validator(run, batch)) == 0
    assert same(again(replace(lone, validator=due(lone.validator)))) == 0


def test_a_replay_into_an_empty_warehouse_goes_past_the_stage(
    lone: Exchange, source, engine: sa.Engine, record
) -> None:
    """A warehouse that was lost is loaded again from the landing as fast as from the source."""
    source.served = [[record("A", AT), record("B", AT), record("C", AT, TrangThai="9")]]
    lone.sync(mode="full")
    with engine.begin() as connection:
        connection.execute(sa.text("truncate warehouse.paper"))
    with statements(engine) as heard:
        _, counts = lone.replay(None, None)

    assert counts["paper"] == Counts(received=3, accepted=2, quarantined=1)
    assert not [s for s in heard if "create unlogged" in s]


def test_a_key_that_cannot_be_asked_for_stops_nothing(lone: Exchange, source, record) -> None:
    """U+0000, the separator and nothing at all in a key, in the first reading and in the next."""
    source.served = [[record(key, AT, TrangThai="1") for key in ("A\0", "B\x1fC", "B")]]

    assert lone.sync(mode="full")[1]["paper"] == Counts(received=3, accepted=3)
    assert lone.sync(mode="full")[1]["paper"] == Counts(received=3, unchanged=3)


def test_records_with_children_are_always_judged_and_staged(exchange: Exchange, source, record) -> None:
    """A child belongs to its owner's version: such a contract is not compared."""
    source.served = [[record("A", AT, [("x", "1")], TrangThai="1")]]
    exchange.sync(mode="full")

    assert exchange.validator.detector is None
    assert (same(again(exchange)), again(exchange).direct) == (0, None)


def test_what_changed_meanwhile_is_judged_in_full(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """A batch that is unchanged when it is looked at, and behind one that changes its record: nothing is counted on trust."""
    source.served = [[record("A", AT, TrangThai="1")]]
    lone.sync(mode="full")
    run, _ = lone._begin(None, "full", None)
    source.served = [[record("A", LATER, TrangThai="2")], [record("A", AT, TrangThai="1")]]
    first, second = [(batch, lone.validator(run, batch)) for batch, _ in lone._fetched(run)]
    assert second[1].unchanged
    assert second[1].unchanged.count == 1

    assert lone._merge(run, *first)["paper"] == Counts(received=1, accepted=1)
    assert lone._merge(run, *second)["paper"] == Counts(received=1, outdated=1)


# -- new ------------------------------------------------------------------------------------------


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
    monkeypatch.setattr(changes, "MOST_BYTES", 1000)
    source.served = [[record("A" * 1000, AT), record("B", AT)], [record("C", AT)]]
    direct: list[object] = []
    watched = replace(
        lone, validator=replace(lone.validator, on_event=lambda event, facts: direct.append(facts["direct"])), ahead=0
    )
    _, counts = watched.sync(mode="full")

    assert counts["paper"] == Counts(received=3, accepted=3)
    assert direct == [0, 1]


# -- all of it ------------------------------------------------------------------------------------

KEYS = st.one_of(st.sampled_from("ABC"), st.text(st.sampled_from("aẠ,\"'\\\n\r\t|\x1f\x00\x01 ."), max_size=4))
RECORDS = st.tuples(
    KEYS,
    st.sampled_from([AT, LATER, "31.02.2022"]),
    st.sampled_from(["1", "2", "9", ""]),
    st.sampled_from(["1990", "1985-03", "x"]),
)
ROWS = {
    "warehouse.paper": "_key, _version, _hash, _known_from, _row, _disputed, _seen, ngay_cap_nhat, trang_thai, so_dinh_danh, so_dinh_danh_hmac, ngay_sinh",
    "history.paper": "_key, _version, _hash, _row, trang_thai, _end",
    'hub."case"': "record_key, content, rules, record, seen",
    "hub.finding": "record_key, rule",
}


def test_the_same_rows_whichever_way(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Past the stage or through it: every table, every term, every character."""

    def walked(exchange: Exchange, pages: list[list[dict[str, object]]]) -> list[object]:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    'truncate warehouse.paper, history.paper, hub.finding, hub."case", hub.ledger, hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade'
                )
            )
            stream_state.register(connection, "test.paper", "test", "paper")
        source.served = pages
        _, counts = exchange.sync(mode="full")
        with engine.connect() as connection:
            return [
                counts,
                *(
                    sorted(map(repr, connection.execute(sa.text(f"select {columns} from {table}"))))
                    for table, columns in ROWS.items()
                ),
            ]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @example([[('a,"\n\\.', AT, "1", "1990"), ("\\.", AT, "", "1990"), ("B", AT, "1", "1990")]])
    @example(
        [
            [
                ("\x00\n", AT, "1", "1990"),
                ("\x1f", AT, "1", "1990"),
                ("B", AT, "1", "1990"),
                ("C", AT, "1", "1990"),
                ("D", AT, "1", "1990"),
            ]
        ]
    )
    @given(
        st.lists(
            st.lists(RECORDS, min_size=1, max_size=6).filter(lambda page: any(r[1].isdigit() for r in page)),
            min_size=1,
            max_size=3,
        )
    )
    def sequence(drawn: list[list[tuple[str, str, str, str]]]) -> None:
        pages = [
            [
                record(key, at, TrangThai=state, SoDinhDanh="079085000001", NgaySinh=born)
                for key, at, state, born in page
            ]
            for page in drawn
        ]
        assert walked(lone, pages) == walked(staging(lone), pages)

    sequence()


FEW = st.tuples(st.sampled_from("ABC"), st.sampled_from([AT, LATER, "31.02.2022"]), st.sampled_from(["1", "2", "9"]))


def test_nothing_that_counts_differs(lone: Exchange, source, engine: sa.Engine, record) -> None:
    """Batches of one run overtake each other's records: every term is that of the plain merge, which compares nothing before."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @example([[("A", AT, "1")], [("A", LATER, "2")], [("A", AT, "1")]], 1)
    @given(
        st.lists(
            st.lists(FEW, min_size=1, max_size=3).filter(lambda page: any(r[1].isdigit() for r in page)),
            min_size=1,
            max_size=5,
        ),
        st.integers(0, 4),
    )
    def sequence(drawn: list[list[tuple[str, str, str]]], cut: int) -> None:
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    'truncate warehouse.paper, history.paper, hub.finding, hub."case", hub.ledger, hub.batch_page, hub.batch, hub.run, hub.landing, hub.stream cascade'
                )
            )
            stream_state.register(connection, "test.paper", "test", "paper")
        replica = ReferenceMerge(lone.contract)
        pages = [[record(key, at, TrangThai=state) for key, at, state in page] for page in drawn]
        for served in filter(None, (pages[:cut], pages[cut:])):
            source.served = served
            run, counts = lone.sync(mode="full")
            with engine.connect() as connection:
                applied = batches.of_run(connection, run, "applied")
            counted = sum((replica.apply(staged_again(lone.validator, batch))["paper"] for batch in applied), Counts())
            assert vars(counts["paper"]) == vars(counted)

    sequence()


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
