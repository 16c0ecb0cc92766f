"""The main path on a real PostgreSQL: what becomes of every record, and that it is counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from hub.load.counts import Counts
from hub.load.exchange import Exchange

from .observed import rows


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


def test_sensitive_field_rests_encrypted(exchange: Exchange, source, engine: sa.Engine, tmp_path: Path, record) -> None:
    """Cause of death and its like are never plain in the database, nor in the landing."""
    source.served = [[record("A", "20220601080000", NguyenNhan="canary-cause")]]
    exchange.sync()

    sealed = bytes(rows(engine, "select nguyen_nhan from warehouse.paper")[0][0])  # type: ignore[call-overload]
    assert exchange.validator.keys.open(sealed, b"paper.nguyen_nhan") == b"canary-cause"
    assert b"canary" not in sealed
    assert not [f for f in tmp_path.rglob("*.page") if b"canary" in f.read_bytes()]
