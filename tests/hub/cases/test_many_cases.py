"""A thousand cases and everybody who acts on them in bulk: whatever is killed, repeated or done by two at once, each act
happens once for each case, and cases and ledger agree.

A state machine on a real PostgreSQL. Each bulk act is done in one of four ways: plainly, twice, killed before its commit
and typed again, or by two people at the same moment on connections of their own.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.local_time import local_day
from hub.cases import agreement, clock, handling, requests, waivers
from hub.cases.selection import Selection
from hub.core.actions import Actor
from tests.databases import Databases

from .conftest import FAULTY, PAPER, office_alone, paper

WAYS = st.sampled_from(["plain", "twice", "killed", "two at once"])
PEOPLE = st.sampled_from(["Lan", "Minh", "LAN"])
OFFICES = st.sampled_from(["UBND Quận 1", "UBND Quận 3"])


@dataclass
class Known:
    """What the model knows of a case."""

    number: int
    owner: str = "nobody"
    chosen: bool = False
    state: str = "open"
    good: bool = False
    waiting: bool = False
    signers: frozenset[str] = frozenset()


class ManyCases(RuleBasedStateMachine):
    """Many records that their source sends wrong."""

    databases: Databases
    many = 30

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.office = office_alone(self.stack, self.databases)
        self.office.sync(*(paper(f"B{n}", number=FAULTY) for n in range(self.many)))
        numbers = self.office.rows('select record_key, id from hub."case" order by id')
        self.cases = {str(key): Known(int(str(number))) for key, number in numbers}
        self.until = local_day(self.office.now) + timedelta(days=300)
        self.acts: Counter[str] = Counter()
        """Acts of people that the history must have."""

    def teardown(self) -> None:
        try:
            assert self.office.faults() == []
        finally:
            self.stack.close()

    # -- how an act is done -------------------------------------------------------------------

    def done(self, way: str, act: Callable[..., list[Any]], *values: object, **more: Any) -> list[Any]:
        """Everything that an act changed, however it was repeated; a number twice is a fault."""
        if way == "killed":
            with self.office.engine.connect() as connection:
                act(connection, *values, self.office.now, **more)
                connection.rollback()
        if way == "two at once":
            ready = Barrier(2)

            def one(_: int) -> list[Any]:
                with self.office.engine.begin() as connection:
                    ready.wait(timeout=30)
                    return act(connection, *values, self.office.now, **more)

            with ThreadPoolExecutor(2) as pool:
                return [each for changed in pool.map(one, range(2)) for each in changed]
        times = 2 if way == "twice" else 1
        return [each for _ in range(times) for each in self.office.act(act, *values, **more)]  # type: ignore[attr-defined]

    def chosen(self, seed: int, share: float) -> list[Known]:
        """Some of the open cases, by number."""
        open_ = [each for each in self.cases.values() if each.state == "open"]
        return random.Random(seed).sample(open_, int(len(open_) * share))

    def selection(self, chosen: list[Known], whole: bool) -> Selection:
        if whole:
            return Selection(rule="SoDinhDanh.pattern")
        return Selection(tuple(each.number for each in chosen))

    # -- people -------------------------------------------------------------------------------

    @rule(way=WAYS, who=PEOPLE, office=OFFICES, seed=st.integers(0, 99), share=st.sampled_from([0.1, 0.5, 1.0]))
    def assign(self, way: str, who: str, office: str, seed: int, share: float) -> None:
        """Each of the cases is given away once."""
        chosen = self.chosen(seed, share)
        if not chosen:
            return
        wanted = {each.number for each in chosen if (each.owner, each.chosen) != (office, True)}
        person = Actor(who, "Đúng nơi.")

        changed = self.done(way, handling.assign, self.selection(chosen, share == 1), office, person)

        assert sorted(changed) == sorted(wanted)
        for each in chosen:
            each.owner, each.chosen = office, True
        self.acts["assigned"] += len(wanted)

    @rule(way=WAYS, who=PEOPLE, office=OFFICES)
    def close_what_an_office_has(self, way: str, who: str, office: str) -> None:
        """By owner: nothing of anybody else's is closed. Of two at once the second finds nothing left."""
        chosen = [each for each in self.cases.values() if each.state == "open" and each.owner == office]

        closed = self.done(
            way, handling.close, Selection(owner=office), Actor(who, "Đã đối chiếu sổ."), fault="digitisation"
        )

        assert sorted(closed) == sorted(each.number for each in chosen)
        for each in chosen:
            each.state, each.signers = "closed", frozenset()
        self.acts["closed"] += len(chosen)

    @rule(way=WAYS, who=PEOPLE, seed=st.integers(0, 99), share=st.sampled_from([0.1, 0.3]))
    def request(self, way: str, who: str, seed: int, share: float) -> None:
        """One request of a case waits at a time."""
        chosen = self.chosen(seed, share)
        if not chosen:
            return
        keys = self.office.exchange.validator.keys

        made = self.done(way, requests.request, self.selection(chosen, False), keys, Actor(who, "Xin sửa."))

        new = {each.number for each in chosen if not each.waiting}
        assert sorted(each.case for each in made if each.made_now) == sorted(new)
        for each in chosen:
            each.waiting = True
        self.acts["requested"] += len(new)

    @rule(way=WAYS, who=PEOPLE, seed=st.integers(0, 99), share=st.sampled_from([0.1, 0.5, 1.0]))
    def sign(self, way: str, who: str, seed: int, share: float) -> None:
        """One person counts once for each case; the second of two puts the waiver in force, once."""
        chosen = self.chosen(seed, share)
        if not chosen:
            return
        name, person = who.lower(), Actor(who, "Tôi chịu trách nhiệm.")

        signed = self.done(
            way, waivers.sign_all, self.selection(chosen, share == 1), lambda case: PAPER, self.until, person
        )

        fresh = [each for each in chosen if name not in each.signers]
        second = [each for each in fresh if each.signers]
        assert sorted(each.case for each in signed if each.now_in_force) == sorted(each.number for each in second)
        for each in fresh:
            each.signers |= {name}
        for each in second:
            each.state = "released"
        self.acts["signed"] += len(fresh)
        self.acts["released"] += len(second)

    # -- the source ---------------------------------------------------------------------------

    @rule(seed=st.integers(0, 99), share=st.sampled_from([0.05, 0.3]))
    def comes_again_as_it_was(self, seed: int, share: float) -> None:
        """Closed too early: open again. Under a waiver: in. Mended since: an old version opens nothing."""
        self.office.later(0.01)
        keys = random.Random(seed).sample(sorted(self.cases), int(len(self.cases) * share) or 1)
        known = [self.cases[key] for key in keys]

        counts = self.office.sync(*(paper(key, number=FAULTY) for key in keys))

        assert counts.quarantined == sum(each.state != "released" for each in known)
        for each in known:
            if each.state == "closed" and not each.good:
                each.state = "open"

    @rule(seed=st.integers(0, 99), share=st.sampled_from([0.05, 0.3]))
    def comes_good(self, seed: int, share: float) -> None:
        """The source mends records: their cases close with the merge, also those under a waiver."""
        self.office.later(0.01)
        keys = random.Random(seed).sample(sorted(self.cases), int(len(self.cases) * share) or 1)
        at = (self.office.now + timedelta(hours=7)).strftime("%Y%m%d%H%M%S")

        counts = self.office.sync(*(paper(key, at) for key in keys))

        known = [self.cases[key] for key in keys]
        assert (counts.accepted, counts.quarantined) == (sum(not each.good for each in known), 0)
        for each in known:
            each.good = True
            each.state, each.signers = "closed", frozenset()

    # -- the clock ----------------------------------------------------------------------------

    @rule(days=st.integers(1, 8))
    def days_pass(self, days: int) -> None:
        """And twice at one moment is once."""
        self.office.later(days)
        self.office.act(clock.tend)
        assert self.office.act(clock.tend) == clock.Tended()

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    def every_case_is_as_the_model_says(self) -> None:
        found = self.office.rows('select id, state, owner from hub."case" order by id')
        assert found == sorted((each.number, each.state, each.owner) for each in self.cases.values())

    @invariant()
    def every_act_is_written_down_once(self) -> None:
        rows = self.office.rows(
            """select what, count(*) from hub.act where "case" is not null and who <> 'hub' group by 1"""
        )
        assert dict(rows) == dict(+self.acts)

    @invariant()
    def the_last_act_says_what_a_case_is(self) -> None:
        """So the history alone explains every state; nothing changes in silence."""
        became = {"closed": "closed", "reopened": "open", "expired": "open", "released": "released"}
        rows = self.office.rows(
            """
            select c.state, (select a.what from hub.act a where a."case" = c.id
                             and a.what in ('closed', 'reopened', 'expired', 'released') order by a.id desc limit 1)
            from hub."case" c"""
        )
        assert {(state, became.get(str(what), "open")) for state, what in rows} <= {
            ("open", "open"),
            ("closed", "closed"),
            ("released", "released"),
        }

    @invariant()
    def cases_and_ledger_agree(self) -> None:
        with self.office.engine.connect() as connection:
            assert agreement.broken(connection, self.office.now) == {}


def live(databases: Databases, many: int, examples: int, steps: int) -> None:
    ManyCases.databases, ManyCases.many = databases, many
    run_state_machine_as_test(
        ManyCases,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )


@pytest.mark.timeout(300)
def test_a_few_cases_and_every_way_of_acting(databases: Databases) -> None:
    """Thirty cases, in every build."""
    live(databases, 30, 6, 14)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_thousand_cases_and_every_way_of_acting(databases: Databases) -> None:
    """As many as a faulty form leaves in a week."""
    live(databases, 1_000, 6, 20)
