"""After a full reading nothing differs from the source in silence, also where its clock went back."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.core.errors import Fenced
from hub.load.exchange import Exchange
from tests.hub.conftest import ListSource

from .healing import Clock, KeyedSource, serve
from .interruptions import interrupted, overtake
from .observed import rows

HELD = "select _key, trang_thai from warehouse.paper order by 1"
FINDINGS = "select dataset, record_key, rule from hub.finding order by 1, 2"
BEHIND = "record.version-behind"


@pytest.fixture
def ticking(exchange: Exchange) -> Exchange:
    return replace(exchange, now=Clock())


def test_a_record_whose_change_time_went_back_is_a_finding(ticking, source, engine: sa.Engine, record) -> None:
    """128 of 5,000 records of a restored source stayed as they were, also after a full reading, without a word."""
    source.served = [[record("A", "20220601090000", TrangThai="1"), record("B", "20220601090000", TrangThai="1")]]
    ticking.sync()
    source.served = [[record("A", "20220601080000", TrangThai="2"), record("B", "20220601080000", TrangThai="1")]]

    ticking.sync(mode="full")

    assert rows(engine, FINDINGS) == [("paper", "A", BEHIND)]
    assert rows(engine, HELD) == [("A", "1"), ("B", "1")]
    assert rows(engine, "select count(*) from hub.behind") == [(0,)]


def test_a_source_that_answers_by_key_is_taken_at_its_word(engine, exchange, record) -> None:
    """Asked for this record alone it says what is so now: nothing is left to decide."""
    source = KeyedSource()
    keyed = replace(exchange, now=Clock(), source=source, validator=replace(exchange.validator, source=source))
    serve(source, record("A", "20220601090000", [("x", "1"), ("y", "2")], TrangThai="1"))
    keyed.sync()
    serve(source, record("A", "20220601080000", [("x", "5")], TrangThai="2"))

    keyed.sync(mode="full")

    assert source.questions == [["A"]]
    assert rows(engine, FINDINGS) == []
    assert rows(engine, HELD) == [("A", "2")]
    assert rows(engine, "select _key, gia from warehouse.paper_part") == [("A|x", 5)]


def test_a_part_that_is_behind_is_a_finding(ticking, source: ListSource, engine: sa.Engine, record) -> None:
    """The file's own content is the same; of its parts one differs and one is missing."""
    source.served = [[record("A", "20220601090000", [("x", "1"), ("y", "2")])]]
    ticking.sync()
    source.served = [[record("A", "20220601080000", [("x", "5")])]]

    ticking.sync(mode="full")

    assert rows(engine, FINDINGS) == [("paper_part", "A|x", BEHIND), ("paper_part", "A|y", BEHIND)]


def test_deliveries_that_hold_earlier_versions_are_no_finding(ticking, source, engine: sa.Engine, record) -> None:
    """A folder of deliveries gives each version, the newest last: it agrees with what is here."""
    pages = [[record("A", "20220601080000", TrangThai="1")], [record("A", "20220601090000", TrangThai="2")]]
    source.served = pages
    replace(ticking, batch_records=1).sync()

    ticking.sync(mode="full")

    assert rows(engine, FINDINGS) == []


def test_a_live_reading_decides_nothing_about_the_past(ticking, source, engine: sa.Engine, record) -> None:
    """A late arrival goes to history, as ever."""
    source.served = [[record("A", "20220601090000", TrangThai="1")]]
    ticking.sync()
    source.served = [[record("A", "20220601080000", TrangThai="2")]]

    ticking.sync()

    assert rows(engine, FINDINGS) == []
    assert rows(engine, "select trang_thai, _end from history.paper") == [("2", "outdated")]


def test_a_case_without_a_key_ends_with_its_record(ticking, source, engine: sa.Engine, record) -> None:
    """Nobody can say which record came good; a full reading that does not give the bad one any more ends its case."""
    keyless = record("", "20220601080000") | {"MaHoSo": None}
    source.served = [[keyless, record("B", "20220601080000")]]
    ticking.sync()
    open_ = """select state from hub."case" """
    ticking.sync(mode="full")
    assert rows(engine, open_) == [("open",)]
    source.served = [[record("A", "20220601080000"), record("B", "20220601080000")]]

    ticking.sync(mode="full")

    assert rows(engine, open_) == [("closed",)]


def test_an_overtaken_full_reading_settles_nothing(ticking, source, engine: sa.Engine, record) -> None:
    """It slept after its last batch; a newer full reading had noted what differs, and the first forgot that."""
    source.served = [[record("A", "20220601090000", TrangThai="1")]]
    ticking.sync()
    source.served = [[record("A", "20220601080000", TrangThai="2")]]
    slow = interrupted(ticking, "run.finished", lambda: overtake(ticking), [])

    with pytest.raises(Fenced):
        slow.sync(mode="full")

    assert rows(engine, "select record_key from hub.behind") == [("A",)]
    assert rows(engine, FINDINGS) == []
    ticking.sync(mode="full")
    assert rows(engine, FINDINGS) == [("paper", "A", BEHIND)]
