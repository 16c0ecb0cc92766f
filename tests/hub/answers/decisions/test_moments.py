"""In whatever order things happen: no act shows or issues what the same question, asked for the first time at that moment, would not.

One woman's birth and marriage, and another birth that bears her name; an agency and the Ministry ask, act and fetch, while a death, a divorce, a correction
and the like come in between. The reference is a new dossier's question: nothing is remembered of it. All people are synthetic.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from hub.access.grants import granted
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.rejudge import AskAnew, NotHeld
from hub.answers.decisions.store import PreviewRequired, Recorded
from hub.answers.ministry.codes import MinistryRefusal, State
from hub.answers.ministry.ministry_service import MinistryService, the_ministry
from hub.core.actions import Actor
from hub.evidence.people import Subject
from tests.hub.answers.builders import QUAN_1, demanding, requirement, small_hub
from tests.hub.registers import NOW

JUSTICE, LAN, OTHER = "79", "079190000001", "079190000002"
CLERK, THE_MINISTRY = Actor("officer-1", "tại quầy"), the_ministry("hotich.moj")
NAME = "Trần Thị Hoà Lan"
BORN = {
    "nksSoDDCN": LAN,
    "nksHoTen": NAME,
    "nksNgaySinh": "1990-05-12",
    "nksQueQuan": "q0",
    "so": "12",
    "quyenSo": "01/2021",
    "ngayDangKy": "2021-03-04",
    "noiDangKy": "26734",
}
NAMESAKE = BORN | {"nksSoDDCN": OTHER, "nksNgaySinh": "1990-08-01", "so": "13"}
COUPLE = {
    "voSoGiayToTuyThan": LAN,
    "voHoTen": NAME,
    "voNgaySinh": "1990",
    "voNoiCuTru": "q0",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
    "noiDangKy": "26734",
}
DEAD = {
    "nktSoGiayToTuyThan": LAN,
    "nktHoTen": NAME,
    "nktNgaySinh": "1990-05-12",
    "so": "1",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022-06-01",
}
SUBJECTS = {
    "number": Subject(personal_id=LAN),
    "another name": Subject(personal_id=LAN, name="Trần Thị Lam"),
    "name and year": Subject(name=NAME, born="1990"),
}
PAPERS = ("birth", "marriage")
OWN = "000.00.15.H29-220602-"
"""Beginning of the dossiers' numbers of the office for which the Ministry asks: its own it may always name."""
KIND = {"birth": "KS", "marriage": "KH"}
MARKED = {"birth": "nks_que_quan", "marriage": "vo_noi_cu_tru"}
"""A field of each register that each correction writes anew: what is shown tells which version it is of."""
APPENDED = (
    "issued_copy_sheet",
    "issued_copy",
    "receipt",
    "ministry_state",
    "ministry_question",
    "decision_act",
    "decision_question",
    "audit",
)


class Moments(RuleBasedStateMachine):
    """One city, for as long as an example lasts; `build` empties it."""

    build: Callable[[], tuple[MinistryService, Callable[..., None]]]

    @initialize()
    def begin(self) -> None:
        self.ministry, self.put = type(self).build()
        self.service = self.ministry.service
        self.grants, self.engine = self.service.grants, self.service.hub.engine
        self.clock, self.asked, self.corrected = NOW, 0, 0
        self.service.hub.scenario.now = lambda: self.clock
        self.known: list[tuple[Recorded, str, str]] = []
        self.acts: dict[int, set[str]] = {}
        self.confirmed: dict[int, str] = {}
        self.questions: list[tuple[str, str]] = []
        self.put("birth", "1", **BORN)
        self.put("birth", "2", **NAMESAKE)
        self.put("marriage", "1", **COUPLE)

    # What happens in the city.

    def _change(self, statement: str, **values: Any) -> None:
        self.clock += timedelta(minutes=1)
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), {"now": self.clock, **values})

    @rule(is_=st.booleans())
    def dies_or_was_not_dead(self, is_: bool) -> None:
        """A death is registered; or the declaration of one is annulled."""
        if is_:
            self._change("delete from warehouse.death")
            self.put("death", "9", **DEAD, _known_from=self.clock)
        else:
            self._change("update warehouse.death set nkt_ngay_ghi_chu_huy_tuyen_bo_viec_chet = '2022-06-02'")

    @rule(what=st.sampled_from(["ended", "corrected", "disputed", "withdrawn"]), data=st.data())
    def an_entry_changes(self, what: str, data: st.DataObject) -> None:
        paper, key = (
            data.draw(st.sampled_from(PAPERS), label="paper"),
            data.draw(st.sampled_from(["1", "1", "2"]), label="key"),
        )
        match what:
            case "ended":  # a divorce, an annulment, or a note that was taken back
                value = data.draw(st.sampled_from(["đã ly hôn", "đã hủy việc kết hôn", None]), label="note")
                self._change(
                    "update warehouse.marriage set tinh_trang_ket_hon = :value, _version = :now, _known_from = :now",
                    value=value,
                )
            case "corrected":
                self.corrected += 1
                statement = f"update warehouse.{paper} set {MARKED[paper]} = :mark, _version = :now, _known_from = :now where _key = :key"
                self._change(statement, mark=f"q{self.corrected}", key=key)
            case "disputed":
                is_ = data.draw(st.sampled_from([False, False, True]), label="disputed")
                self._change(f"update warehouse.{paper} set _disputed = :is where _key = '1'", **{"is": is_})
            case _:  # the namesake's entry, withdrawn or told again: with it there are two of that name and year
                self._change("delete from warehouse.birth where _key = '2'")
                if data.draw(st.booleans(), label="told again"):
                    self.put("birth", "2", **NAMESAKE, _version=self.clock, _known_from=self.clock)

    @rule(days=st.sampled_from([0, 0, 30]), without=st.sampled_from(["", "", "birth", "marriage"]))
    def copies_grow_old_and_grants_change(self, days: int, without: str) -> None:
        self._change(
            "update hub.run set ended_at = :then where stream like 'moj-registry.%'",
            then=NOW - timedelta(days=days, hours=3),
        )
        grants = replace(self.grants, all=tuple(g for g in self.grants.all if g.dataset != without))
        self.service.__dict__["grants"] = grants
        object.__setattr__(self.service.rule, "grants", grants)
        with self.engine.begin() as connection:
            granted.write(connection, grants, self.service.rule.territories)

    # What is asked, and what is done with it.

    def _ask(self, dossier: str, paper: str, who: str) -> Recorded:
        [reply] = self.service.ask(
            Question(Inquiry(QUAN_1, "officer-1", "civil-status", dossier), paper, {"applicant": SUBJECTS[who]}),
            refresh=False,
        )
        return reply

    def _fresh(self, paper: str, who: str) -> Recorded:
        """The same question about a dossier that never was."""
        self.asked += 1
        return self._ask(f"NEW-{self.asked}", paper, who)

    def _mark(self, paper: str, key: str) -> str:
        with self.engine.connect() as connection:
            return str(
                connection.scalar(
                    sa.text(f"select {MARKED[paper]} from warehouse.{paper} where _key = :key"), {"key": key}
                )
            )

    @rule(dossier=st.sampled_from(["H1", "H2"]), paper=st.sampled_from(PAPERS), who=st.sampled_from(sorted(SUBJECTS)))
    def decides(self, dossier: str, paper: str, who: str) -> None:
        fresh, reply = self._fresh(paper, who), self._ask(dossier, paper, who)
        assert claim(reply) == claim(fresh), "a recorded answer was given from memory"
        if all(each.id != reply.id for each, _, _ in self.known):
            self.known.append((reply, paper, who))

    def _chosen(self, data: st.DataObject) -> tuple[Recorded, str, str]:
        return data.draw(st.sampled_from(self.known), label="decision")

    def _record(self, data: st.DataObject, known: Recorded) -> str:
        return data.draw(st.sampled_from(["", *known.candidate_records]), label="candidate")

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def previews(self, data: st.DataObject) -> None:
        known, paper, who = self._chosen(data)
        record, fresh = self._record(data, known), self._fresh(paper, who)
        try:
            shown = self.service.preview(known.id, CLERK, record=record)
        except (NotHeld, PreviewRequired, AskAnew):
            return
        assert claim(fresh) == claim(known), "shown, and a question asked now would not"
        assert fresh.outcome != "ask", "shown, and a question asked now would not"
        assert shown.record in (fresh.record, *fresh.candidate_records)
        assert shown.ended is None
        assert not shown.disputed
        self.acts.setdefault(known.id, set()).update({"previewed", f"previewed {shown.record}"})

    @precondition(lambda self: self.known)
    @rule(data=st.data(), what=st.sampled_from(["used", "confirmed"]))
    def uses_or_confirms(self, data: st.DataObject, what: str) -> None:
        known, paper, who = self._chosen(data)
        record, fresh, acts = self._record(data, known), self._fresh(paper, who), self.acts.setdefault(known.id, set())
        try:
            done = self.service.act(known.id, what, CLERK, record=record if what == "confirmed" else "")
        except (NotHeld, PreviewRequired, AskAnew):
            return
        assert claim(fresh) == claim(known)
        assert fresh.outcome != "ask"
        assert "previewed" in acts
        assert "refused" not in acts
        acts.add(what)
        if what == "confirmed":
            whom = done.confirmed or known.record or ""
            assert fresh.outcome == "confirm"
            assert f"previewed {whom}" in acts
            assert self.confirmed.get(known.id, whom) == whom
            self.confirmed[known.id] = whom

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def refuses(self, data: st.DataObject) -> None:
        known, _, _ = self._chosen(data)
        with suppress(PreviewRequired, AskAnew):
            self.service.act(known.id, "refused", CLERK)
            self.acts.setdefault(known.id, set()).add("refused")

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def has_the_copy_drafted(self, data: st.DataObject) -> None:
        known, paper, who = self._chosen(data)
        fresh, acts = self._fresh(paper, who), self.acts.get(known.id, set())
        whom = self.confirmed.get(known.id) if fresh.outcome == "confirm" else fresh.record
        answered = (
            claim(fresh) == claim(known)
            and ({"reuse": "previewed", "confirm": "confirmed"}.get(fresh.outcome) in acts)
            and "refused" not in acts
        )
        try:
            copy = self.service.extract(known.id, "Ủy ban nhân dân Quận 1", CLERK)
        except (NotHeld, PreviewRequired, AskAnew):
            return
        assert answered
        assert whom is not None
        assert copy.sheet.source.startswith(f"{whom},")
        assert self._mark(paper, whom.rpartition("/")[2]) in {
            value for _, lines in copy.sheet.parts for _, value in lines
        }

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def goes_the_whole_way_where_nothing_changed(self, data: st.DataObject) -> None:
        """Refusing everything would hold as well: what a question would say now is shown, used and copied."""
        known, paper, who = self._chosen(data)
        reply = self._ask(known.dossier, paper, who)
        if reply.outcome == "ask" or {"used", "refused"} & self.acts.setdefault(reply.id, set()):
            return
        shown = self.service.preview(reply.id, CLERK)
        self.acts[reply.id].update({"previewed", f"previewed {shown.record}"})
        if reply.outcome == "confirm" and self.confirmed.setdefault(reply.id, shown.record) == shown.record:
            self.service.confirm(reply.id, CLERK, record=shown.record)
            self.acts[reply.id].add("confirmed")
        assert self.service.extract(reply.id, "x", CLERK).number
        if all(each.id != reply.id for each, _, _ in self.known):
            self.known.append((reply, paper, who))

    # The Ministry.

    def _register(self, reference: str, paper: str) -> State:
        data = json.dumps({"loaiBanSao": KIND[paper], "cbsSoDDCN": LAN})
        self.ministry.register(THE_MINISTRY, JUSTICE, "BS", reference, data)
        return self.ministry.state(THE_MINISTRY, JUSTICE, reference)[0]

    def _fresh_state(self, paper: str) -> State:
        self.asked += 1
        return self._register(f"{OWN}{self.asked:05}", paper)

    @rule(paper=st.sampled_from(PAPERS), reference=st.sampled_from(["90001", "90002"]))
    def the_ministry_asks(self, paper: str, reference: str) -> None:
        fresh, reference = self._fresh_state(paper), f"{OWN}{reference}{PAPERS.index(paper)}"
        reply = self._register(reference, paper)
        assert (reply is State.DONE) <= (fresh is State.DONE), "done, and a question asked now would not be"
        self.questions.append((reference, paper))

    @precondition(lambda self: self.questions)
    @rule(data=st.data())
    def the_ministry_fetches(self, data: st.DataObject) -> None:
        reference, paper = data.draw(st.sampled_from(self.questions), label="question")
        fresh, handed = self._fresh_state(paper), None
        with suppress(MinistryRefusal):  # fetched before anything is said of its state, which is judged again too
            handed = self.ministry.result(THE_MINISTRY, JUSTICE, reference)
        reply = self.ministry.state(THE_MINISTRY, JUSTICE, reference)[0]
        if handed is None:
            assert reply is not State.DONE
            return
        assert (fresh, reply) == (State.DONE, State.DONE), "handed over, and a question asked now would not be"
        assert f">{self._mark(paper, '1')}<" in handed.data


def claim(each: Recorded) -> tuple[object, ...]:
    """What a decision says, without the dossier: why it is asked for is not compared in full, for another dossier's reasons are."""
    return (
        each.outcome,
        each.record,
        each.version,
        tuple(each.candidates),
        frozenset((why["condition"], why["effect"]) for why in each.why),
    )


@pytest.fixture
def machine(engine: sa.Engine, contracts: Any, put: Any) -> type[Moments]:
    """The machine over a real database that each example finds as it was made."""
    requirements = {paper: (requirement(f"register:{paper}", procedure=paper, id=paper),) for paper in PAPERS}
    hub = small_hub(engine, contracts)
    first = DecisionService(hub)
    grants = replace(first.grants, all=tuple(replace(g, hourly_limit=10**9) for g in first.grants.all))

    def build() -> tuple[MinistryService, Callable[..., None]]:
        with engine.begin() as connection:
            for table in (*APPENDED, "decision"):
                for statement in (
                    f"alter table hub.{table} disable trigger user",
                    f"delete from hub.{table}",
                    f"alter table hub.{table} enable trigger user",
                ):
                    connection.execute(sa.text(statement))
            for table in ("warehouse.birth", "warehouse.marriage", "warehouse.death"):
                connection.execute(sa.text(f"delete from {table}"))
            connection.execute(sa.text("update hub.run set ended_at = :then"), {"then": NOW - timedelta(hours=3)})
        service = demanding(hub, requirements, grants)
        assert service.rule.grants is grants
        return MinistryService(service), put

    return type("Moments", (Moments,), {"build": staticmethod(build)})


QUICK = {
    "deadline": None,
    "report_multiple_bugs": False,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}


@pytest.mark.timeout(300)
def test_no_act_shows_what_a_fresh_question_would_not(machine: type[Moments]) -> None:
    """A decision made before a death, divorce, correction or refusal went on being shown, used and copied."""
    # What is found is told as it is: making it smaller would outlast the time a test has; the long one does.
    once = (Phase.explicit, Phase.generate)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=60, stateful_step_count=30, derandomize=True, phases=once, **QUICK)
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_act_shows_what_a_fresh_question_would_not_at_length(machine: type[Moments]) -> None:
    """The same, in three hundred stories of up to fifty steps."""
    run_state_machine_as_test(machine, settings=settings(max_examples=300, stateful_step_count=50, **QUICK))
