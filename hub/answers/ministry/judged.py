"""The state of a question of the Ministry at a moment: one requirement through the decider of agencies' dossiers."""

from __future__ import annotations

from dataclasses import dataclass

from hub.access.legal_bases import duty
from hub.access.session import Session
from hub.answers.decisions.decide import Decided, Question
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.decisions.facts import ConditionEffect, Outcome
from hub.answers.extracts import extract_layout
from hub.answers.extracts.drafts import warning
from hub.answers.ministry import fields
from hub.answers.ministry.codes import State
from hub.evidence.doubts import said, together
from hub.evidence.evidence import Evidence
from hub.evidence.registers import register_of
from hub.requirements.catalogue import About, Answer, Requirement, Territory, Validity

MODULE = "BS"
PROCEDURE = "2.000635"
"""Cấp bản sao trích lục hộ tịch."""
PURPOSE = "civil-status"
NEITHER = "Không tìm thấy, hoặc cơ quan không được phép khai thác"


@dataclass(frozen=True)
class Judged:
    """The result for a caller at a moment."""

    state: State
    reasons: tuple[str, ...]
    found: Evidence | None
    denied: bool
    """Refused for lack of a right."""


def judge(service: DecisionService, session: Session, wanted: fields.WantedRecord) -> Judged:
    """Judge a question by what is held now, for the asker."""
    law = session.inquiry.legal_basis
    requirement = Requirement(
        PROCEDURE,
        MODULE,
        "Bản sao trích lục",
        1,
        Answer.REGISTER,
        wanted.type,
        About.APPLICANT,
        Territory.ANY,
        None,
        Validity(),
        duty(law),
        "ministry",
        True,
        0,
    )
    [decided] = service.decided(
        session, Question(session.inquiry, PROCEDURE, {About.APPLICANT: wanted.subject}), (requirement,)
    )
    dataset = register_of(service.hub.contracts, wanted.type).dataset
    found = next((each for each in decided.evidence if each.dataset == dataset), None)
    allowed = all(
        whole(service, session, each) for each in decided.looked_at
    )  # otherwise the reasons would disclose a death or a divorce
    new, reasons = _became(decided, found, allowed)
    if new is State.SUPPLEMENT:
        noted = together(*(each.noted for each in decided.looked_at))
        reasons += tuple(map(warning, said(service.hub.contracts, dataset, noted)))
    return Judged(new, reasons, found, _denied(decided) or not allowed)


def whole(service: DecisionService, session: Session, found: Evidence) -> bool:
    """Whether the asker may see every field of a copy: a copy is whole or not drafted."""
    needed = extract_layout.fields(found.type)
    return needed <= service.rule.fields(session.inquiry, found.dataset, session.today, needed, found)


def _became(decided: Decided, found: Evidence | None, allowed: bool) -> tuple[State, tuple[str, ...]]:
    """The state that a decision means."""
    failed = {c.id for c in decided.conditions if c.effect is ConditionEffect.FAILS}
    if (
        not allowed
        or failed & {"answerable", "permitted", "person-told", "held"}
        or (decided.evidence and found is None)
    ):
        return State.REFUSED, (NEITHER,)
    if decided.outcome is Outcome.REUSE:
        return State.DONE, ()
    if failed == {"fresh"}:
        return State.RECEIVED, ()
    return State.SUPPLEMENT, tuple(c.sentence for c in decided.conditions if c.effect is not ConditionEffect.HOLDS)


def _denied(decided: Decided) -> bool:
    return any(c.id == "permitted" and c.effect is ConditionEffect.FAILS for c in decided.conditions)
