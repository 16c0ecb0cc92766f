"""Listings of all keys: what left its source is noted and ended by a person, what is missing is asked for."""

from __future__ import annotations

import pytest

from hub.cases import departures
from hub.cases.findings import FindingFilter

from . import listed_source
from .conftest import FAULTY, MINH, Office, paper
from .listed_source import hold, take

listed = listed_source.listed
LEFT = """select record_key, until is not null, resolved_at is not null from hub.finding
          where rule = 'record.left-source' order by record_key"""


def test_a_source_that_has_everything_changes_nothing(listed: Office) -> None:
    assert take(listed) == {"listed": 4, "held": 4}
    assert listed.rows(LEFT) == []
    assert listed.rows("select count(*) from hub.batch") == [(1,)]


def test_what_left_is_confirm_at_once_and_ends_by_a_person(listed: Office) -> None:
    """Hard deletes were never found: a deleted entry stayed evidence for ever."""
    hold(listed, paper("A"), paper("C"))

    assert take(listed) == {"listed": 2, "held": 4, "gone": 2}
    assert listed.rows(LEFT) == [("B", False, False), ("D", False, False)]
    assert take(listed) == {"listed": 2, "held": 2}, "once"

    listed.act(departures.release, FindingFilter(stream="test.paper"), MINH)

    assert listed.rows(LEFT) == [("B", True, False), ("D", True, False)]
    acts = "select what, who, count(*) from hub.act where finding is not null group by 1, 2 order by 1"
    assert listed.rows(acts) == [("left", "hub", 2), ("released", MINH.who, 2)]
    assert listed.rows("select count(*) from warehouse.paper") == [(4,)], "nothing is removed"
    assert listed.faults() == []


@pytest.mark.parametrize("versions", [True, False])
@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("released", [True, False])
def test_what_is_listed_again_is_back(listed: Office, versions: bool, by_key: bool, released: bool) -> None:
    """With its change time of before: no reading of changes would ever see that it is back.

    A source that tells no change times and answers no question by key cannot be believed before it sends the record.
    """
    hold(listed, paper("A"), paper("C"), paper("D"))
    take(listed)
    if released:
        listed.act(departures.release, FindingFilter(stream="test.paper"), MINH)
    listed.source.versions, listed.source.by_key = versions, by_key  # type: ignore[attr-defined]
    hold(listed, *map(paper, "ABCD"))

    found = take(listed)

    known = versions or by_key
    assert found == {"listed": 4, "held": 3, "back": 1} | ({} if known else {"waiting": 1})
    assert listed.rows(LEFT) == [("B", released, known)]
    assert take(listed) == {"listed": 4, "held": 4 if known else 3} | ({} if known else {"back": 1, "waiting": 1})
    assert listed.faults() == []


def test_what_is_back_with_a_newer_version_is_taken(listed: Office) -> None:
    hold(listed, paper("A"), paper("C"), paper("D"))
    take(listed)
    hold(listed, paper("A"), paper("B", "20220602070000", TrangThai="2"), paper("C"), paper("D"))

    assert take(listed) == {"listed": 4, "held": 3, "back": 1, "changed": 1}
    assert listed.rows("select trang_thai from warehouse.paper where _key = 'B'") == [("2",)]
    assert listed.rows(LEFT) == [("B", False, True)]


def test_what_no_reading_brought_is_asked_for(listed: Office) -> None:
    """E was committed late, with an old change time; A changed while the source's clock was an hour behind."""
    hold(listed, paper("A", "20220601070000", TrangThai="2"), *map(paper, "BCD"), paper("E", "20220101080000"))

    assert take(listed) == {"listed": 5, "held": 4, "new": 1, "changed": 1}
    assert listed.rows("select _key, trang_thai from warehouse.paper where _key in ('A', 'E') order by 1") == [
        ("A", "2"),
        ("E", None),
    ]
    assert take(listed) == {"listed": 5, "held": 5}
    assert listed.faults() == []


def test_what_cannot_be_asked_for_is_counted(listed: Office) -> None:
    """Files answer no questions: the next reading brings them, and until then somebody knows."""
    listed.source.by_key = False  # type: ignore[attr-defined]
    hold(listed, paper("A", "20220601070000", TrangThai="2"), *map(paper, "BCD"), paper("E"))

    assert take(listed) == {"listed": 5, "held": 4, "new": 1, "changed": 1, "waiting": 2}


def test_what_comes_while_keys_are_listed_is_not_gone(listed: Office) -> None:
    """E was filed after its page of the listing had gone by, and a sync took it; B was deleted before that."""
    hold(listed, paper("A"), paper("C"), paper("D"))

    def filed() -> None:
        listed.source.meanwhile = lambda: None  # type: ignore[attr-defined]
        listed.sync(*map(paper, "ACD"), paper("0", "20220602080000"), mode="window")

    listed.source.meanwhile = filed  # type: ignore[attr-defined]

    assert take(listed) == {"listed": 3, "held": 4, "gone": 1}
    assert listed.rows(LEFT) == [("B", False, False)]
    assert listed.rows("select count(*) from warehouse.paper") == [(5,)]


def test_a_listed_case_is_not_new(listed: Office) -> None:
    """F is at the source, and quarantined here: it is no news."""
    good = [*map(paper, "ABCD")]
    listed.sync(*good, paper("F", number=FAULTY))
    hold(listed, *good, paper("F", number=FAULTY))

    assert take(listed) == {"listed": 5, "held": 4, "quarantined": 1}


@pytest.mark.parametrize("here", [True, False])
def test_a_case_whose_record_left_ends_with_the_same_release(listed: Office, here: bool) -> None:
    """Nobody could ever repair it: it stayed open for ever. `here`: an earlier, good version is in the warehouse."""
    good = [*map(paper, "ABCD")]
    bad = paper("D", "20220601090000", number=FAULTY) if here else paper("F", number=FAULTY)
    listed.sync(*good, bad)
    hold(listed, *good[:3])

    assert take(listed)["gone"] == (1 if here else 2)
    assert listed.state() == "open"
    listed.act(departures.release, FindingFilter(stream="test.paper"), MINH)

    assert listed.state() == "closed"
    assert listed.rows('select what, detail, who from hub.act where "case" is not null') == [
        ("closed", "record.left-source", MINH.who)
    ]
    assert listed.faults() == []

    listed.later(1)
    listed.sync(*good, bad)
    assert listed.state() == "open", "it came again as it was"
    hold(listed, *good, bad)
    take(listed)
    assert {row[2] for row in listed.rows(LEFT)} == {True}


def test_records_without_a_key_and_keys_that_come_twice_are_counted(listed: Office) -> None:
    listed.source.extra = [None, "", "A"]  # type: ignore[attr-defined]

    assert take(listed) == {"listed": 4, "held": 4, "unnamed": 2, "repeated": 1}


def test_keys_are_read_as_those_of_records(listed: Office) -> None:
    """A key with a blank at its end is the same key, as in a record."""
    listed.source.versions = False  # type: ignore[attr-defined]
    hold(listed, *map(paper, "ABC"))
    listed.source.extra = ["D \u200b"]  # type: ignore[attr-defined]

    assert take(listed) == {"listed": 4, "held": 4}
