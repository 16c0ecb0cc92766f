"""Asks the national population database for a decision, within the deadline, with the facts that a grant allows.

The city holds no paper here. The database confirms who a person is; the officer then looks there under the agency's own
account instead of demanding the paper. So the outcome is `confirm` at most. The answer is not landed and stands in no
table. Only the condition (names of facts that agree), its time and the audit row are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from connectors.interface import Enquiry, Matched, Registry
from contracts.errors import HubError
from hub.answers.decisions.decide import Question, person_of
from hub.answers.decisions.facts import Confirmed
from hub.answers.decisions.recorded import Recorded
from hub.evidence.people import Subject
from hub.requirements.catalogue import Answer, Requirement


@dataclass
class PopulationQuestion:
    """The database for one question. Each person is asked about once; the answers are dropped with the question."""

    open: Callable[[], Registry]
    deadline_s: float
    agency: str
    purpose: str
    reference: str
    """MaHoSo: the stated purpose in the single case."""
    granted: frozenset[str]
    """Facts that may be sent to it, as a grant and the purpose allow."""
    _confirmed: dict[Subject, Confirmed] = field(default_factory=dict, repr=False)

    def confirm(self, subject: Subject) -> Confirmed:
        """Whether it confirms the person. An error becomes the reason of the answer, never an exception."""
        if subject not in self._confirmed:
            self._confirmed[subject] = self._ask(subject)
        return self._confirmed[subject]

    def _ask(self, subject: Subject) -> Confirmed:
        name = subject.name if "hoTen" in self.granted else None
        born = subject.born if "ngaySinh" in self.granted else None
        if not subject.personal_id or "soDinhDanh" not in self.granted or not (name or born):
            return Confirmed("too little may be disclosed")
        try:
            return _confirmed(
                self._answer(Enquiry(subject.personal_id, name, born, self.agency, self.purpose, self.reference))
            )
        except HubError as error:
            return Confirmed(type(error).__name__)

    def _answer(self, enquiry: Enquiry) -> Matched:
        registry = self.open()
        try:
            return registry.ask(enquiry, deadline_s=self.deadline_s)
        finally:
            registry.close()


def _confirmed(matched: Matched) -> Confirmed:
    if not matched.known:
        return Confirmed("unknown")
    if matched.differs:
        return Confirmed(f"differs: {', '.join(sorted(matched.differs))}")
    return Confirmed(agrees=tuple(sorted(matched.agrees)))


def remembered(
    question: Question, requirements: Iterable[Requirement], standing: Iterable[Recorded]
) -> dict[Subject, Confirmed]:
    """People whom it confirmed already for this question, with the facts that agreed.

    They are not asked about again.
    """
    about = {each.id: person_of(question, each) for each in requirements if each.answer is Answer.POPULATION}
    found = dict[Subject, Confirmed]()
    for decision in standing:
        agreed = next(
            (why["value"] for why in decision.why if why["condition"] == "population" and why["effect"] == "doubt"), ""
        )
        subject = question.people.get(about[decision.requirement]) if decision.requirement in about else None
        if agreed and subject is not None:
            found[subject] = Confirmed(agrees=tuple(agreed.removeprefix("agrees: ").split(", ")))
    return found


def first_of(
    known: Mapping[Subject, Confirmed], otherwise: Callable[[Subject], Confirmed | None] | None
) -> Callable[[Subject], Confirmed | None]:
    """Answer from earlier confirmations, else ask; without a way to ask, say so."""
    return lambda subject: known.get(subject) or (otherwise(subject) if otherwise else Confirmed("not asked"))
