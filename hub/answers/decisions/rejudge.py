"""Whether a decision still holds: its sealed question is judged again in the transaction of each act.

    act ──> question opened ──> judged as if it were asked now ──same──> the act goes on
                                                                ──other──> a successor is recorded, the act refused

No network is used here: an act judges by what the city holds. Only a new question may read a source again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Protocol

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.answers.decisions import store
from hub.answers.decisions.decide import POPULATION, Decided, Question
from hub.answers.decisions.recorded import Recorded
from hub.core.crypto import Keys
from hub.core.errors import NotFound
from hub.evidence.evidence import Evidence
from hub.evidence.people import Entry, Subject
from hub.requirements.catalogue import Requirement

ANEW = "ask the question anew (hub decisions ask, POST /v1/decisions): its answer says what holds now"


class AskAnew(Permanent):
    """A decision that no longer allows any act; its question must be asked again."""


class Superseded(AskAnew):
    """The decision no longer holds: it has a successor."""


class NotHeld(NotFound):
    """The evidence of a decision is not held any more, or its agency may not see it; both look alike.

    Audited already.
    """


def not_held(decision: Recorded) -> NotHeld:
    """The one answer for both."""
    return NotHeld(
        f"What decision {decision.id} found is not held any more",
        hint="ask anew: the record was changed, withdrawn or removed",
    )


class Judge(Protocol):
    """Decides a question by what is held, as `DecisionService` does."""

    @property
    def requirements(self) -> Mapping[str, tuple[Requirement, ...]]: ...

    def decided(
        self, session: Session, question: Question, requirements: tuple[Requirement, ...]
    ) -> tuple[Decided, ...]: ...


@dataclass(frozen=True)
class Again:
    """A decision, judged again."""

    decision: Recorded
    refused: AskAnew | None = None
    """Why it may not be acted on; None: it still holds."""
    candidates: tuple[Evidence, ...] = ()
    """The evidence now: one item for reuse, the candidates for confirm."""

    def about(self, record: str) -> Recorded | None:
        """The decision with a candidate in place of its own record; empty, or where it does not hold: its own.

        None: no such candidate.
        """
        if self.refused is not None or record in ("", self.decision.record):
            return self.decision
        found = next((each for each in self.candidates if each.record == record), None)
        if found is None:
            return None
        return replace(
            self.decision,
            dataset=found.dataset,
            system=found.system,
            record_key=found.key,
            version=found.version,
            role=found.role,
        )


def judge_again(judge: Judge, session: Session, known: Recorded) -> Again:
    """Judge a decision's question again, under its own law, and put a successor on record where it says otherwise now.

    A decision to ask for the paper is not judged, because it shows nothing; nor is one that only the population
    database confirmed, because the city holds nothing of it.
    """
    if known.superseded_by is not None:
        return Again(known, superseded(known))
    if known.outcome == "ask" or known.evidence_type == POPULATION:
        return Again(known)
    connection = session.connection
    store.lock(connection, known.agency, known.dossier, known.requirement_set)
    known = store.one(connection, known.id)
    if known.superseded_by is not None:
        return Again(known, superseded(known))
    question = opened(connection, session.keys, known)
    if question is None:
        return Again(
            known,
            AskAnew(
                f"Decision {known.id} was made before questions were kept: whether it still holds cannot be judged",
                hint=ANEW,
            ),
        )
    requirement = next(
        (each for each in judge.requirements.get(question.procedure, ()) if each.id == known.requirement), None
    )
    if requirement is None:
        return Again(known, AskAnew(f"What decision {known.id} answers is not demanded any more", hint=ANEW))
    with session.under(question.inquiry.legal_basis):
        [decided] = judge.decided(session, question, (requirement,))
    store.record(connection, question, known.requirement_set, [decided], session.now, session.now, standing=(known,))
    seal(connection, session.keys, question, known.requirement_set)
    known = store.one(connection, known.id)
    return Again(known, superseded(known) if known.superseded_by is not None else None, decided.evidence)


def superseded(known: Recorded) -> Superseded:
    """The refusal of an act on a decision that has a successor."""
    because = ", ".join(known.superseded_because)
    return Superseded(
        f"Decision {known.id} does not hold any more ({because}): decision {known.superseded_by} stands in its place",
        hint=f"look at decision {known.superseded_by}, or {ANEW}",
    )


def seal(connection: sa.Connection, keys: Keys, question: Question, set_: str) -> None:
    """Keep a question beside those of its decisions that stand without one."""
    inquiry = question.inquiry
    kept = {
        "agency": inquiry.agency,
        "dossier": inquiry.reference,
        "purpose": inquiry.purpose,
        "legal_basis": inquiry.legal_basis,
        "procedure": question.procedure,
        "people": {about: asdict(each) for about, each in question.people.items()},
    }
    content = keys.seal(
        json.dumps(kept, ensure_ascii=False, sort_keys=True).encode(), place(inquiry.agency, inquiry.reference, set_)
    )
    connection.execute(
        sa.text("""
        insert into hub.decision_question (decision, content) select d.id, :content from hub.decision d
        where d.agency = :agency and d.dossier = :dossier and d.requirement_set = :set
          and not exists (select from hub.decision s where s.supersedes = d.id)
          and not exists (select from hub.decision_question q where q.decision = d.id)
        on conflict do nothing"""),
        {"content": content, "agency": inquiry.agency, "dossier": inquiry.reference, "set": set_},
    )


def seal_new(
    connection: sa.Connection, keys: Keys, question: Question, set_: str, answer: Iterable[Recorded]
) -> tuple[Recorded, ...]:
    """The answer, after each of its decisions has its sealed question. Writes nothing if all have it."""
    answer = tuple(answer)
    if not all(each.sealed for each in answer):
        seal(connection, keys, question, set_)
    return tuple(replace(each, sealed=True) for each in answer)


def opened(connection: sa.Connection, keys: Keys, known: Recorded) -> Question | None:
    """The question of a decision; None: it was decided before questions were kept. Raises SealBroken."""
    content = connection.scalar(
        sa.text("select content from hub.decision_question where decision = :id"), {"id": known.id}
    )
    if content is None:
        return None
    kept = json.loads(keys.open(bytes(content), place(known.agency, known.dossier, known.requirement_set)))
    people = {
        about: Subject(**{**each, "entry": Entry(**each["entry"]) if each["entry"] else None})
        for about, each in kept["people"].items()
    }
    inquiry = Inquiry(
        kept["agency"], "", kept["purpose"], kept["dossier"], kept["legal_basis"], door="record"
    )  # judged, not noted: nobody asks
    return Question(inquiry, kept["procedure"], people)


def place(agency: str, dossier: str, set_: str) -> bytes:
    """The context of a question's seal: it does not open beside another decision."""
    return f"hub.decision_question/{agency}/{dossier}/{set_}".encode()
