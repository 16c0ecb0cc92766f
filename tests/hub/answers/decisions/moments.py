"""Desk and Ministry ask, act and fetch; each time the same question of a new dossier says what may be shown or issued."""

from __future__ import annotations

import json
from contextlib import suppress

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.rejudge import AskAnew, NotHeld
from hub.answers.decisions.store import PreviewRequired, Recorded
from hub.answers.ministry.codes import MinistryRefusal, State
from hub.answers.ministry.ministry_service import the_ministry
from tests.hub.answers.builders import QUAN_1

from .city_events import MARKED, PAPERS, CityEvents
from .lan import CLERK, KNOWN, LAN, TWICE, UNSURE

JUSTICE = "79"
THE_MINISTRY = the_ministry("hotich.moj")
SUBJECTS = {"number": KNOWN, "another name": UNSURE, "name and year": TWICE}
OWN = "000.00.15.H29"
"""The office for which the Ministry asks: a dossier that bears its code it may always name."""
KIND = {"birth": "KS", "marriage": "KH"}


class Moments(CityEvents):
    """What is asked in the city, and what is done with it: by a desk, and by the Ministry."""

    def _ask(self, dossier: str, paper: str, who: str) -> Recorded:
        [reply] = self.service.ask(
            Question(Inquiry(QUAN_1, "officer-1", "civil-status", dossier), paper, {"applicant": SUBJECTS[who]}),
            refresh=False,
        )
        return reply

    def _fresh(self, paper: str, who: str) -> Recorded:
        """The same question about a dossier that never was."""
        self.asked += 1
        return self._ask(f"NEW-{self.example}-{self.asked}", paper, who)

    def _mark(self, paper: str, key: str) -> str:
        with self.engine.connect() as connection:
            return str(
                connection.scalar(
                    sa.text(f"select {MARKED[paper]} from warehouse.{paper} where _key = :key"), {"key": key}
                )
            )

    @rule(dossier=st.sampled_from(["H1", "H2"]), paper=st.sampled_from(PAPERS), who=st.sampled_from(sorted(SUBJECTS)))
    def decides(self, dossier: str, paper: str, who: str) -> None:
        fresh, reply = self._fresh(paper, who), self._ask(f"{dossier}-{self.example}", paper, who)
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

    def _own(self, number: str) -> str:
        """A dossier of the office; where a day stands, it bears the number of the example."""
        return f"{OWN}-{self.example:06}-{number}"

    def _register(self, reference: str, paper: str) -> State:
        data = json.dumps({"loaiBanSao": KIND[paper], "cbsSoDDCN": LAN})
        self.ministry.register(THE_MINISTRY, JUSTICE, "BS", reference, data)
        return self.ministry.state(THE_MINISTRY, JUSTICE, reference)[0]

    def _fresh_state(self, paper: str) -> State:
        self.asked += 1
        return self._register(self._own(f"{self.asked:05}"), paper)

    @rule(paper=st.sampled_from(PAPERS), reference=st.sampled_from(["90001", "90002"]))
    def the_ministry_asks(self, paper: str, reference: str) -> None:
        fresh, reference = self._fresh_state(paper), self._own(f"{reference}{PAPERS.index(paper)}")
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
