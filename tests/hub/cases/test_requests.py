"""A request to correct a record goes the way of error reports, and is followed there."""

from __future__ import annotations

import pytest

from hub.answers import error_reports
from hub.cases import handling, listing, requests
from hub.cases.requests import Requested
from hub.cases.selection import CaseClosed, Selection
from hub.core.actions import Actor

from .conftest import FAULTY, LAN, Office, paper, papers


def ask(office: Office, selection: Selection) -> list[Requested]:
    made = office.act(requests.request, selection, office.exchange.validator.keys, LAN)
    assert isinstance(made, list)
    return made


def test_a_request_is_an_error_report_to_the_owner(faulty: Office) -> None:
    """`hub reports list` shows it beside those of agencies: record, field, owner, date; the reason is sealed."""
    [made] = ask(faulty, Selection((faulty.case,)))

    with faulty.engine.connect() as connection:
        [report] = error_reports.listed(connection)
        words = error_reports.words(connection, report.id, faulty.exchange.validator.keys)
    assert report == made.report
    assert (report.record, report.field, report.owner, report.state) == ("paper/test/B", "SoDinhDanh", "nobody", "open")
    assert words == LAN.why
    assert faulty.acts() == ["requested"]


def test_a_request_is_made_once(faulty: Office) -> None:
    """Repeated, also with another reason, it is the one that waits for its answer."""
    [first] = ask(faulty, Selection((faulty.case,)))
    [again] = faulty.act(  # type: ignore[misc]
        requests.request, Selection((faulty.case,)), faulty.exchange.validator.keys, Actor("Minh", "Một lý do khác.")
    )

    assert (first.made_now, again.made_now) == (True, False)
    assert again.report == first.report
    assert faulty.rows("select count(*) from hub.error_report") == [(1,)]


def test_an_answer_is_part_of_the_history_and_a_new_request_is_possible(faulty: Office) -> None:
    """The owner says that nothing is wrong; the record is still refused, so somebody asks again."""
    [first] = ask(faulty, Selection((faulty.case,)))
    faulty.later(1)
    faulty.act(error_reports.act, first.report.id, "rejected", Actor("UBND Quận 1", "Sổ giấy ghi đúng như vậy."))
    faulty.later(1)

    [second] = ask(faulty, Selection((faulty.case,)))

    assert second.made_now
    assert second.report.id != first.report.id
    with faulty.engine.connect() as connection:
        history = listing.history(connection, faulty.case)
    assert [h["what"] for h in history] == ["opened", "requested", "rejected", "requested"]
    assert history[2]["why"] == "Sổ giấy ghi đúng như vậy."


def test_requests_in_bulk_go_by_reason(office: Office) -> None:
    """One command for all cases of a rule; a case that was asked for already is left alone."""
    office.sync(*papers("ABC", FAULTY), paper("D", TrangThai="9"))
    [(one,)] = office.rows('select min(id) from hub."case"')
    ask(office, Selection((int(str(one)),)))

    made = ask(office, Selection(rule="SoDinhDanh.pattern"))

    assert [each.made_now for each in made] == [False, True, True]
    assert office.faults() == []


def test_nothing_is_requested_for_a_closed_case(faulty: Office) -> None:
    """There is nothing to correct."""
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")

    with pytest.raises(CaseClosed):
        ask(faulty, Selection((faulty.case,)))
