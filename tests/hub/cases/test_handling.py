"""Assigning and closing: each act once, however often it is repeated, and written down with who and why."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.cases import handling, listing
from hub.cases.handling import FaultMissing
from hub.cases.selection import CaseClosed, NoCaseNamed, Selection
from hub.core.errors import DatabaseRefused, NotFound

from .conftest import FAULTY, LAN, MINH, Office, paper, papers


def test_an_assignment_is_one_act_however_often_it_is_repeated(faulty: Office) -> None:
    """A command that was killed after its commit is typed again: the history must not say that it was done twice."""
    only = Selection((faulty.case,))

    first = faulty.act(handling.assign, only, "UBND Quận 1", LAN)
    again = faulty.act(handling.assign, only, "UBND Quận 1", LAN)

    assert first == [faulty.case]
    assert again == []
    assert faulty.rows('select owner, assigned from hub."case"') == [("UBND Quận 1", True)]
    assert faulty.acts() == ["assigned"]
    assert faulty.faults() == []


def test_a_digitisation_error_is_closed_with_a_reason(faulty: Office) -> None:
    """The history says what it was, who closed it and why."""
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")

    assert faulty.state() == "closed"
    with faulty.engine.connect() as connection:
        history = listing.history(connection, faulty.case)
        [(batch,)] = faulty.rows('select first_batch from hub."case"')
    assert [(h["what"], h["detail"], h["who"], h["why"]) for h in history] == [
        ("opened", f"batch {str(batch)[:12]}", "hub", "quarantined"),
        ("closed", "digitisation", LAN.who, LAN.why),
    ]


def test_a_book_error_ends_only_with_the_number_of_its_decision(faulty: Office) -> None:
    """The paper book is the legal basis: nobody may call it corrected without the decision (cải chính)."""
    only = Selection((faulty.case,))
    faulty.act(handling.assign, only, None, LAN, fault="book")

    with pytest.raises(FaultMissing, match="decision"):
        faulty.act(handling.close, only, LAN)
    with pytest.raises(FaultMissing, match="decision"):
        faulty.act(handling.close, only, LAN, decision=" ")
    assert faulty.state() == "open"
    faulty.act(handling.close, only, LAN, decision="12/QĐ-UBND")

    assert faulty.rows('select state, fault, decision_number from hub."case"') == [("closed", "book", "12/QĐ-UBND")]
    assert faulty.acts() == ["classified", "closed"]


def test_nobody_closes_a_case_without_saying_what_was_wrong(faulty: Office) -> None:
    """A digitisation error has no decision; an unknown kind is named as such; neither closes anything."""
    only = Selection((faulty.case,))

    with pytest.raises(FaultMissing, match="what was wrong"):
        faulty.act(handling.close, only, LAN)
    with pytest.raises(FaultMissing, match="no decision corrects it"):
        faulty.act(handling.close, only, LAN, fault="digitisation", decision="1/QĐ")
    with pytest.raises(FaultMissing, match="no kind of error"):
        faulty.act(handling.close, only, LAN, fault="typo")

    assert faulty.acts() == []


def test_closing_again_alike_is_nothing_and_otherwise_is_refused(faulty: Office) -> None:
    """Two people who close one case by two decisions must find out that they differ."""
    only = Selection((faulty.case,))
    faulty.act(handling.close, only, LAN, fault="book", decision="12/QĐ-UBND")

    assert faulty.act(handling.close, only, LAN, fault="book", decision="12/QĐ-UBND") == []
    with pytest.raises(CaseClosed, match="otherwise"):
        faulty.act(handling.close, only, MINH, fault="book", decision="13/QĐ-UBND")
    with pytest.raises(CaseClosed):
        faulty.act(handling.assign, only, "UBND Quận 3", MINH)
    assert faulty.acts() == ["closed"]


def test_bulk_acts_go_by_reason_and_touch_nothing_else(office: Office) -> None:
    """Two thousand cases of one rule are one act of a person, not two thousand commands."""
    office.sync(*papers("ABC", FAULTY), paper("D", TrangThai="9"))

    closed = office.act(handling.close, Selection(rule="SoDinhDanh.pattern"), LAN, fault="digitisation")

    assert len(closed) == 3  # type: ignore[arg-type]
    assert office.rows('select state, count(*) from hub."case" group by 1 order by 1') == [("closed", 3), ("open", 1)]
    assert office.act(handling.close, Selection(rule="SoDinhDanh.pattern"), LAN, fault="digitisation") == []
    assert office.faults() == []


def test_an_act_without_a_case_is_refused_and_an_unknown_number_stops_the_whole_act(faulty: Office) -> None:
    """`hub cases close` alone must not close everything; of a list with a wrong number nothing is done."""
    with pytest.raises(NoCaseNamed):
        faulty.act(handling.close, Selection(), LAN, fault="digitisation")
    with pytest.raises(NotFound, match="No case 999"):
        faulty.act(handling.close, Selection((faulty.case, 999)), LAN, fault="digitisation")

    assert faulty.state() == "open"
    assert faulty.acts() == []


def test_the_history_cannot_be_rewritten(faulty: Office) -> None:
    """Not even by the hub's own login."""
    faulty.act(handling.assign, Selection((faulty.case,)), "UBND Quận 1", LAN)

    with pytest.raises(DatabaseRefused), faulty.engine.begin() as connection:
        connection.execute(sa.text("update hub.act set who = 'somebody else'"))


def test_a_look_at_a_record_is_an_act(faulty: Office) -> None:
    """Who looked at a person's record, and why."""
    faulty.act(listing.note_look, faulty.case, LAN)

    assert faulty.rows('select what, who, why from hub.act where "case" is not null') == [("viewed", LAN.who, LAN.why)]


@pytest.mark.parametrize("given", ["chưa có", "Nguyễn Văn A", "Quyết định", "079190000001 Trần Thị Lan"])
def test_what_is_no_number_ends_no_book_error(faulty: Office, given: str) -> None:
    """Words such as chưa có (not yet) were taken for the number, and the case was closed. They are not repeated."""
    with pytest.raises(FaultMissing, match="no number of a decision") as refused:
        faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="book", decision=given)

    assert given not in f"{refused.value.message} {refused.value.hint}"
    assert faulty.state() == "open"


@pytest.mark.parametrize("given", ["12", "12/QĐ-UBND", "05/2022/QĐ-TP", "Số 7/TLCCHT-BS"])
def test_numbers_of_decisions_as_offices_write_them(faulty: Office, given: str) -> None:
    """With and without year and office."""
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="book", decision=given)

    assert faulty.rows('select decision_number from hub."case"') == [(given,)]


def test_bulk_by_owner(office: Office) -> None:
    """Everything of one office, and nothing of another."""
    office.sync(*papers("ABC", FAULTY))
    [(first,)] = office.rows('select min(id) from hub."case"')
    office.act(handling.assign, Selection((int(str(first)),)), "UBND Quận 1", LAN)

    closed = office.act(handling.close, Selection(owner="UBND Quận 1"), LAN, fault="digitisation")

    assert closed == [first]
