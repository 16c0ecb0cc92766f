"""Acts of an officer on a decision: preview, confirm, use, refuse, extract.

Each judges the decision again, in one transaction.

    decision ──read as its agency──> judged again ──cut by the policy──> act noted ──> audit row ──commit──> reply

A refusal is committed too, with its audit row and with the successor of a decision that no longer holds; then it is
raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub.access.answering import Admission
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.answers.decisions import rejudge, store
from hub.answers.decisions.noted import note
from hub.answers.decisions.recorded import Recorded
from hub.answers.decisions.rejudge import Again, AskAnew, NotHeld, not_held
from hub.answers.decisions.store import PreviewRequired
from hub.answers.extracts import drafts, extract_layout
from hub.answers.extracts.drafts import Copy
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence import doubts
from hub.evidence.evidence import Evidence

if TYPE_CHECKING:
    from hub.answers.decisions.decision_service import DecisionService

Refused = NotHeld | PreviewRequired | AskAnew
NOUNS = {"used": "use", "confirmed": "confirm", "refused": "refuse"}
"""Act -> how the audit log names it."""


@dataclass(frozen=True)
class Officer:
    """The acts. Each is about a decision, for an admitted question."""

    service: DecisionService
    asker: Inquiry | None = None
    """Only its own decisions are acted on. None: any; a command acts as the agency of the decision."""

    def act(self, admission: Admission, decision: int, what: str, person: Actor, *, record: str = "") -> Recorded:
        """Record that evidence was `used`, `confirmed` or `refused`. The attempt is audited, also when it is refused.

        `record` names the confirmed candidate where there are several. Only a decision that still holds may be used or
        confirmed.

        Raises:
            NotFound: no such decision, or what it would use may not be looked at any more.
            PreviewRequired: used before it was looked at, or refused already, or the other way round.
            AskAnew, Superseded: it does not hold any more, or cannot be judged again.
        """
        with admission.answering() as session:
            again = self._again(session, decision, judge=what != "refused")
            done, refused = again.decision, self._refused(session, again, record, what)
            if refused is None:
                done, refused = self._acted(session, again, what, person, record)
            note(session, (done,), outcome="denied" if isinstance(refused, NotHeld) else "nothing" if refused else None)
            if refused is not None:
                session.refuse(refused)
        return done

    def preview(self, admission: Admission, decision: int, person: Actor, *, record: str = "") -> Evidence:
        """Show the evidence of a decision, cut to what its agency may see.

        The preview is recorded in the same transaction.

        The question is judged again first; only a decision that still holds is shown.

        `record`: which of the decision's candidates; by default its own record.

        Raises:
            NotFound: no such decision or candidate, its evidence is not held any more, or its agency may not see it any
                more.
            PreviewRequired: there is nothing to look at.
            AskAnew, Superseded: it does not hold any more, or cannot be judged again.
        """
        with admission.answering() as session:
            again = self._again(session, decision)
            known, whom = again.decision, again.about(record)
            refused: Refused | None = again.refused
            found = self._found(session, whom) if whom else None
            shown, allowed = (
                self.service.rule.shown(session.inquiry, found, session.today) if found else (None, frozenset[str]())
            )
            if refused is None and (allowed or known.outcome == "ask"):
                known, refused = self._acted(session, again, "previewed", person, record)
            note(
                session,
                (known,),
                _fields(found, () if refused else allowed),
                outcome="nothing" if refused is not None and allowed else _outcome(found, allowed),
            )
            if known.outcome != "ask" and (shown is None or not allowed):
                refused = not_held(known)
            if refused is not None:
                session.refuse(refused)
        assert shown is not None
        return replace(shown, noted=doubts.said(self.service.hub.contracts, shown.dataset, shown.noted))

    def extract(self, admission: Admission, decision: int, agency_name: str, person: Actor) -> Copy:
        """Draft the numbered copy of extract that a decision reuses. `person`: who asks for it, and why.

        The decision must still hold: a *reuse* that was previewed, or a *confirm* that an officer confirmed; never
        after a refusal. A copy has every field of its form. If the grant lacks a field, no copy is drafted, because a
        missing line would look like a gap in the book. So only agencies that keep the registers get copies (Luật Hộ
        tịch Art. 63).

        Raises:
            NotFound: no such decision, not held any more, no entry of a register, or not granted as a whole.
            PreviewRequired: nobody looked at it, or answers for it.
            AskAnew, Superseded: it does not hold any more, or cannot be judged again.
        """
        copy, refused = None, None
        with admission.answering() as session:
            again = self._again(session, decision)
            known, whom = again.decision, again.about(again.decision.confirmed or "")
            found = self._found(session, whom) if whom else None
            needed = extract_layout.fields(found.type) if found else frozenset[str]()
            allowed = (
                self.service.rule.fields(session.inquiry, found.dataset, session.today, needed, found)
                if found
                else needed
            )
            if found and allowed == needed:
                refused = again.refused or store.uncopied(known)
                copy = (
                    None
                    if refused
                    else drafts.issue(
                        session.connection,
                        found,
                        self.service.hub.contracts,
                        self.service.units,
                        agency=(known.agency, agency_name),
                        reference=known.dossier,
                        legal_basis=known.legal_basis,
                        now=session.now,
                    )
                )
            note(
                session,
                (known,),
                _fields(found, needed if copy else ()),
                outcome="answered" if copy else "nothing" if refused or not found else "denied",
            )
            if copy is None:
                session.refuse(refused or not_held(known))
        assert copy is not None
        return copy

    def _again(self, session: Session, decision: int, *, judge: bool = True) -> Again:
        """The decision, judged again under its question's law if it can be. Raises NotFound."""
        known = store.one(session.connection, decision, self.asker)
        session.concerns(known.dossier)
        if not judge:
            return Again(known, rejudge.superseded(known) if known.superseded_by is not None else None)
        return rejudge.judge_again(self.service, session, known)

    def _refused(self, session: Session, again: Again, record: str, what: str) -> Refused | None:
        """The error that forbids an act, before it is tried.

        An asker who may not see the evidence gets only `not held`.
        """
        known = again.decision
        if known.outcome == "ask" or what == "refused":
            return again.refused
        whom = again.about(record)
        found = self._found(session, whom, named=False) if whom else None
        if found is None or not self.service.rule.shown(session.inquiry, found, session.today)[1]:
            return not_held(known)
        if again.refused is None and what == "confirmed" and not record and known.candidates:
            return PreviewRequired(
                f"Decision {known.id} has {len(known.candidates)} candidates",
                hint="name the one that is confirmed, by its record",
            )
        return again.refused

    def _acted(
        self, session: Session, again: Again, what: str, person: Actor, record: str
    ) -> tuple[Recorded, PreviewRequired | None]:
        """The decision after an act, or the error that forbids it, which is raised after the commit."""
        known = again.decision
        try:
            return store.act(
                session.connection, known.id, what, person, session.now, "" if record == known.record else record
            ), None
        except PreviewRequired as refused:
            return known, refused

    def _found(self, session: Session, known: Recorded, *, named: bool = True) -> Evidence | None:
        """A decision's evidence, as the asker may read it.

        `named`: the audit row records the person. Raises NotFound.
        """
        try:
            found = self.service.evidence(session.connection, known)
        except NotFound:
            if known.dataset is None and known.outcome != "ask":
                raise  # the population database confirmed, and nothing of it is kept: there is nothing to deny or hide
            return None
        if named and found.number:
            session.concerns(numbers=(found.number,))
        return found


def _fields(found: Evidence | None, names: Iterable[str]) -> list[str]:
    return [f"{found.dataset}.{name}" for name in names] if found else []


def _outcome(found: Evidence | None, allowed: Iterable[str]) -> str:
    return "answered" if allowed else "denied" if found else "nothing"
