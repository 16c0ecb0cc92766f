"""Lives of many cases: two signed-in browsers act at once, and the process that loads is killed between.

A state machine over real HTTP, a real PostgreSQL, twins on sockets and loading processes that die at a statement. After
every step the equation of each batch holds, cases agree with ledger and signatures, no version stands twice, and each
case's history alone explains what it is. At the end nothing that was filed is lost, and `hub doctor` counts all again.

`make case-proof` runs it with 1,000 cases (CASES= STEPS=) and prints its figures.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hub.answers import error_reports
from hub.core.actions import Actor
from tests.databases import Databases

from .case_desk import BAD, FAILURES, GOOD, Desk, desk, failure_kept

UNTIL = "2022-12-31"
SEEDS, SHARES = st.integers(0, 99), st.sampled_from([0.1, 0.5, 1.0])
DEADLY = st.one_of(st.just(0), st.integers(1, 90))
"""The step at which the loading process dies; 0: at none."""


@dataclass
class Kept:
    """What the model knows of a dossier's newest case."""

    number: int
    state: str = "open"
    good: bool = False
    waiting: bool = False
    signers: frozenset[str] = frozenset()


class CasesOverHttp(RuleBasedStateMachine):
    """Dossiers that a district sends wrong, and everybody who has to do with them."""

    desk: Desk
    many = 20
    steps = Counter[str]()

    @initialize()
    @failure_kept
    def are_sent_wrong(self) -> None:
        """In portions: each of them is a case once."""
        keys = self.desk.dossiers(self.many)
        self.desk.file(keys, BAD)
        self.desk.load()
        self.cases = {key: Kept(self.newest(key)) for key in keys}

    @failure_kept
    def teardown(self) -> None:
        if hasattr(self, "cases"):
            self.desk.load()
            assert self.desk.lost() == []
            assert self.desk.doctor() == []

    # -- what the model knows -----------------------------------------------------------------

    def newest(self, key: str) -> int:
        [(number,)] = self.desk.rows('select max(id) from hub."case" where record_key = :key', key=key)
        assert number is not None, f"{key} came wrong and is no case"
        return int(number)

    def chosen(self, seed: int, share: float, *states: str) -> list[Kept]:
        """Some of the cases in these states."""
        there = [each for each in self.cases.values() if each.state in states]
        return random.Random(seed).sample(there, int(len(there) * share))

    def becomes(self, chosen: Sequence[Kept], *allowed: str) -> None:
        """These cases are in one of the states now; the model takes over which."""
        found = dict(
            self.desk.rows('select id, state from hub."case" where id = any (:n)', n=[each.number for each in chosen])
        )
        for each in chosen:
            assert found[each.number] in allowed, (each, found[each.number], allowed)
            each.state = found[each.number]
            if each.state == "closed":
                each.signers = frozenset()

    def came_again(self, *, surely: bool) -> None:
        """Every dossier was read, or may have been: what was closed too early is open again."""
        early = [each for each in self.cases.values() if each.state == "closed" and not each.good]
        self.becomes(early, *(("open",) if surely else ("open", "closed")))

    def act(self, who: Sequence[str], path: str, chosen: Sequence[Kept], deadly: int, **fields: str) -> None:
        """One form, sent by two browsers at the same moment, while a loading process works that may die."""
        numbers = [each.number for each in chosen]
        assert self.desk.together(who, [(path, fields)] * len(who), numbers, deadly) == [303] * len(who)
        self.steps[f"{fields.get('act') or path.rsplit('/', maxsplit=1)[1]} by two at once"] += 1

    # -- the district -------------------------------------------------------------------------

    @rule(deadly=DEADLY, what=st.sampled_from(["sync", "replay"]))
    @failure_kept
    def are_loaded_again(self, deadly: int, what: str) -> None:
        """As they were: by a full reading, or from the landed bytes."""
        self.desk.load(what, deadly)
        self.came_again(surely=what == "sync")
        self.steps[f"loading process: {what}"] += 1

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def are_redelivered_right(self, seed: int, share: float, deadly: int) -> None:
        """Their cases close with the merge, also those under a waiver."""
        keys = random.Random(seed).sample(sorted(self.cases), int(len(self.cases) * share * 0.5))
        self.desk.file(keys, GOOD)
        self.desk.load(deadly=deadly)
        for key in keys:
            self.cases[key].good = True
        self.becomes([self.cases[key] for key in keys], "closed")
        self.came_again(surely=True)
        self.steps["redelivered right"] += len(keys)

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def go_wrong_again(self, seed: int, share: float, deadly: int) -> None:
        """A dossier that was mended comes wrong in a newer version: another case, once."""
        keys = [key for key, each in sorted(self.cases.items()) if each.good]
        keys = random.Random(seed).sample(keys, int(len(keys) * share))
        self.desk.file(keys, BAD)
        self.desk.load(deadly=deadly)
        for key in keys:
            before, self.cases[key] = self.cases[key], Kept(self.newest(key))
            assert self.cases[key].number > before.number
        self.came_again(surely=True)
        self.steps["redelivered wrong"] += len(keys)

    # -- people -------------------------------------------------------------------------------

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def are_requested(self, seed: int, share: float, deadly: int) -> None:
        """One request of a case waits at a time."""
        if chosen := self.chosen(seed, share, "open"):
            self.act(("kiemtra", "quan3"), "/cases/handle", chosen, deadly, act="request")
            for each in chosen:
                each.waiting = True
            self.came_again(surely=False)

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def are_closed(self, seed: int, share: float, deadly: int) -> None:
        """The second of two finds it done. A process that loads meanwhile may open one again that comes as it was."""
        if chosen := self.chosen(seed, share, "open", "released"):
            self.act(("kiemtra", "quan3"), "/cases/handle", chosen, deadly, act="close", fault="digitisation")
            self.becomes(chosen, *(("closed", "open") if deadly else ("closed",)))
            for each in chosen:
                each.signers = frozenset()
            self.came_again(surely=False)

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY, who=st.sampled_from(["kiemtra", "lanhdao"]))
    @failure_kept
    def are_signed_by_one(self, seed: int, share: float, deadly: int, who: str) -> None:
        """Sent twice, it is one signature."""
        if chosen := self.chosen(seed, share, "open"):
            self.act((who, who), "/cases/sign", chosen, deadly, until=UNTIL)
            self.signed(chosen, who)

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def are_signed_by_two(self, seed: int, share: float, deadly: int) -> None:
        """At the same moment: in force once."""
        if chosen := self.chosen(seed, share, "open"):
            self.act(("kiemtra", "lanhdao"), "/cases/sign", chosen, deadly, until=UNTIL)
            self.signed(chosen, "kiemtra", "lanhdao")

    def signed(self, chosen: Sequence[Kept], *who: str) -> None:
        for each in chosen:
            each.signers |= {*who}
        self.becomes([each for each in chosen if len(each.signers) == 2], "released")
        self.becomes([each for each in chosen if len(each.signers) < 2], "open")
        self.came_again(surely=False)

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def are_refused_by_two(self, seed: int, share: float, deadly: int) -> None:
        """A proposal ends once; nothing happens where there is none."""
        if chosen := self.chosen(seed, share, "open"):
            self.act(("kiemtra", "lanhdao"), "/cases/refuse", chosen, deadly)
            self.becomes(chosen, "open")
            for each in chosen:
                each.signers = frozenset()
            self.came_again(surely=False)

    @rule(seed=SEEDS, share=SHARES, deadly=DEADLY)
    @failure_kept
    def one_signs_while_the_other_refuses(self, seed: int, share: float, deadly: int) -> None:
        """Whoever is first decides, for all of the list alike: in force, or proposed anew by one."""
        chosen = [each for each in self.chosen(seed, share, "open") if each.signers == {"lanhdao"}]
        if not chosen:
            return
        forms = [("/cases/sign", {"until": UNTIL}), ("/cases/refuse", {})]
        answers = self.desk.together(("kiemtra", "lanhdao"), forms, [each.number for each in chosen], deadly)
        assert answers in ([303, 422], [303, 303])
        signer_first = answers == [303, 422]
        for each in chosen:
            each.signers = frozenset({"kiemtra", "lanhdao"} if signer_first else {"kiemtra"})
        self.becomes(chosen, "released" if signer_first else "open")
        self.came_again(surely=False)
        self.steps["signed and refused at once"] += 1

    @rule(seed=SEEDS, deadly=DEADLY)
    @failure_kept
    def are_replayed(self, seed: int, deadly: int) -> None:
        """Two people have the landed pages judged again."""
        if chosen := self.chosen(seed, 0.2, "open", "released"):
            self.act(("kiemtra", "kysu"), "/cases/replay", chosen, deadly)
            self.came_again(surely=False)

    @rule(outcome=st.sampled_from(["corrected", "rejected"]))
    @failure_kept
    def owners_answer(self, outcome: str) -> None:
        """Every request that waits is answered: done, or refused."""
        hub = self.desk.hub
        with hub.engine.begin() as connection:
            waiting = [each.id for each in error_reports.listed(connection)]
            for report in waiting:
                error_reports.act(connection, report, outcome, Actor("Quận 3", "Đã xem."), hub.scenario.now())
        self.steps[f"requests {outcome}"] += len(waiting)

    # -- what always holds --------------------------------------------------------------------

    @invariant()
    @failure_kept
    def nothing_is_twice_and_the_equation_holds(self) -> None:
        assert self.desk.faults() == []

    @invariant()
    @failure_kept
    def every_case_is_as_its_history_and_the_model_say(self) -> None:
        if not hasattr(self, "cases"):
            return
        numbers = {each.number: each for each in self.cases.values()}
        assert self.desk.histories(sorted(numbers)) == []
        found = dict(self.desk.rows('select id, state from hub."case" where id = any (:n)', n=sorted(numbers)))
        assert found == {number: each.state for number, each in numbers.items()}


def live(databases: Databases, folder: Path, many: int, lives: int, steps: int) -> dict[str, object]:
    """Figures of so many lives, each of so many cases."""
    lives += 2  # hypothesis begins with two examples in which next to nothing happens
    with desk(databases, folder, int(many * lives * 1.3) + 20) as opened:
        CasesOverHttp.desk, CasesOverHttp.many, CasesOverHttp.steps = opened, many, Counter()
        given = settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # a life is not lived twice alike: kills meet the machine as it is
            report_multiple_bugs=False,
        )
        FAILURES.clear()
        try:
            run_state_machine_as_test(CasesOverHttp, settings=given)
        except Exception:
            if FAILURES:
                raise FAILURES[0] from None
            raise
        batches = opened.rows("select count(*) from hub.batch where state = 'applied'")[0][0]
        return {
            "cases a life": many,
            "loading process killed": opened.killed,
            "batches whose equation holds": batches,
            "steps": dict(sorted(CasesOverHttp.steps.items())),
        }


@pytest.mark.timeout(900)
def test_a_few_cases_and_two_browsers(databases: Databases, tmp_path: Path) -> None:
    """Ten cases, in every build."""
    figures = live(databases, tmp_path, many=10, lives=2, steps=12)
    print(json.dumps(figures, ensure_ascii=False))
    assert figures["batches whose equation holds"]


@pytest.mark.slow
@pytest.mark.timeout(14_400)
def test_the_proof(databases: Databases, tmp_path: Path) -> None:
    """Full size; its figures are printed."""
    many, steps = int(os.environ.get("CASES", "1000")), int(os.environ.get("STEPS", "40"))
    figures = live(databases, tmp_path, many=many, lives=3, steps=steps)
    assert figures["loading process killed"]
    print(json.dumps(figures, indent=1, ensure_ascii=False))
