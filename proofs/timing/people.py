"""Pairs of questions about two people: one who is in no book, and one who is locked, denied or out of reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hub.answers.decisions.decide import Question
from hub.answers.ministry.ministry_service import the_ministry
from hub.evidence.people import Subject
from proofs.timing.city import GRANTED, OFFICE, PEOPLE, STRANGE_OFFICE, STRANGER, TimedPerson
from proofs.timing.doors import Doors
from proofs.timing.on_record import PROCEDURE

FIELDS = ("nksHoTen", "nksNgaySinh", "meHoTen", "trangSo")


PARENT = Subject(personal_id="079160000009")


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
class PersonPair:
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


def pairs() -> Iterator[PersonPair]:
    """All pairs about people. `is_deceased` reveals a death to a granted agency, and the Ministry's office reads the reason; both may."""
    for way in WAYS:
        if way not in ("is_deceased", "ministry"):
            yield PersonPair(way, "granted", ("nobody", "dead"))
        yield PersonPair(way, "granted", ("nobody", "elsewhere"))
        yield PersonPair(way, "stranger", ("nobody", "dead"))
        yield PersonPair(way, "stranger", ("nobody", "alive"))
