"""The question of an agency, answered: everything the parts of this folder need, put together from the hub."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from hub import audit, walls
from hub.acts import Person
from hub.audit import Asked
from hub.bootstrap import Hub
from hub.disclosure.disclosure import Disclosure
from hub.disclosure.model import Asking
from hub.disclosure.rule import Rule
from hub.errors import NothingSuch
from hub.grants.load import read_grants
from hub.grants.model import Grants
from hub.requirements.catalogue import Requirement, read_requirements
from hub.reuse import components, decisions, extracts, sheets
from hub.reuse.decide import POPULATION, Decided, Decider, Question, Terms
from hub.reuse.decisions import NotLookedAt, Recorded
from hub.reuse.elsewhere import Elsewhere
from hub.reuse.evidence import Evidence, Moment, about, of_register, of_results, owner_of_result
from hub.reuse.extracts import Copy
from hub.reuse.kinds import COMPONENT, DEATH, REGISTERS
from hub.reuse.locator import Locator
from hub.units import Units, read_units

KNOWN = ("usual_age_days", "deadline_s", "here", "refreshed_from", "population")


@dataclass(frozen=True)
class Desk:
    """The hub's answers to agencies."""

    hub: Hub

    def ask(self, question: Question, *, who: str = "hub", refresh: bool = True, counted: bool = False) -> tuple[Recorded, ...]:
        """Decide all requirements of a procedure for a dossier and put the decisions on record; the same question has the same answer.

        The audit row is written in the transaction of the answer: no row, no answer. `counted`, here and at the other doors: the caller looked at
        the agency's hour already.

        Raises:
            NothingSuch: no requirements of that procedure are known.
            LimitReached: the agency asked more within the hour than its grants allow; that is noted too.
        """
        requirements = self.demanded(question.procedure)
        set_ = decisions.requirement_set(question, [each.id for each in requirements], self.hub.keys)
        numbers = sorted({n for each in question.people.values() for n in (each.personal_id, each.old_id) if n})
        asked = Asked(question.agency, who, "decisions", question.purpose, question.dossier, tuple(numbers), question.legal_basis)
        now = self.hub.scenario.now()
        if not counted:
            self.within_limit(asked, now)
        with self.hub.engine.begin() as connection:
            self._read_as(connection, question, now)
            answer = decisions.recorded(connection, question, set_)
            if not answer:
                decided = self.decided(connection, question, requirements, now, refresh=refresh)
                answer = decisions.record(connection, question, set_, decided, now, self.hub.scenario.now())
            self.note(connection, asked, now, answer)
        return answer

    def decided(self, connection: sa.Connection, question: Question, requirements: tuple[Requirement, ...], now: datetime, *,
                refresh: bool = True) -> tuple[Decided, ...]:
        """Decide behind the second wall: whether a death locks is asked by the hub itself, of deaths alone; all else, from here on, as the agency."""
        decider = self.decider(connection, Moment(now), refresh=refresh, legal_basis=question.legal_basis)
        return replace(decider, own=lambda: self._own(connection, question, now)).dossier(question, requirements)

    @contextmanager
    def _own(self, connection: sa.Connection, question: Question, now: datetime) -> Iterator[None]:
        """Read deaths as the hub itself, then as the agency again. After an error it is neither: the transaction sees deaths alone, and may write nothing."""
        walls.read_own(connection, REGISTERS[DEATH].dataset, Moment(now).today)
        yield
        self._read_as(connection, question, now)

    def shown(self, dossier: str, who: str) -> tuple[Recorded, ...]:
        """All decisions about a dossier, oldest first: for each agency that asked they are read as that agency, and noted.

        Raises:
            NothingSuch: there are none.
        """
        now, found = self.hub.scenario.now(), list[Recorded]()
        with self.hub.engine.connect() as connection:
            askers = decisions.askers(connection, dossier)
        for agency, purpose in askers:
            with self.hub.engine.begin() as connection:
                walls.read_as(connection, agency=agency, purpose=purpose, day=Moment(now).today)
                own = tuple(each for each in decisions.of_dossier(connection, dossier) if each.purpose == purpose)
                self.note(connection, Asked(agency, who, "decisions", purpose, dossier), now, own, missed=False)
            found += own
        if not found:
            raise NothingSuch(f"No decision about dossier {dossier}", hint="hub decisions ask makes them")
        return tuple(sorted(found, key=lambda each: each.id))

    def act(self, decision: int, what: str, person: Person, legal_basis: str = "", *, counted: bool = False) -> Recorded:
        """Note, as the decision's agency, that its evidence was `used` or `refused`; noted in the audit log too, also when that may not be.

        Raises:
            NothingSuch: no such decision, or what it would use may not be looked at any more.
            NotLookedAt: used before it was looked at, or refused already, or the other way round.
            LimitReached: as `ask`.
        """
        now, noun = self.hub.scenario.now(), {"used": "use", "refused": "refuse"}[what]
        known = self._known(decision, person, noun, now, legal_basis, counted)
        with self.hub.engine.begin() as connection:
            self._read_as(connection, known, now, legal_basis)
            done, refused = self._acted(connection, known, what, person, now, legal_basis)
            outcome = "denied" if isinstance(refused, NotHeld) else "nothing" if refused else None
            self.note(connection, _asked(known, person, noun, None, legal_basis), now, (done,), outcome=outcome)
        if refused is not None:
            raise refused
        return done

    def _acted(self, connection: sa.Connection, known: Recorded, what: str, person: Person, now: datetime,
               legal_basis: str) -> tuple[Recorded, NotLookedAt | NotHeld | None]:
        """The decision after an act, or what forbids it: raised when that is noted and committed. Used is only what may be looked at now."""
        if what == "used" and known.outcome != "ask":
            found = self._found(connection, known, now, legal_basis)
            if found is None or not self.rule.shown(_asking(known, person, legal_basis), found, Moment(now).today)[1]:
                return known, _not_held(known)
        try:
            return decisions.act(connection, known.id, what, person, now), None
        except NotLookedAt as refused:
            return known, refused

    def _read_as(self, connection: sa.Connection, whose: Question | Recorded, now: datetime, legal_basis: str = "") -> None:
        """From here on the transaction reads as the agency of a question or decision, under the law told or else its own."""
        law = legal_basis or (whose.legal_basis if isinstance(whose, Question) else whose.asked_under)
        walls.read_as(connection, agency=whose.agency, purpose=whose.purpose, day=Moment(now).today, legal_basis=law)

    def preview(self, decision: int, person: Person, legal_basis: str = "", *, counted: bool = False) -> Evidence:
        """Show the evidence of a decision, without what its agency may not see; that somebody looked stays on record, in the transaction of the answer.
        `legal_basis`: under which law it is looked at; by default that of the decision's question.

        Raises:
            NothingSuch: no such decision, its evidence is not held any more, or its agency may not see it any more.
            NotLookedAt: there is nothing to look at.
            LimitReached: as `ask`.
        """
        now = self.hub.scenario.now()
        known = self._known(decision, person, "preview", now, legal_basis, counted)
        with self.hub.engine.begin() as connection:
            found = self._found(connection, known, now, legal_basis)
            shown, allowed = self.rule.shown(_asking(known, person, legal_basis), found, Moment(now).today) if found else (None, frozenset[str]())
            known, refused = self._acted(connection, known, "previewed", person, now, legal_basis) if allowed or known.outcome == "ask" else (known, None)
            self.note(connection, _asked(known, person, "preview", found, legal_basis), now, (known,), _told(found, allowed), outcome=_outcome(found, allowed))
        if refused is not None:
            raise refused
        if shown is None or not allowed:
            raise _not_held(known)
        return shown

    def extract(self, decision: int, agency_name: str, person: Person, legal_basis: str = "", *, counted: bool = False) -> Copy:
        """Draft the copy of extract that a decision reuses, numbered; noted in the same transaction.

        A copy says all that its form says: where the grant lacks a field, none is drafted (a line left out would read as if the
        book were silent). So only agencies that keep the registers get copies (Luật Hộ tịch Art. 63).

        Raises:
            NothingSuch: no such decision, not held any more, no entry of a register, or not granted as a whole.
            LimitReached: as `ask`.
        """
        now, copy = self.hub.scenario.now(), None
        known = self._known(decision, person, "extract", now, legal_basis, counted)
        with self.hub.engine.begin() as connection:
            found = self._found(connection, known, now, legal_basis)
            needed = sheets.fields(found.type) if found else frozenset[str]()
            allowed = self.rule.fields(_asking(known, person, legal_basis), found.dataset, Moment(now).today, needed, found) if found else needed
            if found and allowed == needed:
                copy = extracts.issue(connection, found, self.hub.contracts, self.units, agency=(known.agency, agency_name), reference=known.dossier,
                                      legal_basis=known.legal_basis, now=now)
            outcome = "answered" if copy else "denied" if found else "nothing"
            self.note(connection, _asked(known, person, "extract", found, legal_basis), now, (known,), _told(found, needed if copy else ()), outcome=outcome)
        if copy is None:
            raise _not_held(known)
        return copy

    def _known(self, decision: int, person: Person, what: str, now: datetime, legal_basis: str, counted: bool) -> Recorded:
        """A decision, before anything of its evidence is looked for. Raises NothingSuch; LimitReached, unless the hour was looked at (`counted`)."""
        with self.hub.engine.begin() as connection:
            known = decisions.one(connection, decision)
        if not counted:
            self.within_limit(_asked(known, person, what, None, legal_basis), now)
        return known

    def _found(self, connection: sa.Connection, known: Recorded, now: datetime, legal_basis: str) -> Evidence | None:
        """A decision's evidence, as its own agency may read it; from here on the transaction reads as that agency. Raises NothingSuch."""
        self._read_as(connection, known, now, legal_basis)
        try:
            return self.evidence(connection, known)
        except NothingSuch:
            if known.dataset is None and known.outcome != "ask":
                raise  # the population database confirmed, and nothing of it is kept: no denial, and nothing to be hidden
            return None

    def within_limit(self, asked: Asked, now: datetime) -> None:
        """Take a place for a question (`hub/limits.py`). Raises LimitReached: the agency has none left; that is noted."""
        with self.hub.engine.begin() as connection:
            refused = self.rule.within_limit(connection, asked, Moment(now).today, self.hub.keys, now)
        if refused is not None:
            raise refused

    def note(self, connection: sa.Connection, asked: Asked, now: datetime, answer: tuple[Recorded, ...], fields: Iterable[str] = (), *,
             outcome: str | None = None, missed: bool | None = None) -> None:
        """Write the audit row of an answer made of decisions, in its transaction; `outcome` and `missed` when they are not theirs."""
        permitted = [r for each in answer for r in each.why if r["condition"] == "permitted"]
        denied = bool(permitted) and all(r["effect"] == "fails" for r in permitted)
        held = [each for each in answer if each.outcome != "ask"] if outcome in (None, "answered") else []
        if missed is None:  # of an act: what was found, and may not be shown, counts like what is not held any more
            missed = outcome in ("nothing", "denied") if outcome else not held and any(_nothing_held(each) for each in answer)
        audit.write(
            connection, asked, self.hub.keys, now, outcome=outcome or ("answered" if held else "denied" if denied else "nothing"),
            answer=[(each.id, each.outcome, each.record, each.version) for each in answer], datasets=_datasets(answer, held),
            fields=fields, grants=(r["value"] for r in permitted if r["effect"] == "holds"), legal_bases=(each.legal_basis for each in held),
            missed=missed,
        )

    def demanded(self, procedure: str) -> tuple[Requirement, ...]:
        """The requirements of a procedure. Raises NothingSuch."""
        if procedure not in self.requirements:
            raise NothingSuch(f"No requirements of procedure {procedure} are known", hint="hub requirements show lists what is known")
        return self.requirements[procedure]

    def decider(self, connection: sa.Connection, moment: Moment, *, refresh: bool = True, legal_basis: str = "") -> Decider:
        """What decides at a moment, for questions under a law."""
        locator = Locator(connection, self.hub.contracts, self.hub.keys, self.units, moment, self.terms.refreshed_from)
        permits = lambda agency, dataset, purpose: self.grants.permission(agency, dataset, purpose, moment.today, legal_basis)  # noqa: E731
        tells = lambda question, evidence: self.rule.tells(_asked_by(question), moment.today, evidence)  # noqa: E731
        elsewhere = Elsewhere(self.hub, self.terms, self.grants)
        population = elsewhere.population(moment) if refresh and self.terms.population else None
        return Decider(locator, self.terms, permits, tells, elsewhere.refresh if refresh else None, population, now=self.hub.scenario.now)

    def evidence(self, connection: sa.Connection, decision: Recorded) -> Evidence:
        """The evidence of a decision as it is now, about the person it was asked about.

        Raises:
            NothingSuch: it is not held any more, or never was (the population database's).
        """
        if decision.evidence_type == POPULATION:
            raise NothingSuch(
                f"Decision {decision.id} rests on the population database, of which the hub keeps nothing", hint="look there, under the agency's own account",
            )
        there = self._evidence(connection, decision, Moment(self.hub.scenario.now()))
        found = about((each for each in there if each.dataset == decision.dataset and each.key == decision.record_key), decision.role)
        if found is None:
            raise _not_held(decision)
        return found

    def _evidence(self, connection: sa.Connection, decision: Recorded, moment: Moment) -> Iterator[Evidence]:
        type_, system, key = decision.evidence_type or "", decision.system or "", decision.record_key or ""
        if decision.dataset == COMPONENT:
            return components.of_key(connection, type_, system, key, moment)
        if type_ in REGISTERS:
            condition = "r._system = :system and r._key = :key"
            return of_register(connection, REGISTERS[type_], self.hub.contracts, condition, {"system": system, "key": key}, moment)
        owner = owner_of_result(connection, system, key)
        return of_results(connection, type_, owner, moment) if owner else iter(())

    def agency_name(self, code: str) -> str:
        """An agency's name, as it stands on a copy; its code where the list does not know it."""
        return self._agencies.get(code, code)

    @cached_property
    def _agencies(self) -> dict[str, str]:
        path = self.hub.deployment.folder / "reference" / "agencies.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return {row["code"]: row["name"] for row in csv.DictReader(file)}

    @cached_property
    def units(self) -> Units:
        return read_units(self.hub.deployment.folder / "reference")

    @cached_property
    def disclosure(self) -> Disclosure:
        """Records, answers and prefill by the same grants."""
        return Disclosure.of(self.hub, self.grants, self.units)

    @property
    def rule(self) -> Rule:
        return self.disclosure.rule

    @cached_property
    def grants(self) -> Grants:
        return read_grants(self.hub.deployment.folder, self.hub.contracts)

    @cached_property
    def requirements(self) -> dict[str, tuple[Requirement, ...]]:
        return dict(read_requirements(self.hub.deployment.folder))

    @cached_property
    def terms(self) -> Terms:
        """What the deployment lays down under `reuse:`."""
        given = self.hub.deployment.reuse
        if unknown := sorted(set(given) - set(KNOWN)):
            raise DeploymentInvalid(f"deployment.yaml: reuse has unknown {', '.join(unknown)}", hint=f"known are {', '.join(KNOWN)}")
        return Terms.of(given)



def _datasets(answer: Iterable[Recorded], held: Iterable[Recorded]) -> Iterator[str]:
    """Where answers came from; the population database as soon as it was asked, whatever it said."""
    yield from (each.dataset for each in held if each.dataset)
    if any(reason["condition"] == POPULATION and reason["value"] != "not asked" for each in answer for reason in each.why):
        yield POPULATION


def _nothing_held(decision: Recorded) -> bool:
    """Whether a search that was permitted found nothing: a form that nobody holds is no miss."""
    failed = [(reason["condition"], reason["value"]) for reason in decision.why if reason["effect"] == "fails"]
    return [condition for condition, _ in failed] == ["held"] or failed == [(POPULATION, "unknown")]


def _asked_by(question: Question) -> Asking:
    return Asking(question.agency, "", question.purpose, question.dossier, question.legal_basis)


def _asking(decision: Recorded, person: Person, legal_basis: str) -> Asking:
    return Asking(decision.agency, person.who, decision.purpose, decision.dossier, legal_basis or decision.asked_under)


def _asked(decision: Recorded, person: Person, what: str, found: Evidence | None, legal_basis: str) -> Asked:
    numbers = (found.number,) if found and found.number else ()
    return Asked(decision.agency, person.who, what, decision.purpose, decision.dossier, numbers, legal_basis or decision.asked_under)


def _told(found: Evidence | None, fields: Iterable[str]) -> list[str]:
    return [f"{found.dataset}.{name}" for name in fields] if found else []


def _outcome(found: Evidence | None, allowed: Iterable[str]) -> str:
    return "answered" if allowed else "denied" if found else "nothing"


class NotHeld(NothingSuch):
    """What a decision found is not held any more, or its agency may not see it: one and the same to who asks. Noted already."""


def _not_held(decision: Recorded) -> NotHeld:
    return NotHeld(f"What decision {decision.id} found is not held any more", hint="ask anew: the record was changed, withdrawn or removed")
