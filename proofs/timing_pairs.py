"""Pairs of questions with equal answers, which must take equal time: missing records beside locked or denied ones."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.ministry.ministry_service import MinistryService, the_ministry
from hub.app import Hub
from hub.evidence.people import Subject
from proofs.timing_city import GRANTED, OFFICE, PEOPLE, STRANGE_OFFICE, STRANGER, TimedPerson

PURPOSE = "civil-status"
FIELDS = ("nksHoTen", "nksNgaySinh", "meHoTen", "trangSo")
PROCEDURE = "1.003160"
"""Demands the birth certificate of a child, among other papers."""
PARENT = Subject(personal_id="079160000009")


@dataclass
class Doors:
    """All routes of an answer, over one city."""

    hub: Hub
    service: DecisionService = field(init=False)
    disclosure: Disclosure = field(init=False)
    ministry: MinistryService = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), init=False)

    def __post_init__(self) -> None:
        # At once, not at the first question: that one is timed.
        self.service = DecisionService(self.hub)
        self.disclosure, self.ministry = self.service.disclosure, MinistryService(self.service)

    def dossier(self, agency: str) -> str:
        """A number that nobody asked with yet, of the agency's own form."""
        return f"{agency}-220601-{next(self._numbers):06d}"

    def asking(self, agency: str) -> Inquiry:
        """A question's head, for a dossier of its own."""
        return Inquiry(agency, "officer-1", PURPOSE, self.dossier(agency))


Ask = Callable[[Doors, str, TimedPerson], object]
"""One question of an agency about a person; what comes back."""


def record(subject: Callable[[TimedPerson], Subject]) -> Ask:
    return lambda doors, agency, who: doors.disclosure.record(
        doors.asking(agency), "register:birth", subject(who), FIELDS
    )


def answer(question: str, subject: Callable[[TimedPerson], Subject], other: Subject | None = None) -> Ask:
    return lambda doors, agency, who: doors.disclosure.answer(doors.asking(agency), question, subject(who), other)


def prefill(subject: Callable[[TimedPerson], Subject]) -> Ask:
    return lambda doors, agency, who: doors.disclosure.prefill(doors.asking(agency), subject(who))


def decisions(subject: Callable[[TimedPerson], Subject]) -> Ask:
    """Outcomes alone: a granted asker reads in the reasons whether a death locks (Luật Hộ tịch Art. 34)."""

    def ask(doors: Doors, agency: str, who: TimedPerson) -> object:
        people = {"child": subject(who), "applicant": Subject(personal_id="079160000001")}
        question = Question(doors.asking(agency), PROCEDURE, people)
        return [(each.requirement, each.outcome, each.record) for each in doors.service.ask(question, refresh=False)]

    return ask


def ministry(doors: Doors, agency: str, who: TimedPerson) -> object:
    """A copy asked for by the Ministry's system, for an office: the state and its reasons."""
    unit = OFFICE if agency == GRANTED else STRANGE_OFFICE
    caller, reference = the_ministry("hotich.moj"), doors.dossier(agency)
    data = {
        "loaiBanSao": "KS",
        "cbsSoDDCN": who.number,
        "cbsHoTen": {"Ho": "Nguyễn", "ChuDem": "Minh", "Ten": who.given_name},
    }
    doors.ministry.register(caller, unit, "BS", reference, json.dumps(data))
    return doors.ministry.state(caller, unit, reference)


WAYS: dict[str, Ask] = {
    "record by number": record(lambda p: p.by_number),
    "record by number and name": record(lambda p: p.by_name),
    "record by book": record(lambda p: p.by_entry),
    "prefill by number": prefill(lambda p: p.by_number),
    "prefill by book": prefill(lambda p: p.by_entry),
    "matches": answer("matches", lambda p: p.by_name),
    "is_married": answer("is_married", lambda p: p.by_number),
    "parent_of": answer("parent_of", lambda p: p.by_number, PARENT),
    "parent_of by book": answer("parent_of", lambda p: p.by_entry, PARENT),
    "is_deceased": answer("is_deceased", lambda p: p.by_number),
    "decisions by number": decisions(lambda p: p.by_name),
    "decisions by book": decisions(lambda p: p.by_entry),
    "ministry": ministry,
}


@dataclass(frozen=True)
class Pair:
    """A question about two people, whose answers say the same: nothing."""

    way: str
    asker: str
    """`granted` or `stranger`."""
    kinds: tuple[str, str]
    """Keys of `PEOPLE`; the first is in no book."""

    @property
    def title(self) -> str:
        return f"{self.way}, {self.asker}: {' | '.join(self.kinds)}"

    def ask(self, doors: Doors, side: int) -> object:
        """Ask about one of the two."""
        return WAYS[self.way](doors, GRANTED if self.asker == "granted" else STRANGER, PEOPLE[self.kinds[side]])


def pairs() -> Iterator[Pair]:
    """All compared pairs. `is_deceased` reveals a death to a granted agency, and the Ministry's office reads the reason; both may."""
    for way in WAYS:
        if way not in ("is_deceased", "ministry"):
            yield Pair(way, "granted", ("nobody", "dead"))
        yield Pair(way, "granted", ("nobody", "elsewhere"))
        yield Pair(way, "stranger", ("nobody", "dead"))
        yield Pair(way, "stranger", ("nobody", "alive"))
