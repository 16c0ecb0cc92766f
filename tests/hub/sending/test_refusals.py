"""Rows that a receiver refused: cases of the owning unit, opened once, closed when the receiver accepts the record."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.cases import agreement, listing
from hub.cases.listing import CaseFilter
from hub.feeds.forms.workbook import workbook
from hub.recall import recalls
from hub.sending import refusals
from hub.sending.refusals import RefusalRound
from tests.hub.sending.answered import settle, signed
from tests.hub.sending.inbox import Way, paper

CASES = (
    'select record_key, state, rules, detail, seen, delivery, owner from hub."case" where feed is not null order by id'
)
UNKNOWN_CODE = {"line": 2, "reason": "unknown-code", "field": "TrangThai"}
NOW_OPEN = ("B", "open", ["receiver.unknown-code"], "moj-papers-00000001, line 2, TrangThai", 1, 1, "Sở")


def look(way: Way) -> RefusalRound:
    return refusals.look(way.city.engine, [way.city.feed], way.city.clock[0])


def refuse(way: Way, number: int = 1, *rows: dict[str, object], days: int = 0) -> RefusalRound:
    """The receiver's answer about its newest delivery: these rows are refused, the others taken."""
    settle(way, signed(way, refused=list(rows), days=days), number)
    return look(way)


@pytest.fixture
def refused(way: Way) -> Way:
    """The second of three records was refused for a code."""
    way.release(paper("A"), paper("B", TrangThai="1"), paper("C"))
    assert RefusalRound(1, 1, 0) == refuse(way, 1, UNKNOWN_CODE)
    return way


def test_a_refused_row_is_a_case_once(refused: Way) -> None:
    """Its unit's, with reason and field; the same answer again, and another look, change nothing."""
    assert [NOW_OPEN] == refused.city.rows(CASES)
    settle(refused, signed(refused, refused=[UNKNOWN_CODE]))
    assert RefusalRound() == look(refused)
    assert [NOW_OPEN] == refused.city.rows(CASES)
    assert [(1, 3, 2, 1, 0, 0)] == refused.equation()


def test_its_case_is_shown_in_two_languages(refused: Way) -> None:
    """Among the cases of people, with the landed page of its record; its history says who refused it."""
    contracts = {refused.city.feed.contract.name: refused.city.feed.contract}
    with refused.city.engine.connect() as connection:
        [row] = listing.cases(connection, refused.city.clock[0], CaseFilter(rule="receiver.unknown-code"))
        [reason] = listing.one(connection, row["id"], contracts, refused.city.clock[0])["reasons"]
        [opened] = listing.history(connection, row["id"])
    assert "danh mục" in reason["sentence"]
    assert "catalogue" in reason["english"]
    assert "refused by the receiver of moj-papers" == opened["why"]


def test_a_corrected_redelivery_closes_it(refused: Way) -> None:
    """The source's correction alone closes nothing: the receiver's word does."""
    refused.release(paper("B", 2, TrangThai="2"))
    assert RefusalRound() == look(refused)
    assert [("B", "open")] == [row[:2] for row in refused.city.rows(CASES)]
    assert RefusalRound(1, 0, 1) == refuse(refused, 2)
    assert [("B", "closed")] == [row[:2] for row in refused.city.rows(CASES)]
    query = 'select what, detail, why from hub.act where "case" is not null'
    assert [("closed", "moj-papers-00000002", "its receiver accepted the record")] == refused.city.rows(query)


def test_refused_again_it_is_seen_again(refused: Way) -> None:
    """One case a record and feed, open again for the newer reason."""
    refused.release(paper("B", 2, TrangThai="2"))
    refuse(refused, 2)
    refused.release(paper("B", 3, TrangThai="1"))
    assert RefusalRound(1, 1, 0) == refuse(refused, 3, {"line": 1, "reason": "person-conflict"})
    again = ("B", "open", ["receiver.person-conflict"], "moj-papers-00000003, line 1", 2, 3, "Sở")
    assert [again] == refused.city.rows(CASES)
    query = 'select what from hub.act where "case" is not null order by id'
    assert [("closed",), ("reopened",)] == refused.city.rows(query)


def test_the_newest_word_about_a_delivery_counts(refused: Way) -> None:
    """The receiver takes a refusal back: the case closes. A word older than the newest changes nothing."""
    assert RefusalRound(1, 0, 1) == refuse(refused, 1, days=2)
    older = {"line": 1, "reason": "unknown-unit"}
    assert RefusalRound(1, 0, 0) == refuse(refused, 1, older, days=1)
    assert [("B", "closed")] == [row[:2] for row in refused.city.rows(CASES)]


def test_a_later_delivery_says_what_the_record_is(refused: Way) -> None:
    """A refusal of the first delivery that comes after the second was accepted opens nothing for what the second brought."""
    refused.release(paper("B", 2, TrangThai="2"))
    refuse(refused, 2)
    with refused.city.engine.begin() as connection:
        connection.execute(sa.text("alter table hub.refusal_look disable trigger user"))
        connection.execute(sa.text("delete from hub.refusal_look"))
    assert RefusalRound(2, 0, 0) == look(refused)
    assert [("B", "closed", 1)] == [(row[0], row[1], row[4]) for row in refused.city.rows(CASES)]


def test_readings_leave_it_alone(refused: Way) -> None:
    """It is no quarantined record: the ledger, the merge that takes the record again and the doctor do not count it."""
    refused.city.sync(paper("B", TrangThai="1"))
    with refused.city.engine.connect() as connection:
        assert {} == agreement.broken(connection, refused.city.clock[0])
    assert [NOW_OPEN] == refused.city.rows(CASES)


def test_a_tombstone_that_is_refused(refused: Way) -> None:
    """A case about the version that the receiver was to delete."""
    city = refused.city
    with city.engine.begin() as connection:
        connection.execute(
            sa.text("""
                insert into hub.finding (stream, dataset, record_key, rule, batch, found_at, until)
                select id, 'paper', 'C', 'record.left-source', last_batch, :now, :now from hub.stream"""),
            {"now": city.clock[0]},
        )
    refused.release(paper("D", 2))
    assert [("delete",)] == city.rows("select operation from hub.delivery_item where key = 'C' and sequence = 2")
    [line] = city.rows("select number from hub.delivery_item where key = 'C' and sequence = 2")
    assert RefusalRound(1, 1, 0) == refuse(refused, 2, {"line": line[0], "reason": "legal-hold"})
    assert [("B", 1), ("C", 2)] == [(row[0], row[5]) for row in city.rows(CASES)]


def test_listed_without_a_person(refused: Way) -> None:
    """Line, reason, field, case and both sentences; no key and no value. As a workbook too."""
    with refused.city.engine.connect() as connection:
        [row] = refusals.listed(connection, [refused.city.feed.id])
    assert ("moj-papers", 1, 2, "unknown-code", "TrangThai", "open") == (*tuple(row.values())[:5], row["state"])
    assert workbook([row], "Refused rows").startswith(b"PK")
    refuse(refused, 1, days=1)
    with refused.city.engine.connect() as connection:
        assert [] == refusals.listed(connection, [refused.city.feed.id])


@pytest.mark.parametrize("field", ["Nguyễn Văn A", "LoaiGiayTo"])
def test_a_field_that_the_delivery_does_not_have(way: Way, field: str) -> None:
    """It could be a value: the whole answer does not count."""
    from hub.sending.answers import AnswerUnfit

    way.release(paper("A"))
    with pytest.raises(AnswerUnfit):
        settle(way, signed(way, refused=[{"line": 1, "reason": "unknown-code", "field": field}]))


def test_a_recall_is_settled_by_rows_that_were_taken(way: Way) -> None:
    """A delivery of which one row was refused tells of the others: their notices close, that of the refused row stays."""
    city = way.city
    way.release(paper("A"), paper("B"))
    refuse(way, 1)
    contracts = {"paper": city.feed.contract}
    recalls.look(city.engine, contracts, city.builder.keys, city.clock[0])
    way.release(paper("A", 2, TrangThai="2"), paper("B", 2, TrangThai="2"))
    refuse(way, 2, {"line": 2, "reason": "unknown-code"})
    found = recalls.look(city.engine, contracts, city.builder.keys, city.clock[0] + timedelta(hours=1))
    assert (2, 1) == (found.notices, found.settled)
    left = city.rows("select record_key from hub.recall_notice where acknowledged_at is null")
    assert [("B",)] == left
