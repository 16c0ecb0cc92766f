"""A repaired source heals: quarantined records are asked for again by key, and their cases close by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.operations.reference_merge import ReferenceMerge, staged_again

from .healing import Clock, KeyedSource, serve
from .observed import rows

OPEN = """select record_key from hub."case" where state = 'open' order by 1"""
HELD = "select _key, trang_thai from warehouse.paper order by 1"


@pytest.fixture
def source() -> KeyedSource:
    return KeyedSource()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def healing(exchange: Exchange, clock: Clock) -> Exchange:
    return replace(exchange, now=clock)


def test_records_mended_without_a_new_change_time_come_in(healing, source, engine: sa.Engine, record) -> None:
    """Once 29 of 30 mended dossiers stayed out for ever: their change time was that of the bad ones."""
    serve(source, *(record(f"P{n}", "20220601080000", TrangThai="9") for n in range(5)))
    healing.sync()
    serve(source, *(record(f"P{n}", "20220601080000", TrangThai="1") for n in range(5)), listed=False)

    _, counts = healing.sync()

    assert counts["paper"] == Counts(received=5, accepted=5)
    assert rows(engine, OPEN) == []
    assert rows(engine, """select distinct what, who from hub.act where "case" is not null""") == [("closed", "hub")]
    assert len(rows(engine, HELD)) == 5


def test_records_mended_with_a_new_change_time_close_their_cases(healing, source, engine: sa.Engine, record) -> None:
    """They come with the list of changes."""
    serve(source, record("P1", "20220601080000", TrangThai="9"))
    healing.sync()
    serve(source, record("P1", "20220601090000", TrangThai="2"))

    healing.sync()

    assert rows(engine, OPEN) == []
    assert rows(engine, HELD) == [("P1", "2")]


def test_a_record_that_stays_bad_is_asked_for_on_schedule(healing, source, engine, clock, record) -> None:
    """In the next two readings, then after an hour, after six, and every day: no source is asked in each poll."""
    serve(source, record("P1", "20220601080000", TrangThai="9"))
    healing.sync()
    serve(source, listed=False)

    for _ in range(5):
        healing.sync()
    assert len(source.questions) == 2
    for hours, asked in ((1, 3), (1, 3), (5, 4), (24, 5), (23, 5), (2, 6)):
        clock.moment += timedelta(hours=hours)
        healing.sync()
        assert len(source.questions) == asked
    assert rows(engine, OPEN) == [("P1",)]


def test_asking_again_makes_no_poll_dearer(healing, source, record) -> None:
    """A poll that finds the same answer is not judged, also when a record was asked for again in between."""
    serve(source, record("P1", "20220601080000", TrangThai="9"), record("P2", "20220601080000"))
    heard: list[str] = []

    def hear(event: str, _: object) -> None:
        heard.append(event)

    listening = replace(healing, on_event=hear, validator=replace(healing.validator, on_event=hear))
    for _ in range(3):
        listening.sync()
    assert (heard.count("batch.applied"), len(source.questions)) == (5, 2)
    del heard[:]

    listening.sync()

    assert (heard.count("batch.applied"), heard.count("batch.judged")) == (1, 0)


def test_nothing_due_asks_nothing(healing, source, record) -> None:
    """A stream without open cases makes no second run."""
    serve(source, record("P1", "20220601080000"))
    healing.sync()
    healing.sync()

    assert source.questions == []


def test_a_mended_part_heals_with_its_file(healing, source, engine: sa.Engine, record) -> None:
    """The file is asked for; its part had the same change time and other content, or went away."""
    serve(source, record("A", "20220601080000", [("x", "?"), ("y", "1"), ("z", "?")]))
    healing.sync()
    assert rows(engine, OPEN) == [("A|x",), ("A|z",)]
    serve(source, record("A", "20220601080000", [("x", "5"), ("y", "1")]), listed=False)

    healing.sync()

    assert source.questions == [["A"]]
    assert rows(engine, OPEN) == []
    assert rows(engine, "select _key, gia from warehouse.paper_part order by 1") == [("A|x", 5), ("A|y", 1)]


def test_the_last_of_two_contents_of_one_second_is_taken(healing, source, engine: sa.Engine, record) -> None:
    """The second content was a case and a mark, and never came in: the record differed from its source for good."""
    serve(source, record("A", "20220601080000", TrangThai="1"))
    healing.sync()
    serve(source, record("A", "20220601080000", TrangThai="2"))
    healing.sync()
    assert rows(engine, OPEN) == [("A",)]
    serve(source, record("A", "20220601080000", TrangThai="2"), listed=False)

    healing.sync()

    assert rows(engine, "select trang_thai, _disputed from warehouse.paper") == [("2", False)]
    assert rows(engine, OPEN) == []
    assert rows(engine, "select trang_thai, _end from history.paper") == [("1", "superseded")]


def test_a_record_that_returns_to_its_old_content_closes_its_case(healing, source, engine: sa.Engine, record) -> None:
    """Mended to what it was: it comes unchanged, and its case is about nothing any more."""
    serve(source, record("A", "20220601080000", TrangThai="1"))
    healing.sync()
    serve(source, record("A", "20220601080000", TrangThai="9"))
    healing.sync()
    serve(source, record("A", "20220601080000", TrangThai="1"), listed=False)

    healing.sync()

    assert rows(engine, OPEN) == []


def test_a_bad_record_after_a_good_one_opens_its_case_again(healing, source, engine: sa.Engine, record) -> None:
    """A closed case whose record is as bad as before is open, not forgotten."""
    bad = record("A", "20220601080000", TrangThai="9")
    serve(source, bad)
    healing.sync()
    serve(source, record("A", "20220601080000", TrangThai="1"))
    healing.sync()
    assert rows(engine, OPEN) == []
    serve(source, bad)

    healing.sync()

    assert rows(engine, OPEN) == [("A",)]


def test_an_older_good_record_closes_no_case(healing, source, engine: sa.Engine, record) -> None:
    """The newest word of the source is still the bad one."""
    serve(source, record("A", "20220601090000", TrangThai="9"))
    healing.sync()
    source.served = [[record("A", "20220601080000", TrangThai="1")]]

    healing.sync()

    assert rows(engine, OPEN) == [("A",)]


def test_what_was_asked_again_is_counted_again_alike(healing, source, engine: sa.Engine, record) -> None:
    """The recount knows that an answer by key is taken whatever its change time is."""
    serve(source, record("A", "20220601080000", TrangThai="1"), record("B", "20220601080000", TrangThai="9"))
    healing.sync()
    serve(source, record("A", "20220601080000", TrangThai="2"))
    healing.sync()
    mended = [record("A", "20220601070000", TrangThai="2"), record("B", "20220601080000", TrangThai="1")]
    serve(source, *mended, listed=False)
    healing.sync()

    replica, counted = ReferenceMerge(healing.contract), []
    for batch, mode in _applied(engine):
        counted.append(replica.apply(staged_again(healing.validator, batch), again=mode == "again")["paper"])
    terms = "received, accepted, unchanged, duplicate, outdated, quarantined"
    ledger = (
        f"select {terms} from hub.ledger l join hub.batch b on b.id = l.batch where dataset = 'paper' order by b.serial"
    )
    assert [tuple(vars(each).values())[:6] for each in counted] == rows(engine, ledger)
    assert rows(engine, HELD) == [("A", "2"), ("B", "1")]


def _applied(engine: sa.Engine):  # type: ignore[no-untyped-def]
    from hub.load import batches
    from hub.load.batches import Batch

    with engine.connect() as connection:
        found = connection.execute(
            sa.text(
                "select b.id, b.serial, b.number, r.mode from hub.batch b join hub.run r on r.id = b.run order by b.serial"
            )
        ).all()
        return [
            (Batch(b.id, b.serial, b.number, None, None, None, batches.pages_of(connection, b.id)), b.mode)
            for b in found
        ]
