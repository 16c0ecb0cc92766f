"""Records that left their source: a person's list, never a page that lacks them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.cases import departures
from hub.cases.findings import FindingFilter
from hub.cases.selection import NoCaseNamed
from hub.core.errors import NotFound
from hub.load.case_owners import case_owner
from hub.load.counts import Counts

from .conftest import LAN, MINH, PAPER, Office, paper

LEFT = (
    "select record_key, until is not null, resolved_at is not null from hub.finding where rule = 'record.left-source'"
)


@pytest.fixture
def full(office: Office) -> Office:
    office.sync(paper("A"), paper("B"))
    return office


def note(office: Office, *keys: str) -> object:
    with office.engine.begin() as connection:
        return departures.note(connection, "test.paper", PAPER, keys, LAN, office.now)


def test_a_page_that_lacks_a_record_says_nothing(full: Office) -> None:
    """A source that was read by a broken filter lacks half the city."""
    assert full.sync(paper("A")) == Counts(received=1, unchanged=1)
    assert full.rows(LEFT) == []


def test_a_list_is_noted_once_and_released_once(full: Office) -> None:
    """One act ends the whole list; who noted and who released stands in the history."""
    assert [note(full, "A", "B", "B", ""), note(full, "A", "B")] == [2, 0]

    done = full.act(departures.release, FindingFilter(stream="test.paper"), MINH)
    again = full.act(departures.release, FindingFilter(stream="test.paper"), MINH)

    assert len(done) == 2  # type: ignore[arg-type]
    assert again == []
    assert full.rows(LEFT) == [("A", True, False), ("B", True, False)]
    assert full.rows("select what, who, count(*) from hub.act where finding is not null group by 1, 2 order by 1") == [
        ("left", LAN.who, 2),
        ("released", MINH.who, 2),
    ]
    assert full.faults() == []


@pytest.mark.parametrize("released", [False, True])
def test_a_record_that_comes_again_is_back(full: Office, released: bool) -> None:
    """Unchanged or newer: its source has it, whatever was noted and released."""
    note(full, "A", "B")
    if released:
        full.act(departures.release, FindingFilter(stream="test.paper"), MINH)

    counts = full.sync(paper("A"), paper("B", "20220601090000", NgaySinh="1990"))

    assert counts == Counts(received=2, unchanged=1, accepted=1)
    assert [row[2] for row in full.rows(LEFT)] == [True, True]
    assert note(full, "A") == 1
    assert full.faults() == []


def test_a_key_that_is_no_record_stops_the_list(full: Office) -> None:
    """A list of another register, or a file with a header."""
    with pytest.raises(NotFound, match="1 of 2 keys"):
        note(full, "A", "ma_ho_so")
    with pytest.raises(NotFound, match="0 of 0 keys"):
        note(full)
    assert full.rows(LEFT) == []


def test_a_record_that_left_is_its_unit_s(full: Office) -> None:
    """A clerk who lists the findings of one unit did not see them: they had none."""
    with full.engine.begin() as connection:
        row = {"system": "test", "unit": "760", "since": "2021-01-01", "owner": "UBND Quận 1", "list": "x"}
        connection.execute(sa.insert(case_owner).values(row))

    note(full, "A")

    assert full.rows("select unit from hub.finding") == [("760",)]


def test_only_what_left_is_released(full: Office) -> None:
    """Another finding ends no evidence; nothing named ends nothing."""
    full.sync(paper("C", number="079190000001", NgaySinh="12.05.1971"))
    [(other,)] = full.rows("select id from hub.finding")

    with pytest.raises(NotFound):
        full.act(departures.release, FindingFilter((int(str(other)),)), MINH)
    with pytest.raises(NoCaseNamed):
        full.act(departures.release, FindingFilter(), MINH)
