"""Cases that open again by the merge: each change stands in the history, with the batch and the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.cases import agreement, clock, handling, listing, waivers
from hub.cases.clock import Tended
from hub.cases.selection import Selection
from hub.load.counts import Counts
from tests.hub.conftest import CONTRACT, rule_of

from .conftest import FAULTY, LAN, MINH, PAPER, Office, paper

UNTIL = date(2022, 6, 30)


def history(office: Office) -> list[tuple[str, bool, str, str]]:
    """What, whether a batch is named, who, why."""
    with office.engine.connect() as connection:
        rows = listing.history(connection, office.case)
    return [(r["what"], str(r["detail"]).startswith("batch "), r["who"], r["why"]) for r in rows]


def close(office: Office, **how: str) -> None:
    office.act(handling.close, Selection((office.case,)), LAN, **(how or {"fault": "digitisation"}))


def waive(office: Office) -> None:
    for person in (LAN, MINH):
        office.act(waivers.sign, office.case, PAPER, UNTIL, person)
    office.replay()


def test_a_reopening_by_the_merge_is_written_down(faulty: Office) -> None:
    """Once it was silent: a case that a person had closed was open again, and the history said nothing."""
    close(faulty)

    faulty.sync(paper("B", number=FAULTY))

    assert history(faulty) == [
        ("opened", True, "hub", "quarantined"),
        ("closed", False, LAN.who, LAN.why),
        ("reopened", True, "hub", "its record came again as it was"),
    ]
    assert faulty.state() == "open"
    assert faulty.faults() == []


def test_a_reopened_case_has_its_whole_term_again(faulty: Office) -> None:
    """It was overdue at once, and nobody was reminded of it."""
    faulty.later(5)
    faulty.act(clock.tend)
    close(faulty)
    faulty.later(5)

    faulty.sync(paper("B", number=FAULTY))

    assert faulty.act(clock.tend) == Tended()
    faulty.later(5)
    assert faulty.act(clock.tend) == Tended(reminded=1)


def test_a_case_that_came_good_stays_closed(faulty: Office) -> None:
    """It had been closed by a person and seen once more: the clock took that count for a fault of the closing, and
    opened a case whose record was right.
    """
    close(faulty)
    faulty.sync(paper("B", number=FAULTY))
    faulty.sync(paper("B", "20220601090000"))

    assert faulty.state() == "closed"
    assert faulty.act(clock.tend) == Tended()
    assert faulty.state() == "closed"
    assert [what for what, *_ in history(faulty)] == ["opened", "closed", "reopened", "closed"]
    assert faulty.faults() == []


def test_an_old_version_opens_nothing(faulty: Office) -> None:
    """A replay of old pages gives what was wrong once, and a newer version is here."""
    close(faulty)
    faulty.sync(paper("B", "20220601090000"))

    faulty.sync(paper("B", number=FAULTY), mode="live")
    faulty.act(clock.tend)

    assert faulty.state() == "closed"
    assert faulty.faults() == []


def test_a_corrected_book_closes_its_case_when_the_record_comes_good(faulty: Office) -> None:
    """The decision was there before the source had written it: the case stayed open for ever, though nothing was left
    to do.
    """
    close(faulty, fault="book", decision="12/QĐ-UBND")
    faulty.sync(paper("B", number=FAULTY))
    reopened = faulty.state()

    faulty.sync(paper("B", "20220601090000"))

    assert (reopened, faulty.state()) == ("open", "closed")
    assert faulty.faults() == []


def test_a_book_error_without_a_decision_does_not_end_by_a_good_record(faulty: Office) -> None:
    """The paper book is still wrong (Luật Hộ tịch Art. 60.2)."""
    faulty.act(handling.assign, Selection((faulty.case,)), None, LAN, fault="book")

    faulty.sync(paper("B", "20220601090000"))

    assert faulty.state() == "open"


def test_a_waiver_that_is_past_ends_when_its_record_comes(faulty: Office) -> None:
    """Without anybody who runs the clock: the merge writes the end down, and the owner has an alert."""
    waive(faulty)
    faulty.later(40)

    counts = faulty.sync(paper("B", number=FAULTY))

    assert counts == Counts(received=1, quarantined=1)
    assert faulty.state() == "open"
    assert faulty.acts()[-1] == "expired"
    assert faulty.rows("select kind, agency from hub.alert") == [("waiver", "nobody")]
    assert faulty.act(clock.tend) == Tended()
    assert faulty.faults() == []


def test_a_waiver_is_past_without_anybody_running_anything(faulty: Office) -> None:
    """No sync, no clock: the list says that the case is open, because the day is over."""
    waive(faulty)
    chosen = listing.CaseFilter(state="released"), listing.CaseFilter(state="open")

    with faulty.engine.connect() as connection:
        before = [len(listing.cases(connection, faulty.now, each)) for each in chosen]
        faulty.later(40)
        after = [len(listing.cases(connection, faulty.now, each)) for each in chosen]
        shown = listing.one(connection, faulty.case, {}, faulty.now)

    assert (before, after) == ([1, 0], [0, 1])
    assert shown["state"] == "open"


def test_a_rule_that_came_later_is_in_nobody_s_waiver(faulty: Office) -> None:
    """The contract has a rule more: the record that two people let in breaks it too, and nobody signed for that."""
    waive(faulty)
    later = rule_of("SoDinhDanh.later", "pattern", "SoDinhDanh", pattern="9[0-9]*")
    stricter = replace(PAPER, rules=(*PAPER.rules, later))
    contract = replace(CONTRACT, datasets=(stricter,))
    judge = replace(faulty.exchange.validator, contract=contract)
    faulty.exchange = replace(faulty.exchange, contract=contract, validator=judge)

    faulty.replay()

    assert faulty.rows("""select state, rules from hub."case" where record_key = 'B'""") == [
        ("open", ["SoDinhDanh.pattern", "SoDinhDanh.later"])
    ]
    assert faulty.rows("select ended_at is not null from hub.case_waiver") == [(True,)]
    with faulty.engine.connect() as connection:
        assert agreement.broken(connection, faulty.now) == {}


@pytest.mark.parametrize("fault", ["digitisation", "book"])
def test_the_history_says_which_batch_closed_a_case(faulty: Office, fault: str) -> None:
    """The hub acts by a batch: an auditor finds it in the ledger."""
    if fault == "book":
        close(faulty, fault="book", decision="12/QĐ-UBND")
        faulty.sync(paper("B", number=FAULTY))

    faulty.sync(paper("B", "20220601090000"))

    assert history(faulty)[-1] == ("closed", True, "hub", "the record came good")
