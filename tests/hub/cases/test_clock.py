"""Due dates: an alert when a case is due, once a term; a case that was closed too early opens again."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from hub.cases import clock, handling, requests, waivers
from hub.cases.clock import Tended
from hub.cases.selection import Selection
from hub.load.case_owners import ABOVE, case_owner

from .conftest import FAULTY, LAN, MINH, PAPER, Office, paper


def test_an_owner_is_reminded_when_a_case_is_due_and_once_a_term(faulty: Office) -> None:
    """A watchdog asks every minute: one alert, one line in the history."""
    before = faulty.act(clock.tend)
    faulty.later(5)
    due, again = faulty.act(clock.tend), faulty.act(clock.tend)
    faulty.later(5)
    next_term = faulty.act(clock.tend)

    assert before == Tended()
    assert due == Tended(reminded=1)
    assert again == Tended()
    assert next_term == Tended(reminded=1)
    assert faulty.acts() == ["reminded", "reminded"]
    assert faulty.rows("select kind, agency from hub.alert") == [("overdue", "nobody")]


def test_a_closed_case_reminds_nobody(faulty: Office) -> None:
    """Nothing is due any more."""
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")
    faulty.later(10)

    assert faulty.act(clock.tend) == Tended()


def test_a_case_closed_too_early_opens_again(faulty: Office) -> None:
    """Somebody said that it was settled, and the record came again as it was: that must not stay out of sight."""
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")
    with faulty.engine.begin() as connection:
        connection.exec_driver_sql('update hub."case" set seen = seen + 1')

    faulty.act(clock.tend)

    assert faulty.state() == "open"
    assert faulty.act(clock.tend) == Tended()


def test_a_case_that_nobody_heeds_is_escalated_once(faulty: Office) -> None:
    """An owner who lets three reminders pass is named to the office above; the case stays where it can be mended."""
    with faulty.engine.begin() as connection:
        row = {"system": "", "unit": ABOVE, "since": "", "owner": "Sở Tư pháp", "list": "x"}
        connection.execute(sa.insert(case_owner).values(row))
    tended = []
    for days in (5, 5, 5, 5, 5, 5):
        faulty.later(days)
        tended.append(faulty.act(clock.tend))

    assert [each.reminded for each in tended] == [1] * 6  # type: ignore[attr-defined]
    assert sum(each.escalated for each in tended) == 1  # type: ignore[attr-defined]
    assert faulty.rows("select kind, agency from hub.alert order by 1") == [
        ("escalated", "Sở Tư pháp"),
        ("overdue", "nobody"),
    ]
    assert faulty.rows('select owner from hub."case"') == [("nobody",)]
    assert faulty.acts().count("escalated") == 1


def test_nobody_is_escalated_before_he_was_reminded(faulty: Office) -> None:
    """The hub stood still for a month: the first that its owner gets is a reminder."""
    faulty.later(40)

    first = faulty.act(clock.tend)
    faulty.later(1)

    assert first == Tended(reminded=1)
    assert faulty.act(clock.tend) == Tended(escalated=1)


def test_a_reopened_case_can_be_escalated_anew(faulty: Office) -> None:
    """Its clock starts from the beginning."""
    for days in (40, 1):
        faulty.later(days)
        faulty.act(clock.tend)
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")
    faulty.sync(paper("B", number=FAULTY))

    assert faulty.act(clock.tend) == Tended()
    assert faulty.rows('select escalated_at from hub."case"') == [(None,)]


def test_an_owner_who_does_not_answer_a_request_is_reminded(faulty: Office) -> None:
    """The case's own date may be far: the request has one too."""
    with faulty.engine.begin() as connection:
        connection.exec_driver_sql("update hub.\"case\" set due_at = due_at + interval '60 days'")
    faulty.act(requests.request, Selection((faulty.case,)), faulty.exchange.validator.keys, LAN)
    faulty.later(6)

    assert faulty.act(clock.tend) == Tended(reminded=1)


def test_a_book_error_that_was_closed_without_its_decision_opens_again(faulty: Office) -> None:
    """Its record may come good before anybody names the decision: the book is corrected by that alone."""
    with faulty.engine.begin() as connection:
        connection.exec_driver_sql("update hub.\"case\" set state = 'closed', fault = 'book'")
    before = faulty.faults()

    tended = faulty.act(clock.tend)

    assert [fault.split(":")[0] for fault in before] == ["a book error ended with the number of a decision"]
    assert tended == Tended(reopened=1)
    assert faulty.state() == "open"
    assert faulty.faults() == []


def test_a_book_error_does_not_end_with_its_waiver(faulty: Office) -> None:
    """The source sends the record right while two people answer for it: the case waits for its decision all the same."""
    faulty.act(handling.assign, Selection((faulty.case,)), None, LAN, fault="book")
    for person in (LAN, MINH):
        faulty.act(waivers.sign, faulty.case, PAPER, date(2022, 6, 30), person)
    faulty.replay()
    faulty.later(0.1)
    faulty.sync(paper("B", "20220601090000"))

    faulty.act(clock.tend)

    assert faulty.state() == "open"
    assert faulty.act(clock.tend) == Tended()
    assert faulty.faults() == []
