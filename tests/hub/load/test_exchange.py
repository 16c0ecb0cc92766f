"""The main path on a real PostgreSQL: what becomes of every record, and that it is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.core.errors import Fenced
from hub.load.counts import Counts
from hub.load.exchange import Exchange


def rows(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(r) for r in connection.execute(sa.text(query))]


class Died(BaseException):
    """The process ended where it stood."""


def interrupted(exchange: Exchange, event: str, act: Callable[[], object], heard: list[str]) -> Exchange:
    """The same stream, whose run stops once at an event until `act` is over; `heard`: the events of the run."""

    def hear(name: str, _: Mapping[str, object]) -> None:
        heard.append(name)
        if name == event and heard.count(event) == 1:
            act()

    return replace(exchange, on_event=hear, validator=replace(exchange.validator, on_event=hear), ahead=0)


def overtake(exchange: Exchange) -> None:
    """What a run misses that sleeps: its session is lost, and the lock with it; another run brings the stream to its end."""
    with exchange.engine.begin() as connection:
        connection.execute(
            sa.text("""
            select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
            where d.datname = current_database() and l.locktype = 'advisory'""")
        )
    exchange.sync()


def die() -> None:
    raise Died


def test_first_load_accepts_everything_good(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """New records become current rows, with their children."""
    source.served = [
        [record("A", "20220601080000", [("x", "1"), ("y", "2")], TrangThai="1"), record("B", "20220601090000")]
    ]

    _, counts = exchange.sync()

    assert counts == {"paper": Counts(received=2, accepted=2), "paper_part": Counts(received=2, accepted=2)}
    assert rows(engine, "select _key, trang_thai from warehouse.paper order by 1") == [("A", "1"), ("B", None)]
    assert rows(engine, "select _key, gia from warehouse.paper_part order by 1") == [("A|x", 1), ("A|y", 2)]


def test_second_reading_of_the_same_accepts_nothing(exchange: Exchange, source, record) -> None:
    """The inclusive overlap reads records again; they are unchanged."""
    source.served = [[record("A", "20220601080000", [("x", "1")])]]
    exchange.sync()

    _, counts = exchange.sync()

    assert counts == {"paper": Counts(received=1, unchanged=1), "paper_part": Counts(received=1, unchanged=1)}
    assert source.asked[1].since.changed_at.isoformat() == "2022-06-01T00:45:00+00:00"


def test_newer_version_supersedes_and_history_keeps_the_old(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """What we knew, and when, stays; children that the new version no longer names leave."""
    source.served = [[record("A", "20220601080000", [("x", "1"), ("y", "2")], TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220602080000", [("x", "5")], TrangThai="2")]]

    _, counts = exchange.sync()

    assert counts == {"paper": Counts(received=1, accepted=1), "paper_part": Counts(received=1, accepted=1, removed=1)}
    assert rows(engine, "select trang_thai from warehouse.paper union all select trang_thai from history.paper") == [
        ("2",),
        ("1",),
    ]
    assert rows(engine, "select _key, gia, _end from history.paper_part order by 1") == [
        ("A|x", 1, "superseded"),
        ("A|y", 2, "removed"),
    ]


def test_late_arrival_goes_to_history_only(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """An older version never lowers the current row, nor do its children come back."""
    source.served = [[record("A", "20220602080000", TrangThai="2")]]
    exchange.sync()
    source.served = [[record("A", "20220601080000", [("x", "1")], TrangThai="1")]]

    _, counts = exchange.sync(mode="full")

    assert counts == {"paper": Counts(received=1, outdated=1), "paper_part": Counts(received=1, outdated=1)}
    assert rows(engine, "select trang_thai from warehouse.paper") == [("2",)]
    assert rows(engine, "select count(*) from warehouse.paper_part") == [(0,)]


def test_exact_copies_in_a_batch_count_as_duplicates(exchange: Exchange, source, record) -> None:
    """The same key, version and content twice is one record, told twice."""
    one = record("A", "20220601080000", [("x", "1")])
    source.served = [[one, one], [one]]

    _, counts = exchange.sync()

    assert counts == {
        "paper": Counts(received=3, accepted=1, duplicate=2),
        "paper_part": Counts(received=3, accepted=1, duplicate=2),
    }


def test_two_versions_in_one_batch(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """The newer is current, the older history, whatever their order."""
    source.served = [[record("A", "20220601090000", TrangThai="2"), record("A", "20220601080000", TrangThai="1")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=2, accepted=1, outdated=1)
    assert rows(engine, "select trang_thai from warehouse.paper union all select trang_thai from history.paper") == [
        ("2",),
        ("1",),
    ]


def test_same_version_with_other_content_is_a_case(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Never last-writer-wins in silence: the newcomer is quarantined and the stored row flagged."""
    source.served = [[record("A", "20220601080000", TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220601080000", [("x", "1")], TrangThai="2")]]

    _, counts = exchange.sync()

    assert counts == {"paper": Counts(received=1, quarantined=1), "paper_part": Counts(received=1, quarantined=1)}
    assert rows(engine, "select trang_thai, _disputed from warehouse.paper") == [("1", True)]
    assert rows(engine, 'select rules from hub."case" order by dataset') == [
        (["record.version-conflict"],),
        (["record.owner-quarantined"],),
    ]


def test_same_version_with_other_content_within_a_batch(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """The first told stays, flagged; the second is the newcomer."""
    source.served = [[record("A", "20220601080000", TrangThai="1"), record("A", "20220601080000", TrangThai="2")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert rows(engine, "select trang_thai, _disputed from warehouse.paper") == [("1", True)]


def test_faulty_record_becomes_one_case_with_every_broken_rule(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """However often it is read again, it is one case, and its good sibling passes."""
    bad = record("A", "20220601080000", [("x", "1")], TrangThai="9", NgaySinh="31.02.1999")
    source.served = [[bad, record("B", "20220601080000", [("x", "một")])]]
    exchange.sync()

    _, counts = exchange.sync()

    assert counts == {
        "paper": Counts(received=2, unchanged=1, quarantined=1),
        "paper_part": Counts(received=2, quarantined=2),
    }
    found = rows(engine, 'select dataset, record_key, rules, seen from hub."case" order by 1, 2')
    assert found == [
        ("paper", "A", ["TrangThai.code", "NgaySinh.partial_date"], 2),
        ("paper_part", "A|x", ["record.owner-quarantined"], 2),
        ("paper_part", "B|x", ["Gia.integer"], 2),
    ]


def test_record_without_key_is_a_case(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Nothing is lost for want of a name."""
    source.served = [[record("", "20220601080000") | {"MaHoSo": None}, record("B", "20220601080000")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert rows(engine, 'select record_key, rules, record from hub."case"') == [(None, ["MaHoSo.required"], 1)]


def test_contradiction_is_a_finding_on_an_accepted_record(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """The paper book wins by law: the hub notes, it does not reject."""
    source.served = [[record("A", "20220601080000", SoDinhDanh="079199000001", NgaySinh="1985")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=1, accepted=1, findings=1)
    assert rows(engine, "select record_key, rule from hub.finding") == [("A", "SoDinhDanh.identity_matches_birth")]


def test_touched_record_keeps_its_row_and_learns_the_time(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Change time moved, content not: unchanged; yet an arrival between the two times is late."""
    source.served = [[record("A", "20220601080000", TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220601100000", TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220601090000", TrangThai="2")]]

    _, counts = exchange.sync()

    assert counts["paper"] == Counts(received=1, outdated=1)


def test_window_never_moves_the_position(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """A repair of last month must not make the live reading skip, nor start over."""
    source.served = [[record("A", "20220601080000")]]
    exchange.sync()
    before = rows(engine, "select position from hub.stream")
    source.served = [[record("B", "20230101080000")]]

    exchange.sync(mode="window")

    assert rows(engine, "select position from hub.stream") == before


def test_one_thread_gives_what_several_give(exchange: Exchange, source, record) -> None:
    """How many batches are prepared ahead changes nothing that anyone can count."""
    source.served = [
        [record(f"{i}", "20220601080000") for i in range(100)],
        [record("Z", "20220601090000", TrangThai="7")],
    ]

    _, counts = replace(exchange, ahead=0).sync()
    _, again = exchange.sync(mode="full")

    assert counts["paper"] == Counts(received=101, accepted=100, quarantined=1)
    assert again["paper"] == Counts(received=101, unchanged=100, quarantined=1)


def test_a_batch_is_visible_before_the_next_is_fetched_to_the_end(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """A whole window was landed before anything of it could be read: an hour's wait, and all of it again after a death."""
    seen: list[object] = []

    def served() -> Iterator[list[dict[str, object]]]:
        for number in range(20):
            yield [record(f"{number}", f"202206010800{number:02}")]
            seen.extend(rows(engine, "select count(*) from warehouse.paper")[0])

    source.served = served()
    replace(exchange, batch_records=1).sync()

    assert len(seen) == 20
    assert max(seen) >= 14  # type: ignore[type-var]


def test_overtaken_run_is_reported_so(exchange: Exchange, source, record) -> None:
    """A task that wakes up after another run took its stream over stops, loudly."""
    source.served = [[record("A", "20220601080000")]]
    heard = list[str]()
    slow = interrupted(exchange, "batch.landed", lambda: overtake(exchange), heard)

    with pytest.raises(Fenced):
        slow.sync()

    assert heard == ["run.begun", "batch.landed"]


def test_paused_run_is_fenced_at_its_commit(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Two runs of one stream, one paused mid-batch: only the newer epoch commits, the other writes nothing."""
    source.served = [[record("A", "20220601080000")]]
    written, heard = "select (select count(*) from hub.ledger), (select count(*) from warehouse.paper)", list[str]()
    before = list[tuple[object, ...]]()

    def overtaken() -> None:
        overtake(exchange)
        before.extend(rows(engine, written))

    with pytest.raises(Fenced):
        interrupted(exchange, "batch.judged", overtaken, heard).sync()

    assert heard == ["run.begun", "batch.landed", "batch.judged"]
    assert rows(engine, written) == before == [(2, 1)]


def test_stage_is_empty_after_a_run(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """No orphan stage tables."""
    source.served = [[record("A", "20220601080000")]]
    exchange.sync()
    stage = "select tablename from pg_tables where schemaname = 'stage'"
    with pytest.raises(Died):
        interrupted(exchange, "batch.judged", die, []).sync()
    assert rows(engine, stage) != []

    exchange.sync()

    assert rows(engine, stage) == []


def test_sensitive_field_rests_encrypted(exchange: Exchange, source, engine: sa.Engine, tmp_path: Path, record) -> None:
    """Cause of death and its like are never plain in the database, nor in the landing."""
    source.served = [[record("A", "20220601080000", NguyenNhan="canary-cause")]]
    exchange.sync()

    sealed = bytes(rows(engine, "select nguyen_nhan from warehouse.paper")[0][0])  # type: ignore[call-overload]
    assert exchange.validator.keys.open(sealed, b"paper.nguyen_nhan") == b"canary-cause"
    assert b"canary" not in sealed
    assert not [f for f in tmp_path.rglob("*.page") if b"canary" in f.read_bytes()]


def test_replay_of_landed_bytes_accepts_nothing_new(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Replaying history, old versions and all, leaves the warehouse as it is, and the position too."""
    source.served = [[record("A", "20220601080000", [("x", "1")], TrangThai="1")]]
    exchange.sync()
    source.served = [
        [record("A", "20220602080000", [("x", "2")], TrangThai="2"), record("B", "20220602080000", TrangThai="9")]
    ]
    exchange.sync()
    state = "select _key, _version, _hash, _known_from from warehouse.paper union all select _key, _version, _hash, _known_from from history.paper order by 1, 2"
    before, position = rows(engine, state), rows(engine, "select position from hub.stream")

    _, counts = exchange.replay(None, None)

    assert counts["paper"] == Counts(received=3, unchanged=1, outdated=1, quarantined=1)
    assert rows(engine, state) == before
    assert rows(engine, "select position from hub.stream") == position


def test_children_of_a_disputed_copy_stay_out_however_often_they_are_read(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Two contents of one version, each with children: those of the stored copy are in, those of the newcomer never.

    Once they followed their key and version instead of their own copy: all were kept out at first,
    and came in at the second reading.
    """
    source.served = [
        [
            record("A", "20220601080000", [("x", "1")], TrangThai="1"),
            record("A", "20220601080000", [("x", "2"), ("y", "1")], TrangThai="2"),
        ]
    ]
    _, first = exchange.sync()

    _, second = exchange.sync(mode="full")

    assert first["paper_part"] == Counts(received=3, accepted=1, quarantined=2)
    assert second["paper_part"] == Counts(received=3, unchanged=1, quarantined=2)
    assert rows(engine, "select _key, gia from warehouse.paper_part") == [("A|x", 1)]


def test_child_that_only_an_older_version_of_the_batch_names_leaves(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """The set of the newest version counts, though the older one stands in the same batch."""
    source.served = [[record("A", "20220601080000", [("x", "1"), ("y", "1")])]]
    exchange.sync()
    source.served = [
        [
            record("A", "20220601080000", [("x", "1"), ("y", "1")]),
            record("A", "20220601090000", [("x", "1")], TrangThai="1"),
        ]
    ]

    _, counts = exchange.sync()

    assert counts["paper_part"].removed == 1
    assert rows(engine, "select _key from warehouse.paper_part") == [("A|x",)]


def test_replay_leaves_out_what_only_a_held_batch_brought(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Spoilt pages that were held came back at a replay, hidden among the good ones, and disputed current rows."""
    source.served = [[record("A", "20220601080000", TrangThai="1")]]
    exchange.sync()
    source.served = [[record("A", "20220601080000")]]
    heard = list[str]()
    with pytest.raises(Died):
        interrupted(exchange, "batch.landed", die, heard).sync()
    assert heard == ["run.begun", "batch.landed"]
    assert rows(engine, "select number from hub.batch where epoch = 2") == [(1,)]

    _, counts = exchange.replay(None, None)

    assert counts["paper"] == Counts(received=1, unchanged=1)
    assert rows(engine, "select _disputed from warehouse.paper") == [(False,)]
