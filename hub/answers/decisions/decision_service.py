"""The question of an agency, answered: everything the parts of this folder need, put together from the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from hub.access import audit, row_security
from hub.access.audit import AuditEntry
from hub.access.grants.agencies import read_agencies
from hub.access.grants.load import read_grants
from hub.access.grants.model import Grants
from hub.answers.decisions import population, rejudge, store
from hub.answers.decisions.decide import POPULATION, Decided, Decider, Question, Terms
from hub.answers.decisions.external import Elsewhere
from hub.answers.decisions.officer import Officer
from hub.answers.decisions.rejudge import not_held
from hub.answers.decisions.store import Recorded
from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.disclosure.model import Asking
from hub.answers.disclosure.policy import DisclosurePolicy
from hub.answers.extracts.drafts import Copy
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.units import Units, read_units
from hub.evidence import components
from hub.evidence.evidence import Evidence, Moment, about, of_register, of_results, owner_of_result
from hub.evidence.locator import Locator
from hub.evidence.registers import COMPONENT, DEATH, REGISTERS
from hub.requirements.catalogue import Requirement, read_requirements

KNOWN = ("usual_age_days", "deadline_s", "here", "refreshed_from", "population")


@dataclass(frozen=True)
class DecisionService:
    """The hub's answers to agencies."""

    hub: Hub

    def ask(self, question: Question, *, who: str = "hub", refresh: bool = True, counted: bool = False) -> tuple[Recorded, ...]:
        """Decide all requirements of a procedure for a dossier and put the decisions on record.

        The same question is judged again: while nothing changed it has the same decisions; what does not hold any more has a successor with the
        reasons. Nothing is answered from memory, but that the population database confirmed somebody within the usual age of a copy.

        The audit row is written in the transaction of the answer: no row, no answer. `counted`, here and at the other doors: the caller looked at
        the agency's hour already.

        Raises:
            NotFound: no requirements of that procedure are known.
            LimitReached: the agency asked more within the hour than its grants allow; that is noted too.
        """
        requirements = self.demanded(question.procedure)
        set_ = store.requirement_set(question, [each.id for each in requirements], self.hub.keys)
        numbers = sorted({n for each in question.people.values() for n in (each.personal_id, each.old_id) if n})
        asked = AuditEntry(question.agency, who, "decisions", question.purpose, question.dossier, tuple(numbers), question.legal_basis)
        now = self.hub.scenario.now()
        if not counted:
            self.within_limit(asked, now)
        with self.hub.engine.begin() as connection:
            self.read_as(connection, question, now)
            store.lock(connection, question.agency, question.dossier, set_)
            standing = store.recorded(connection, question, set_)
            decided = self.decided(connection, question, requirements, now, refresh=refresh, standing=standing)
            answer = store.record(connection, question, set_, decided, now, self.hub.scenario.now(), standing=standing)
            answer = rejudge.seal_new(connection, self.hub.keys, question, set_, answer)
            self.note(connection, asked, now, answer)
        return answer

    def decided(self, connection: sa.Connection, question: Question, requirements: tuple[Requirement, ...], now: datetime, *,
                refresh: bool = True, standing: tuple[Recorded, ...] = ()) -> tuple[Decided, ...]:
        """Decide behind the second wall: whether a death locks is asked by the hub itself, of deaths alone; all else, from here on, as the agency.
        `standing`: of these, what the population database confirmed lately is not asked there again."""
        decider = self.decider(connection, Moment(now), refresh=refresh, legal_basis=question.legal_basis)
        since = now - timedelta(days=self.terms.usual_age_days)
        if known := population.remembered(question, requirements, [each for each in standing if each.known_at >= since]):
            decider = replace(decider, population=population.first_of(known, decider.population))
        return replace(decider, own=lambda: self._own(connection, question, now)).dossier(question, requirements)

    @contextmanager
    def _own(self, connection: sa.Connection, question: Question, now: datetime) -> Iterator[None]:
        """Read deaths as the hub itself, then as the agency again. After an error it is neither: the transaction sees deaths alone, and may write nothing."""
        row_security.read_own(connection, REGISTERS[DEATH].dataset, Moment(now).today)
        yield
        self.read_as(connection, question, now)

    def shown(self, dossier: str, who: str) -> tuple[Recorded, ...]:
        """All decisions about a dossier, oldest first: for each agency that asked they are read as that agency, and noted.

        Raises:
            NotFound: there are none.
        """
        now, found = self.hub.scenario.now(), list[Recorded]()
        with self.hub.engine.connect() as connection:
            askers = store.askers(connection, dossier)
        for agency, purpose in askers:
            with self.hub.engine.begin() as connection:
                row_security.read_as(connection, agency=agency, purpose=purpose, day=Moment(now).today)
                own = tuple(each for each in store.of_dossier(connection, dossier) if each.purpose == purpose)
                self.note(connection, AuditEntry(agency, who, "decisions", purpose, dossier), now, own, missed=False)
            found += own
        if not found:
            raise NotFound(f"No decision about dossier {dossier}", hint="hub decisions ask makes them")
        return tuple(sorted(found, key=lambda each: each.id))

    def act(self, decision: int, what: str, person: Actor, legal_basis: str = "", *, record: str = "", counted: bool = False) -> Recorded:
        """As `Officer.act`."""
        return Officer(self).act(decision, what, person, legal_basis, record=record, counted=counted)

    def confirm(self, decision: int, person: Actor, legal_basis: str = "", *, record: str = "", counted: bool = False) -> Recorded:
        """As `Officer.act` with `confirmed`: an officer answers for it that a candidate is the one, so that a copy may be drafted of it."""
        return Officer(self).act(decision, "confirmed", person, legal_basis, record=record, counted=counted)

    def preview(self, decision: int, person: Actor, legal_basis: str = "", *, record: str = "", counted: bool = False) -> Evidence:
        """As `Officer.preview`."""
        return Officer(self).preview(decision, person, legal_basis, record=record, counted=counted)

    def extract(self, decision: int, agency_name: str, person: Actor, legal_basis: str = "", *, counted: bool = False) -> Copy:
        """As `Officer.extract`."""
        return Officer(self).extract(decision, agency_name, person, legal_basis, counted=counted)

    def read_as(self, connection: sa.Connection, whose: Question | Recorded, now: datetime, legal_basis: str = "") -> None:
        """From here on the transaction reads as the agency of a question or decision, under the law told or else its own."""
        law = legal_basis or (whose.legal_basis if isinstance(whose, Question) else whose.asked_under)
        row_security.read_as(connection, agency=whose.agency, purpose=whose.purpose, day=Moment(now).today, legal_basis=law)

    def within_limit(self, asked: AuditEntry, now: datetime) -> None:
        """Take a place for a question (`hub/access/limits.py`). Raises LimitReached: the agency has none left; that is noted."""
        with self.hub.engine.begin() as connection:
            refused = self.rule.within_limit(connection, asked, Moment(now).today, self.hub.keys, now)
        if refused is not None:
            raise refused

    def note(self, connection: sa.Connection, asked: AuditEntry, now: datetime, answer: tuple[Recorded, ...], fields: Iterable[str] = (), *,
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
        """The requirements of a procedure. Raises NotFound."""
        if procedure not in self.requirements:
            raise NotFound(f"No requirements of procedure {procedure} are known", hint="hub requirements show lists what is known")
        return self.requirements[procedure]

    def decider(self, connection: sa.Connection, moment: Moment, *, refresh: bool = True, legal_basis: str = "") -> Decider:
        """What decides at a moment, for questions under a law."""
        locator = Locator(connection, self.hub.contracts, self.hub.keys, self.units, moment, self.terms.refreshed_from)
        permits = lambda agency, dataset, purpose: self.grants.permission(agency, dataset, purpose, moment.today, legal_basis)  # noqa: E731
        discloses = lambda question, evidence: self.rule.discloses(_asked_by(question), moment.today, evidence)  # noqa: E731
        elsewhere = Elsewhere(self.hub, self.terms, self.grants)
        population = elsewhere.population(moment) if refresh and self.terms.population else None
        return Decider(locator, self.terms, permits, discloses, elsewhere.refresh if refresh else None, population, now=self.hub.scenario.now)

    def evidence(self, connection: sa.Connection, decision: Recorded) -> Evidence:
        """The evidence of a decision as it is now, about the person it was asked about.

        Raises:
            NotFound: it is not held any more, or never was (the population database's).
        """
        if decision.evidence_type == POPULATION:
            raise NotFound(
                f"Decision {decision.id} rests on the population database, of which the hub keeps nothing", hint="look there, under the agency's own account",
            )
        there = self._evidence(connection, decision, Moment(self.hub.scenario.now()))
        found = about((each for each in there if each.dataset == decision.dataset and each.key == decision.record_key), decision.role)
        if found is None:
            raise not_held(decision)
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
        return {code: agency.name for code, agency in read_agencies(self.hub.deployment.folder).items()}

    @cached_property
    def units(self) -> Units:
        return read_units(self.hub.deployment.folder / "reference")

    @cached_property
    def disclosure(self) -> Disclosure:
        """Records, answers and prefill by the same grants."""
        return Disclosure.of(self.hub, self.grants, self.units)

    @property
    def rule(self) -> DisclosurePolicy:
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
