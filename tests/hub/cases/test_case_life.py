"""A case's whole life in any order: whatever people, clock and source do, cases and ledger agree, and each act is one.

A state machine on a real PostgreSQL. After every step everything that `hub doctor` would check is checked: the equation
of every batch counted again from the landed bytes, cases against the ledger, states against signatures.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from contracts.local_time import local_day
from hub.answers import error_reports
from hub.cases import clock, handling, requests, waivers
from hub.cases.selection import Selection
from hub.core.actions import Actor
from tests.databases import Databases

from .conftest import FAULTY, PAPER, office_alone, paper

PEOPLE = st.sampled_from(["Lan", "Minh", "lan"])


class CaseLife(RuleBasedStateMachine):
    """One record that its source sends wrong, and everybody who has to do with it."""

    databases: Databases

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.office = office_alone(self.stack, self.databases)
        self.office.sync(paper("A"), paper("B", number=FAULTY))
        self.number = self.office.case
        self.signers: set[str] = set()
        self.until: date | None = None
        """Last day of the waiver that is proposed or in force."""
        self.good = False
        """The source has sent a good version."""
        self.acts: list[str] = []
        """Acts of people that the history must have, in order."""

    def teardown(self) -> None:
        self.stack.close()

    # -- what the model knows -----------------------------------------------------------------

    @property
    def state(self) -> str:
        return self.office.state()

    @property
    def in_force(self) -> bool:
        return len(self.signers) == 2 and self.until is not None and self.today <= self.until

    @property
    def today(self) -> date:
        return local_day(self.office.now)

    def passed(self, minutes: float = 10) -> None:
        self.office.later(minutes / 1440)

    # -- the source ---------------------------------------------------------------------------

    @rule()
    def comes_again_as_it_was(self) -> None:
        """A full reading of the faulty version; under a waiver it goes in, or to history."""
        self.passed()
        counts = self.office.sync(paper("B", number=FAULTY))
        assert (counts.quarantined == 0) == self.in_force

    @rule()
    def comes_good(self) -> None:
        """The source mends the record: its newest version is right."""
        self.passed()
        at = (self.office.now + timedelta(hours=7)).strftime("%Y%m%d%H%M%S")
        counts = self.office.sync(paper("B", at))
        assert (counts.accepted, counts.quarantined) == (0 if self.good else 1, 0)
        self.good = True
        if self.state == "closed":  # the waiver ended with it
            self.signers, self.until = set(), None

    @rule()
    def is_replayed(self) -> None:
        """Everything that was landed is judged again."""
        self.passed()
        self.office.replay()

    # -- people -------------------------------------------------------------------------------

    @precondition(lambda self: self.state != "closed")
    @rule(owner=st.sampled_from(["UBND Quận 1", "UBND Quận 3"]), who=PEOPLE)
    def is_assigned(self, owner: str, who: str) -> None:
        """Twice the same is once."""
        [(before, chosen)] = self.office.rows('select owner, assigned from hub."case"')
        for _ in range(2):
            self.office.act(handling.assign, Selection((self.number,)), owner, Actor(who, "Đúng nơi."))
        if (before, chosen) != (owner, True):
            self.acts.append("assigned")
        assert self.office.rows('select owner from hub."case"') == [(owner,)]

    @precondition(lambda self: self.state != "closed")
    @rule(who=PEOPLE)
    def is_requested(self, who: str) -> None:
        """One request waits for its answer at a time."""
        keys, only = self.office.exchange.validator.keys, Selection((self.number,))
        [first] = self.office.act(requests.request, only, keys, Actor(who, "Xin sửa."))  # type: ignore[misc]
        [again] = self.office.act(requests.request, only, keys, Actor(who, "Xin sửa lại."))  # type: ignore[misc]
        assert not again.made_now
        assert again.report.id == first.report.id
        if first.made_now:
            self.acts.append("requested")

    @rule(outcome=st.sampled_from(["corrected", "rejected"]))
    def owner_answers(self, outcome: str) -> None:
        """The request that waits is answered, over `hub reports`."""
        with self.office.engine.begin() as connection:
            for report in error_reports.listed(connection):
                error_reports.act(connection, report.id, outcome, Actor("UBND Quận 1", "Đã xem."), self.office.now)

    @precondition(lambda self: self.state != "closed")
    @rule(who=PEOPLE)
    def is_signed(self, who: str) -> None:
        """One person counts once, however the name is spelt; a waiver whose day is past begins anew."""
        if self.until is not None and self.today > self.until:
            self.signers, self.until = set(), None
        until = self.until or self.today + timedelta(days=8)
        fresh = who.lower() not in self.signers and len(self.signers) < 2
        signed = [
            self.office.act(waivers.sign, self.number, PAPER, until, Actor(who, "Tôi chịu trách nhiệm."))
            for _ in range(2)
        ]
        self.signers, self.until = self.signers | ({who.lower()} if fresh else set()), until
        if fresh:
            self.acts += ["signed"] + ["released"] * (len(self.signers) == 2)
        assert [each.now_in_force for each in signed] == [fresh and len(self.signers) == 2, False]  # type: ignore[attr-defined]

    @precondition(lambda self: self.state != "closed")
    @rule(book=st.booleans(), who=PEOPLE)
    def is_closed(self, book: bool, who: str) -> None:
        """Twice the same is once; a book error has its decision; a waiver ends with its case."""
        how = {"fault": "book", "decision": "12/QĐ-UBND"} if book else {"fault": "digitisation"}
        for _ in range(2):
            self.office.act(handling.close, Selection((self.number,)), Actor(who, "Đã xong."), **how)
        self.signers, self.until = set(), None
        self.acts.append("closed")
        assert self.state == "closed"

    # -- the clock ----------------------------------------------------------------------------

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.office.later(days)

    @rule()
    def is_tended(self) -> None:
        """Twice at one moment is once."""
        self.passed()
        self.office.act(clock.tend)
        assert self.office.act(clock.tend) == clock.Tended()
        assert self.state != "released" or self.in_force
        if self.state == "closed":  # its record came good: the waiver ended with it
            self.signers, self.until = set(), None

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def everything_agrees(self) -> None:
        assert self.office.faults() == []

    @invariant()
    def the_history_is_complete(self) -> None:
        by_people = [
            str(what)
            for (what,) in self.office.rows(
                """select what from hub.act where "case" is not null and who <> 'hub' order by id"""
            )
        ]
        assert by_people == self.acts

    @invariant()
    def somebody_owns_it(self) -> None:
        assert self.office.rows("select count(*) from hub.\"case\" where owner = ''") == [(0,)]

    @invariant()
    def its_good_version_is_the_current_one(self) -> None:
        [(faulty,)] = self.office.rows(
            f"select count(*) from warehouse.paper where _key = 'B' and so_dinh_danh = '{FAULTY}'"
        )
        assert faulty == 0 or not self.good


@pytest.mark.timeout(300)
def test_any_life_of_a_case(databases: Databases) -> None:
    """Opened, seen again, assigned, requested, signed by one and by two, expired, mended, closed, opened again."""
    CaseLife.databases = databases
    run_state_machine_as_test(
        CaseLife,
        settings=settings(
            max_examples=8, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
