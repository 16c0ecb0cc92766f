"""What an officer does with a decision: look, confirm, use, refuse, have the copy drafted. Each is one transaction that judges the decision again.

    decision ──read as its agency──> judged again ──shown only what may be──> act noted ──> audit row ──commit──> reply or refusal

What is refused is noted and committed too, with the successor of what does not hold any more; then it is raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hub.access.audit import AuditEntry
from hub.answers.decisions import rejudge, store
from hub.answers.decisions.rejudge import Again, AskAnew, NotHeld, not_held
from hub.answers.decisions.store import PreviewRequired, Recorded
from hub.answers.disclosure.model import Asking
from hub.answers.extracts import drafts, extract_layout
from hub.answers.extracts.drafts import Copy
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.evidence import Evidence, Moment

if TYPE_CHECKING:
    from hub.answers.decisions.decision_service import DecisionService

Refused = NotHeld | PreviewRequired | AskAnew
NOUNS = {"used": "use", "confirmed": "confirm", "refused": "refuse"}
"""Act -> how the audit log names it."""


@dataclass(frozen=True)
class Officer:
    """The acts, at the desk of the hub."""

    desk: DecisionService

    def act(self, decision: int, what: str, person: Actor, legal_basis: str = "", *, record: str = "", counted: bool = False) -> Recorded:
        """Note, as the decision's agency, that its evidence was `used`, `confirmed` or `refused`; noted in the audit log too, also when that may not be.

        `record` names the candidate that is confirmed, where there are several. Used and confirmed is only what still holds.

        Raises:
            NotFound: no such decision, or what it would use may not be looked at any more.
            PreviewRequired: used before it was looked at, or refused already, or the other way round.
            AskAnew, Superseded: it does not hold any more, or cannot be judged again.
            LimitReached: as `ask`.
        """
        now, noun = self.desk.hub.scenario.now(), NOUNS[what]
        known = self._known(decision, person, noun, now, legal_basis, counted)
        with self.desk.hub.engine.begin() as connection:
            again = self._again(connection, known, now, judge=what != "refused")
            done, refused = again.decision, self._refused(connection, again, record, what, person, now, legal_basis)
            if refused is None:
                done, refused = self._acted(connection, again, what, person, now, record)
            outcome = "denied" if isinstance(refused, NotHeld) else "nothing" if refused else None
            self.desk.note(connection, _asked(known, person, noun, None, legal_basis), now, (done,), outcome=outcome)
        if refused is not None:
            raise refused
        return done

    def preview(self, decision: int, person: Actor, legal_basis: str = "", *, record: str = "", counted: bool = False) -> Evidence:
        """Show the evidence of a decision, without what its agency may not see; that somebody looked stays on record, in the transaction of the answer.
        Shown is only what still holds: the question is judged again first.

        `legal_basis`: under which law it is looked at; by default that of the decision's question.
        `record`: which of the decision's candidates; by default its own record.

        Raises:
            NotFound: no such decision or candidate, its evidence is not held any more, or its agency may not see it any more.
            PreviewRequired: there is nothing to look at.
            AskAnew, Superseded: it does not hold any more, or cannot be judged again.
            LimitReached: as `ask`.
        """
        now = self.desk.hub.scenario.now()
        known = self._known(decision, person, "preview", now, legal_basis, counted)
        with self.desk.hub.engine.begin() as connection:
            again = self._again(connection, known, now)
            known, whom = again.decision, again.about(record)
            refused: Refused | None = again.refused
            found = self._found(connection, whom, now, legal_basis) if whom else None
            shown, allowed = self.desk.rule.shown(_asking(known, person, legal_basis), found, Moment(now).today) if found else (None, frozenset[str]())
            if refused is None and (allowed or known.outcome == "ask"):
                known, refused = self._acted(connection, again, "previewed", person, now, record)
            outcome = "nothing" if refused is not None and allowed else _outcome(found, allowed)
            told = _told(found, () if refused else allowed)
            self.desk.note(connection, _asked(known, person, "preview", found, legal_basis), now, (known,), told, outcome=outcome)
        if known.outcome != "ask" and (shown is None or not allowed):
            raise not_held(known)
        if refused is not None:
            raise refused
        assert shown is not None
        return shown

    def extract(self, decision: int, agency_name: str, person: Actor, legal_basis: str = "", *, counted: bool = False) -> Copy:
        """Draft the copy of extract that a decision reuses, numbered; noted in the same transaction.

        Drafted only of what still holds: of a *reuse* that was previewed, or of a *confirm* that an officer confirmed; never after a refusal.
        A copy says all that its form says: where the grant lacks a field, none is drafted (a line left out would read as if the
        book were silent). So only agencies that keep the registers get copies (Luật Hộ tịch Art. 63).

        Raises:
            NotFound: no such decision, not held any more, no entry of a register, or not granted as a whole.
            PreviewRequired: nobody looked at it, or answers for it.
            AskAnew, Superseded: it does not hold any more, or cannot be judged again.
            LimitReached: as `ask`.
        """
        now, copy, refused = self.desk.hub.scenario.now(), None, None
        known = self._known(decision, person, "extract", now, legal_basis, counted)
        with self.desk.hub.engine.begin() as connection:
            again = self._again(connection, known, now)
            known, whom = again.decision, again.about(again.decision.confirmed or "")
            found = self._found(connection, whom, now, legal_basis) if whom else None
            needed = extract_layout.fields(found.type) if found else frozenset[str]()
            allowed = self.desk.rule.fields(_asking(known, person, legal_basis), found.dataset, Moment(now).today, needed, found) if found else needed
            if found and allowed == needed:
                refused = again.refused or store.uncopied(known)
                copy = None if refused else drafts.issue(
                    connection, found, self.desk.hub.contracts, self.desk.units, agency=(known.agency, agency_name), reference=known.dossier,
                    legal_basis=known.legal_basis, now=now)
            outcome = "answered" if copy else "nothing" if refused or not found else "denied"
            told = _told(found, needed if copy else ())
            self.desk.note(connection, _asked(known, person, "extract", found, legal_basis), now, (known,), told, outcome=outcome)
        if refused is not None:
            raise refused
        if copy is None:
            raise not_held(known)
        return copy

    def _again(self, connection: sa.Connection, known: Recorded, now: datetime, *, judge: bool = True) -> Again:
        """A decision judged again, as its own agency and under its question's law; not judged, only whether it was superseded."""
        self.desk.read_as(connection, known, now)
        if not judge:
            return Again(known, rejudge.superseded(known) if known.superseded_by is not None else None)
        return rejudge.judge_again(self.desk, self.desk.hub.keys, connection, known, now)

    def _refused(self, connection: sa.Connection, again: Again, record: str, what: str, person: Actor, now: datetime,
                 legal_basis: str) -> Refused | None:
        """What forbids an act, before it is tried. Who may not look at the evidence hears nothing but that it is not held."""
        known = again.decision
        if known.outcome == "ask" or what == "refused":
            return again.refused
        whom = again.about(record)
        found = self._found(connection, whom, now, legal_basis) if whom else None
        if found is None or not self.desk.rule.shown(_asking(known, person, legal_basis), found, Moment(now).today)[1]:
            return not_held(known)
        if again.refused is None and what == "confirmed" and not record and known.candidates:
            return PreviewRequired(f"Decision {known.id} has {len(known.candidates)} candidates", hint="name the one that is confirmed, by its record")
        return again.refused

    def _acted(self, connection: sa.Connection, again: Again, what: str, person: Actor, now: datetime,
               record: str = "") -> tuple[Recorded, PreviewRequired | None]:
        """The decision after an act, or what forbids it: raised when that is noted and committed."""
        known = again.decision
        try:
            return store.act(connection, known.id, what, person, now, "" if record == known.record else record), None
        except PreviewRequired as refused:
            return known, refused

    def _known(self, decision: int, person: Actor, what: str, now: datetime, legal_basis: str, counted: bool) -> Recorded:
        """A decision, before anything of its evidence is looked for. Raises NotFound; LimitReached, unless the hour was looked at (`counted`)."""
        with self.desk.hub.engine.begin() as connection:
            known = store.one(connection, decision)
        if not counted:
            self.desk.within_limit(_asked(known, person, what, None, legal_basis), now)
        return known

    def _found(self, connection: sa.Connection, known: Recorded, now: datetime, legal_basis: str) -> Evidence | None:
        """A decision's evidence, as its own agency may read it; from here on the transaction reads as that agency. Raises NotFound."""
        self.desk.read_as(connection, known, now, legal_basis)
        try:
            return self.desk.evidence(connection, known)
        except NotFound:
            if known.dataset is None and known.outcome != "ask":
                raise  # the population database confirmed, and nothing of it is kept: no denial, and nothing to be hidden
            return None


def _asking(decision: Recorded, person: Actor, legal_basis: str) -> Asking:
    return Asking(decision.agency, person.who, decision.purpose, decision.dossier, legal_basis or decision.asked_under)


def _asked(decision: Recorded, person: Actor, what: str, found: Evidence | None, legal_basis: str) -> AuditEntry:
    numbers = (found.number,) if found and found.number else ()
    return AuditEntry(decision.agency, person.who, what, decision.purpose, decision.dossier, numbers, legal_basis or decision.asked_under)


def _told(found: Evidence | None, fields: Iterable[str]) -> list[str]:
    return [f"{found.dataset}.{name}" for name in fields] if found else []


def _outcome(found: Evidence | None, allowed: Iterable[str]) -> str:
    return "answered" if allowed else "denied" if found else "nothing"
