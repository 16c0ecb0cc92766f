"""Places and budgets of an agency, on a real PostgreSQL. Over real sockets: tests/service/test_limits.py."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hub.access import alerts, audit, in_flight, limits
from hub.access.audit import AuditEntry, LimitReached
from hub.access.grants.allowance import Allowance, QuestionLimits
from hub.access.inquiry import Inquiry
from hub.core.crypto import Keys
from hub.core.database import connect

KEYS, NOW = Keys(b"k" * 32), datetime(2022, 6, 2, 3, tzinfo=UTC)
ONE, OTHER = "000.00.16.H29", "000.00.28.H29"
SIX = Allowance(6, QuestionLimits(hourly_misses=2, daily_answers=4, hourly_denied=3), granted=True)


@pytest.fixture
def engine(pg_url: str):  # type: ignore[no-untyped-def]
    engine = connect(pg_url)
    yield engine
    engine.dispose()


def asked(
    agency: str = ONE, reference: str = "H1", what: str = "record", officer: str = "officer", number: str = ""
) -> AuditEntry:
    return AuditEntry(Inquiry(agency, officer, "civil-status", reference), what, (number,) if number else ())


def enter(engine: sa.Engine, allowance: Allowance = SIX, **which: str) -> LimitReached | None:
    with engine.begin() as connection:
        return limits.enter(connection, asked(**which), allowance, KEYS, NOW)


def answer(engine: sa.Engine, outcome: str, *, missed: bool | None = None, **which: str) -> LimitReached | None:
    """One question from its place to its row."""
    refused = enter(engine, **which)
    if refused is None:
        with engine.begin() as connection:
            audit.write(connection, asked(**which), KEYS, NOW, outcome=outcome, missed=missed)
    return refused


def places(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("select count(*) from hub.in_flight")) or 0)


def test_each_budget_is_its_own(engine) -> None:  # type: ignore[no-untyped-def]
    """Misses, answers of the day, questions of the hour; each refusal says which, and when to come back."""
    reply = [answer(engine, outcome) for outcome in ("nothing", "nothing", "nothing")]
    assert reply[:2] == [
        None,
        None,
    ]
    assert "asked 2 times within an hour about people or records that are not held; 2 are allowed" in str(reply[2])
    reply = [answer(engine, "answered", agency=OTHER) for _ in range(5)]
    assert reply[:4] == [None] * 4
    assert "was answered 4 times within 24 hours; 4 are allowed" in str(reply[4])
    assert 86_000 < reply[4].retry_after_s <= 86_400
    reply = [answer(engine, "nothing", missed=False, agency="third") for _ in range(7)]
    assert reply[:6] == [None] * 6
    assert "asked 6 times within an hour; 6 are allowed" in str(reply[6])
    assert 3500 < reply[6].retry_after_s <= 3600
    assert places(engine) == 0


def test_what_is_held_and_may_not_be_shown_is_a_miss_too(engine) -> None:  # type: ignore[no-untyped-def]
    """At the last miss the next question would tell whether the one before it was denied or found nothing."""
    assert [answer(engine, "denied", missed=True) for _ in range(2)] == [None, None]
    assert answer(engine, "denied") is not None
    assert [answer(engine, "denied", agency=OTHER) for _ in range(9)] == [None] * 9  # refused before any search


def raised(engine: sa.Engine) -> list[tuple[str, str, int]]:
    """The alerts: kind, agency, how often."""
    with engine.connect() as connection:
        return [(each.kind, each.agency, each.count) for each in alerts.listed(connection)]


def test_a_storm_of_denied_questions_is_an_alert(engine) -> None:  # type: ignore[no-untyped-def]
    """A program with a token of a wrong law wrote a row a question, thousands an hour, and nobody heard of it."""
    assert [answer(engine, "denied") for _ in range(3)] == [None] * 3
    assert raised(engine) == []
    assert [answer(engine, "denied") for _ in range(3)] == [None] * 3
    assert raised(engine) == [("denied", ONE, 3)]
    assert answer(engine, "answered", agency=OTHER) is None
    assert raised(engine) == [("denied", ONE, 3)]


def test_what_counts_elsewhere_is_no_storm_of_denied_questions(engine) -> None:  # type: ignore[no-untyped-def]
    """A denial after a search is a miss, and without any grant each denial counts in the hour: those have alerts of their own."""
    with engine.begin() as connection:
        for _ in range(4):
            audit.write(connection, asked(), KEYS, NOW, outcome="denied", missed=True)
            audit.write(connection, asked(agency=OTHER), KEYS, NOW, outcome="denied")
    enter(engine)
    assert enter(engine, replace(SIX, granted=False), agency=OTHER) is None
    assert [kind for kind, _, _ in raised(engine)] == ["misses"]


def test_a_state_that_is_polled_misses_once(engine) -> None:  # type: ignore[no-untyped-def]
    """A client that polled a refused question would have used up its agency's misses."""
    assert [answer(engine, "nothing", what="status") for _ in range(4)] == [None] * 4
    assert answer(engine, "nothing", what="status", reference="H2") is None
    assert answer(engine, "nothing", what="status", reference="H3") is not None


def _broken(engine: sa.Engine) -> None:
    with in_flight.released(engine):
        enter(engine)
        assert places(engine) == 1
        raise ZeroDivisionError


def test_a_place_ends_with_its_question(engine) -> None:  # type: ignore[no-untyped-def]
    """A fault or a died process would have held its place for ever."""
    with pytest.raises(ZeroDivisionError):
        _broken(engine)
    assert places(engine) == 0
    for _ in range(2):
        assert enter(engine) is None  # nobody answers
    refused = enter(engine)
    assert refused is not None
    assert "has 2 in work" in str(refused)
    assert refused.retry_after_s == 1
    with engine.begin() as connection:
        connection.execute(sa.text("update hub.in_flight set at = at - interval '6 minutes'"))
    assert enter(engine) is None
    assert places(engine) == 1


def test_agencies_do_not_wait_for_each_other(engine) -> None:  # type: ignore[no-untyped-def]
    """While one agency's question is being let in, its own wait and another's do not."""
    with engine.begin() as connection:
        limits.enter(connection, asked(), SIX, KEYS, NOW)
        waiting = threading.Thread(target=enter, args=(engine,))
        waiting.start()
        assert enter(engine, agency=OTHER) is None
        waiting.join(0.5)
        assert waiting.is_alive()
    waiting.join(20)
    assert not waiting.is_alive()
    assert places(engine) == 3


WIDE = Allowance(1000, QuestionLimits(1000, 1000, officer_hourly=5, officer_subjects=3, subject_daily=4), granted=True)


def officer_asks(engine: sa.Engine, number: str, officer: str = "officer", **which: str) -> LimitReached | None:
    """One answered question of an officer about a person, within limits of officers."""
    refused = enter(engine, WIDE, officer=officer, number=number, **which)
    if refused is None:
        with engine.begin() as connection:
            entry = asked(officer=officer, number=number, **which)
            audit.write(connection, entry, KEYS, NOW, outcome="answered" if number else "nothing", missed=False)
    return refused


def test_an_officer_asks_about_so_many_persons_a_day(engine) -> None:  # type: ignore[no-untyped-def]
    """With hits alone an officer could read out a register up to the agency's ceiling. Those asked about before stay open."""
    assert [officer_asks(engine, f"07919000000{n}") for n in range(3)] == [None] * 3
    assert "asked about 3 other persons within 24 hours; 3 are allowed" in str(officer_asks(engine, "079190000009"))
    assert officer_asks(engine, "079190000002") is None
    assert officer_asks(engine, "079190000009", officer="another") is None
    assert officer_asks(engine, "079190000009", agency=OTHER) is None
    assert {kind for kind, _, _ in raised(engine)} == {"census", "subjects"}


def test_a_search_without_a_number_is_a_person_too(engine) -> None:  # type: ignore[no-untyped-def]
    """Names and books could be walked past the count of numbers."""
    assert [officer_asks(engine, "") for _ in range(3)] == [None] * 3
    assert "3 other persons" in str(officer_asks(engine, ""))


def test_an_officer_s_hour_is_not_the_agency_s(engine) -> None:  # type: ignore[no-untyped-def]
    number = "079190000001"
    for officer in ("a", "b"):
        assert [officer_asks(engine, number, officer, what="preview") for _ in range(2)] == [None] * 2
    assert "asked 4 times within 24 hours about this person; 4 are allowed" in str(officer_asks(engine, number, "c"))
    assert [officer_asks(engine, "", what="status") for _ in range(5)] == [None] * 5
    assert "has an officer who asked 5 times within an hour" in str(officer_asks(engine, "", what="status"))
    assert officer_asks(engine, "", "another", what="status") is None
    assert {kind for kind, _, _ in raised(engine)} == {"subject", "officer"}


def test_an_officer_s_questions_in_work_count(engine) -> None:  # type: ignore[no-untyped-def]
    """Ten connections at once pass no limit of their officer; another officer does not wait for them."""
    assert [enter(engine, WIDE, number=f"07919000000{n}") for n in range(3)] == [None] * 3
    refused = enter(engine, WIDE, number="079190000009")
    assert refused is not None
    assert refused.retry_after_s == 1
    assert enter(engine, WIDE, officer="another", number="079190000009") is None
