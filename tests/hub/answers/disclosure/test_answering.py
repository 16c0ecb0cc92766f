"""From the limit to the audit row: what is answered, refused, raised or forgotten leaves one row, or none where nothing can be noted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from contracts.errors import Transient
from hub.access.answering import WayOut
from hub.access.audit import AuditEntry, LimitReached
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.answers import error_reports
from hub.answers.error_reports import Finding
from hub.answers.ministry.codes import Denied, MinistryRefusal
from hub.core.errors import NotFound, NotGranted, OutcomeMissing

from .conftest import BORN, CHILD, DEAD, QUAN_1, asking


@pytest.fixture
def way_out(disclosure) -> WayOut:
    return disclosure().way_out


def rows(engine: sa.Engine) -> list[tuple[str, bool]]:
    """Outcome and whether it missed, of each row of the audit log."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text("select outcome, missed from hub.audit order by id"))]


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(f"select count(*) from hub.{table}")) or 0)


def answer(way_out: WayOut, *steps: Callable[[Session], object]) -> None:
    """One question, answered by these steps."""
    with way_out.answering(asking(), "record") as session:
        for step in steps:
            step(session)


def raising(error: Exception) -> Callable[[Session], object]:
    def step(session: Session) -> None:
        raise error

    return step


def report(session: Session) -> None:
    """Something that is kept with the answer."""
    finding = Finding(("birth", "moj-registry", "1"), "", "wrong", "sai")
    error_reports.report(
        session.connection,
        finding,
        session.keys,
        inquiry=session.inquiry,
        owner="x",
        now=session.now,
        term=timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("end", "row"),
    [
        (lambda session: session.found("x", datasets=("birth",)), ("answered", False)),
        (lambda session: session.nothing(), ("nothing", True)),
        (lambda session: session.nothing(missed=False), ("nothing", False)),
        (lambda session: session.deny(), ("denied", False)),
        (lambda session: session.deny(missed=True), ("denied", True)),
    ],
)
def test_an_outcome_is_one_row(way_out, engine, end, row) -> None:
    """Written with what the answer keeps; the place is given back."""
    answer(way_out, report, end)
    assert rows(engine) == [row]
    assert (count(engine, "error_report"), count(engine, "in_flight")) == (1, 0)


@pytest.mark.parametrize("end", [lambda session: None, lambda session: (session.found("x"), session.nothing())])
def test_no_outcome_or_two_give_nothing_out(way_out, engine, end) -> None:
    """What was written is rolled back; that somebody asked is noted."""
    with pytest.raises(OutcomeMissing):
        answer(way_out, report, end)
    assert rows(engine) == [("nothing", False)]
    assert (count(engine, "error_report"), count(engine, "in_flight")) == (0, 0)


def test_let_in_and_never_answered_is_a_fault(way_out, engine) -> None:
    with pytest.raises(OutcomeMissing), way_out.admitted(asking(), "record"):
        pass
    assert rows(engine) == [("nothing", False)]


@pytest.mark.parametrize(
    ("error", "row"),
    [
        (NotFound("x"), ("nothing", True)),
        (NotFound.unsearched("x"), ("nothing", False)),
        (NotGranted("x"), ("denied", False)),
        (MinistryRefusal("201"), ("nothing", True)),
        (MinistryRefusal("302"), ("nothing", False)),
        (Denied("106"), ("denied", False)),
        (RuntimeError("x"), ("nothing", False)),
    ],
)
def test_what_is_raised_is_noted_first(way_out, engine, error: Exception, row: tuple[str, bool]) -> None:
    """The error says how it counts; nothing of the answer stays."""
    with pytest.raises(type(error)) as raised:
        answer(way_out, report, raising(error))
    assert raised.value is error
    assert rows(engine) == [row]
    assert (count(engine, "error_report"), count(engine, "in_flight")) == (0, 0)


def test_what_waiting_heals_has_no_row(way_out, engine) -> None:
    """The database is away: nothing could be noted, and the place is free again."""
    with pytest.raises(Transient):
        answer(way_out, raising(Transient("away")))
    assert (rows(engine), count(engine, "in_flight")) == ([], 0)


def test_a_refusal_that_stays_on_record(way_out, engine) -> None:
    """Raised after the commit, noted once."""
    with pytest.raises(NotFound):
        answer(
            way_out, report, lambda session: session.deny(missed=True), lambda session: session.refuse(NotFound("x"))
        )
    assert rows(engine) == [("denied", True)]
    assert count(engine, "error_report") == 1


def test_an_attempt_that_is_given_up_leaves_nothing(way_out, engine) -> None:
    """A source is asked, and the question is answered under the same place."""
    with way_out.admitted(asking(), "record") as admission:
        with admission.answering() as session:
            report(session)
            session.postpone()
        assert (rows(engine), count(engine, "error_report"), count(engine, "in_flight")) == ([], 0, 1)
        with admission.answering() as session:
            session.found("x")
    assert (rows(engine), count(engine, "in_flight")) == ([("answered", False)], 0)


def test_after_an_error_among_deaths_nothing_is_answered(way_out, engine) -> None:
    """Whoever catches it reads deaths as the hub, not what the agency may see."""

    def interrupted(session: Session) -> None:
        with suppress(LookupError), session.as_hub_for_deaths():
            raise LookupError

    with pytest.raises(OutcomeMissing):
        answer(way_out, interrupted, lambda session: session.found("x"))
    assert rows(engine) == [("nothing", False)]


def test_a_session_reads_as_who_asks(way_out, put) -> None:
    """Births by grant, deaths by the hub alone; where nothing may be shown, nothing is there."""
    put("birth", "1", **BORN)
    put("death", "1", **DEAD)
    stranger = Inquiry("999.00.00.H29", "x", "civil-status", "H1")
    seen = {}
    for name, inquiry, visible in (
        ("granted", asking(), True),
        ("nothing may be shown", asking(), False),
        ("stranger", stranger, True),
    ):
        with (
            way_out.admitted(inquiry, "record") as admission,
            admission.answering(may=lambda visible=visible: visible) as session,
        ):

            def read(table, session=session):
                return session.connection.scalar(sa.text(f"select count(*) from warehouse.{table}"))

            as_agency = read("birth")
            with session.as_hub_for_deaths():
                as_hub = read("birth"), read("death")
            with session.under("marital-status"):
                elsewhere = read("birth")
            seen[name] = as_agency, as_hub, elsewhere, read("birth")
            session.nothing()
    assert seen == {
        "granted": (1, (0, 1), 0, 1),
        "nothing may be shown": (0, (0, 1), 0, 0),
        "stranger": (0, (0, 1), 0, 0),
    }


def test_a_look_of_the_city_s_own_uses_no_place(way_out, engine) -> None:
    object.__setattr__(way_out, "_reserve", lambda entry: pytest.fail("a place was taken"))
    with way_out.answering(asking(), "decisions", limited=False) as session:
        session.nothing(missed=False)
    assert rows(engine) == [("nothing", False)]


def test_the_limit_is_reached_before_anything_is_read(way_out, engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text("""
            insert into hub.audit (asked_at, agency, who, what, purpose, reference, subjects, datasets, grants, legal_bases, outcome, answer_sha256)
            select now(), :agency, 'x', 'record', 'civil-status', 'H', '{}', '{}', '{}', '{}', 'nothing', '' from generate_series(1, 5000)"""),
            {"agency": QUAN_1},
        )
    with pytest.raises(LimitReached), way_out.admitted(asking(), "record"):
        pytest.fail("it was let in")
    assert rows(engine)[-1] == ("limit", False)


def test_nobody_is_named_in_print() -> None:
    """Neither the officer nor whom it is about: both would come into logs with an error."""
    inquiry = Inquiry(QUAN_1, "Nguyễn Văn Cán Bộ", "civil-status", "H1")
    assert "Cán" not in repr(inquiry)
    assert "Cán" not in repr(AuditEntry(inquiry, "record", (CHILD,)))
    assert CHILD not in repr(AuditEntry(inquiry, "record", (CHILD,)))
