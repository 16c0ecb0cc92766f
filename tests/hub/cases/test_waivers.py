"""Two people answer for a record until a day: it comes in with a finding, and goes out of use when the day is past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.model import Effect
from hub.cases import clock, handling, waivers
from hub.cases.refusals import refuse
from hub.cases.selection import CaseClosed, Selection
from hub.cases.waivers import NotWaivable, Signed
from hub.core.actions import Actor
from hub.load.counts import Counts
from hub.load.second_opinion.accepted import Span, accepted_rows
from hub.load.waivers import waivable

from .conftest import FAULTY, LAN, MINH, PAPER, Office, paper, papers

UNTIL = date(2022, 6, 30)


def sign(office: Office, person: Actor, until: date = UNTIL) -> Signed:
    signed = office.act(waivers.sign, office.case, PAPER, until, person)
    assert isinstance(signed, Signed)
    return signed


def test_one_signature_changes_nothing(faulty: Office) -> None:
    """The first of two people proposes; the record stays out."""
    signed = sign(faulty, LAN)

    assert (signed.signatures, signed.in_force) == (1, False)
    assert faulty.replay() == Counts(received=2, unchanged=1, quarantined=1)
    assert faulty.state() == "open"
    assert faulty.faults() == []


@pytest.mark.parametrize(
    "same",
    ["Lan", "lan", " LAN ", "Ｌan", "L\u200ban", "L.a_n", "Lân", "HCMC\\lan", "lan@hcmc.gov.vn", "La\u0302n", "l-an"],
)
def test_one_person_cannot_sign_twice(faulty: Office, same: str) -> None:
    """Another spelling of a name is no second person."""
    sign(faulty, LAN)

    signed = sign(faulty, Actor(same, "Vẫn là tôi."))

    assert (signed.signatures, signed.in_force) == (1, False)
    assert faulty.acts() == ["signed"]


@pytest.mark.parametrize("looks_like_it", ["L\u0430n", "。。", "Λαν", "12", "@hcmc.gov.vn"])
def test_a_name_that_can_pass_for_another_signs_nothing(faulty: Office, looks_like_it: str) -> None:
    """A Cyrillic letter looks like a Latin one: one person would be two. The name is not repeated in the refusal."""
    with pytest.raises(NotWaivable, match="letters that can pass for others"):
        sign(faulty, replace(LAN, who=looks_like_it))
    assert faulty.acts() == []


def test_a_proposal_is_refused_once_and_can_be_made_anew(faulty: Office) -> None:
    """The record stays out; nothing happens where nothing is proposed; the history has each act once."""
    only = Selection((faulty.case,))
    assert [] == faulty.act(refuse, only, MINH)
    sign(faulty, LAN)
    assert [[faulty.case], []] == [faulty.act(refuse, only, MINH) for _ in range(2)]
    assert (sign(faulty, MINH).signatures, faulty.state()) == (1, "open")
    assert faulty.acts() == ["signed", "refused", "signed"]
    assert faulty.faults() == []


def test_what_two_people_signed_nobody_refuses(faulty: Office) -> None:
    """It ends with its case, or with its day."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    with pytest.raises(NotWaivable, match="is in force"):
        faulty.act(refuse, Selection((faulty.case,)), MINH)
    assert faulty.state() == "released"


def test_a_bulk_waiver_is_signed_by_two_for_each_of_its_cases(office: Office) -> None:
    """Forty records of one fault of a form are two commands, not eighty; again they change nothing."""
    office.sync(*papers("ABC", FAULTY), paper("D"))
    bulk = Selection(rule="SoDinhDanh.pattern")

    signed = [
        office.act(waivers.sign_all, bulk, lambda case: PAPER, UNTIL, person) for person in (LAN, LAN, MINH, MINH)
    ]
    office.replay()

    assert [[each.in_force for each in some] for some in signed] == [[False] * 3, [False] * 3, [True] * 3, []]  # type: ignore[attr-defined]
    assert office.acts().count("signed") == 6
    assert office.rows("select count(*) from warehouse.paper") == [(4,)]
    assert office.faults() == []


def test_of_a_list_with_one_that_nobody_can_answer_for_none_is_signed(office: Office) -> None:
    """Half a list would leave the second person to find out which half."""
    office.sync(paper("A", number=FAULTY), paper("B", TrangThai="9"))

    with pytest.raises(NotWaivable):
        office.act(waivers.sign_all, Selection(stream="test.paper"), lambda case: PAPER, UNTIL, LAN)
    assert office.acts() == []


def test_with_the_second_signature_the_record_comes_in_with_its_finding(faulty: Office) -> None:
    """The broken rule is a finding now; the equation holds, and a recount gives the same terms."""
    sign(faulty, LAN)
    signed = sign(faulty, MINH)

    counts = faulty.replay()

    assert signed.now_in_force
    assert counts == Counts(received=2, accepted=1, unchanged=1, findings=1)
    assert faulty.rows("select _key from warehouse.paper order by 1") == [("A",), ("B",)]
    assert faulty.rows("select record_key, rule, until is not null, resolved_at from hub.finding") == [
        ("B", "SoDinhDanh.pattern", True, None)
    ]
    assert faulty.acts()[:3] == ["signed", "signed", "released"]
    assert faulty.faults() == []


def test_a_record_under_a_waiver_stays_in_when_it_comes_again(faulty: Office) -> None:
    """It leaves no received hash, so every reading judges it, and finds the waiver or its end."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()

    counts = faulty.sync(paper("A"), paper("B", number=FAULTY))

    assert counts == Counts(received=2, unchanged=2)
    assert faulty.faults() == []


def test_a_waiver_covers_its_content_and_its_rules_only(faulty: Office) -> None:
    """Another version that breaks the rule too is a case of its own; nobody has signed for it."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()

    counts = faulty.sync(paper("B", "20220601090000", number="279190000001"))

    assert counts == Counts(received=1, quarantined=1)
    assert faulty.rows("select count(*) from hub.\"case\" where state = 'open'") == [(1,)]
    assert faulty.faults() == []


def test_after_its_day_the_record_is_a_case_again(faulty: Office) -> None:
    """Two people answered until a day, not for ever: the case is open, the owner gets an alert, once."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()
    faulty.later(30)

    first, again = faulty.act(clock.tend), faulty.act(clock.tend)
    counts = faulty.sync(paper("B", number=FAULTY))

    assert (first.expired, again.expired) == (1, 0)  # type: ignore[attr-defined]
    assert faulty.state() == "open"
    assert faulty.rows("select kind, agency, count from hub.alert where kind = 'waiver'") == [("waiver", "nobody", 1)]
    assert counts == Counts(received=1, quarantined=1)
    assert faulty.acts().count("expired") == 1
    assert faulty.faults() == []


def test_without_the_clock_a_late_reading_still_quarantines(faulty: Office) -> None:
    """The merge goes by the day, not by whether somebody noted its end."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()
    faulty.later(30)

    assert faulty.sync(paper("B", number=FAULTY)) == Counts(received=1, quarantined=1)
    assert faulty.faults() == []


def test_a_repaired_record_leaves_its_finding_behind(faulty: Office) -> None:
    """The source mends it: the next version has no finding, whatever was signed."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()
    faulty.later(0.1)

    counts = faulty.sync(paper("B", "20220601090000"))

    assert counts == Counts(received=1, accepted=1)
    assert faulty.rows("select resolved_at is not null from hub.finding") == [(True,)]
    faulty.act(clock.tend)
    assert faulty.state() == "closed"
    assert faulty.faults() == []


def test_it_can_be_signed_anew_when_its_day_is_past(faulty: Office) -> None:
    """By two people again; the old signatures do not count."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.later(30)

    signed = sign(faulty, MINH, date(2022, 8, 1))

    assert (signed.signatures, signed.in_force) == (1, False)
    assert faulty.state() == "open"
    assert sign(faulty, LAN, date(2022, 8, 1)).in_force
    assert faulty.state() == "released"


@pytest.mark.parametrize("days", [-1, 367])
def test_a_day_that_is_past_or_too_far_is_refused(faulty: Office, days: int) -> None:
    """A waiver for ever would be a rule that nobody changed."""
    with pytest.raises(NotWaivable, match="past or too long"):
        sign(faulty, LAN, faulty.now.date() + timedelta(days=days))
    assert faulty.acts() == []


def test_two_people_sign_the_same_day(faulty: Office) -> None:
    """The second must know what the first signed."""
    sign(faulty, LAN)

    with pytest.raises(NotWaivable, match="signed until 2022-06-30"):
        sign(faulty, MINH, date(2022, 7, 1))


def test_what_the_warehouse_cannot_hold_cannot_be_waived(office: Office) -> None:
    """A code outside its list would meet the table's own check; the person learns it before, with the next step."""
    office.sync(paper("A", TrangThai="9"))

    with pytest.raises(NotWaivable, match=r"TrangThai\.code") as refused:
        sign(office, LAN)

    assert f"hub cases request {office.case}" in refused.value.hint
    assert waivable(PAPER, "SoDinhDanh.pattern")
    assert not waivable(PAPER, "record.unreadable")


def test_a_closed_case_needs_no_waiver_and_closing_ends_one(faulty: Office) -> None:
    """Closed while a waiver is in force: nobody answers for the record any more."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")

    with pytest.raises(CaseClosed):
        sign(faulty, LAN)
    assert faulty.replay() == Counts(received=2, unchanged=1, quarantined=1)
    assert faulty.faults() == []


def test_with_its_case_closed_a_record_is_no_evidence_any_more(faulty: Office) -> None:
    """Nobody answers for it: it stayed *confirm* until the day that two people had named."""
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()
    faulty.later(1)

    faulty.act(handling.close, Selection((faulty.case,)), LAN, fault="digitisation")

    [(until,)] = faulty.rows("select until from hub.finding")
    assert until == faulty.now


def test_the_second_engine_is_not_asked_about_records_under_a_waiver(faulty: Office) -> None:
    """They do break a rule: the daily run would call the engines apart, and stop the stream."""
    faulty.exchange = replace(faulty.exchange)
    sign(faulty, LAN)
    sign(faulty, MINH)
    faulty.replay()

    [(last, rules)] = faulty.rows("select max(serial), max(rules) from hub.batch where state = 'applied'")
    span = Span("test.paper", 0, int(str(last)))
    with accepted_rows(faulty.engine, faulty.exchange.contract, span, str(rules), {}, "opinion_t") as (_, seen):
        assert seen == 1


def test_rules_that_reject_only_are_waivable() -> None:
    """A finding rejects nothing, so nobody signs for it."""
    finding = next(rule for rule in PAPER.rules if rule.effect is Effect.FINDING)

    assert not waivable(PAPER, finding.id)
