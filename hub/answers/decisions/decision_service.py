"""Answers the question of an agency: builds the parts of this folder from the hub, and runs them in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from hub.access.answering import Admission, WayOut
from hub.access.grants.agencies import read_agencies
from hub.access.grants.model import Grants
from hub.access.grants.permission import Permission
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.answers.decisions import population, rejudge, store
from hub.answers.decisions.decide import POPULATION, Decided, Decider, Question, Terms
from hub.answers.decisions.external import Elsewhere, Outside
from hub.answers.decisions.noted import note
from hub.answers.decisions.officer import NOUNS, Officer
from hub.answers.decisions.recorded import Recorded
from hub.answers.decisions.rejudge import not_held
from hub.answers.disclosure.disclosure import Disclosure
from hub.answers.disclosure.policy import DisclosurePolicy
from hub.answers.extracts.drafts import Copy
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.units import Units, read_units
from hub.evidence import components
from hub.evidence.evidence import Evidence, Moment, about, of_register
from hub.evidence.locator import Locator
from hub.evidence.registers import COMPONENT, registers_of
from hub.evidence.results import of_results, owner_of_result
from hub.requirements.catalogue import Requirement
from hub.requirements.review import read_reviewed

KNOWN = ("usual_age_days", "deadline_s", "here", "refreshed_from", "population")


@dataclass(frozen=True)
class DecisionService:
    """The hub's answers to agencies."""

    hub: Hub

    def ask(self, question: Question, *, refresh: bool = True) -> tuple[Recorded, ...]:
        """Decide all requirements of a procedure for a dossier and put the decisions on record.

        As `decide`, from the limit to the audit row.

        Raises:
            NotFound: no requirements of that procedure are known.
            LimitReached: the agency asked more within the hour than its grants allow; that is noted too.
        """
        with self.way_out.admitted(question.inquiry, "decisions", question.numbers) as admission:
            return self.decide(admission, question, refresh=refresh)

    def decide(self, admission: Admission, question: Question, *, refresh: bool = True) -> tuple[Recorded, ...]:
        """The decisions of an admitted question.

        A repeated question is judged again. While nothing has changed its decisions stay; a decision that no longer
        holds gets a successor with the reasons. Only a confirmation by the population database is remembered, for the
        usual age of a copy.

        When an outside source could add evidence, the first attempt is dropped, the source is asked, and the question
        is decided with its answer.
        """
        requirements = self.demanded(question.procedure)
        outside = Outside(Elsewhere(self.hub, self.terms, self.disclosure.rule.live)) if refresh else None
        answer = self._attempt(admission, question, requirements, outside)
        if answer is None and outside is not None:
            outside.ask(question.inquiry)
            answer = self._attempt(admission, question, requirements, outside)
        assert answer is not None, "the second attempt asks nothing"
        return answer

    def _attempt(
        self, admission: Admission, question: Question, requirements: tuple[Requirement, ...], outside: Outside | None
    ) -> tuple[Recorded, ...] | None:
        """The recorded decisions, with the outcome for the audit row.

        None: an outside source must be asked first; nothing is kept.
        """
        set_ = store.requirement_set(question, [each.id for each in requirements], self.hub.keys)
        with admission.answering() as session:
            connection = session.connection
            store.lock(connection, question.inquiry.agency, question.dossier, set_)
            standing = store.recorded(connection, question, set_)
            decided = self.decided(session, question, requirements, outside=outside, standing=standing)
            if outside is not None and outside.waiting:
                session.postpone()
                return None
            answer = store.record(connection, question, set_, decided, session.now, session.now, standing=standing)
            answer = rejudge.seal_new(connection, self.hub.keys, question, set_, answer)
            note(session, answer)
        return answer

    def decided(
        self,
        session: Session,
        question: Question,
        requirements: tuple[Requirement, ...],
        *,
        outside: Outside | None = None,
        standing: tuple[Recorded, ...] = (),
    ) -> tuple[Decided, ...]:
        """Decide under row-level security. Deaths are read as the hub, everything else as the agency.

        `standing`: decisions on record. What the population database confirmed in them recently is not asked there
        again."""
        decider = self.decider(session.connection, Moment(session.now), legal_basis=question.inquiry.legal_basis)
        decider = replace(decider, own=session.as_hub_for_deaths)
        if outside is not None:
            confirm = outside.confirm if self.terms.population else None
            decider = replace(decider, refresh=outside.refresh, refreshed=outside.refreshed, population=confirm)
        since = session.now - timedelta(days=self.terms.usual_age_days)
        if known := population.remembered(
            question, requirements, [each for each in standing if each.known_at >= since]
        ):
            decider = replace(decider, population=population.first_of(known, decider.population))
        return decider.dossier(question, requirements)

    def shown(self, dossier: str, person: Actor) -> tuple[Recorded, ...]:
        """All decisions about a dossier, oldest first. They are read as each agency that asked, with an audit row each,
        which names the operator who looks, and why.

        Raises:
            NotFound: there are none.
        """
        found = list[Recorded]()
        with self.hub.engine.connect() as connection:
            askers = store.askers(connection, dossier)
        for agency, purpose in askers:
            inquiry = Inquiry(agency, person.who, purpose, dossier, because=person.why)
            with self.way_out.answering(inquiry, "decisions", limited=False) as session:
                own = tuple(each for each in store.of_dossier(session.connection, dossier) if each.purpose == purpose)
                note(session, own, missed=False)
            found += own
        if not found:
            raise NotFound(f"No decision about dossier {dossier}", hint="hub decisions ask makes them")
        return tuple(sorted(found, key=lambda each: each.id))

    def act(self, decision: int, what: str, person: Actor, legal_basis: str = "", *, record: str = "") -> Recorded:
        """As `Officer.act`, by a command."""
        with self._commanded(decision, NOUNS[what], person, legal_basis) as admission:
            return Officer(self).act(admission, decision, what, person, record=record)

    def confirm(self, decision: int, person: Actor, legal_basis: str = "", *, record: str = "") -> Recorded:
        """As `Officer.act` with `confirmed`: an officer confirms a candidate, so that a copy of it may be drafted."""
        return self.act(decision, "confirmed", person, legal_basis, record=record)

    def preview(self, decision: int, person: Actor, legal_basis: str = "", *, record: str = "") -> Evidence:
        """As `Officer.preview`, by a command."""
        with self._commanded(decision, "preview", person, legal_basis) as admission:
            return Officer(self).preview(admission, decision, person, record=record)

    def extract(self, decision: int, agency_name: str, person: Actor, legal_basis: str = "") -> Copy:
        """As `Officer.extract`, by a command."""
        with self._commanded(decision, "extract", person, legal_basis) as admission:
            return Officer(self).extract(admission, decision, agency_name, person)

    @contextmanager
    def _commanded(self, decision: int, what: str, person: Actor, legal_basis: str) -> Iterator[Admission]:
        """Admit a command about a decision: as the decision's agency, under the given law or its own. Raises NotFound,
        LimitReached."""
        with self.hub.engine.connect() as connection:
            known = store.one(connection, decision)
        law = legal_basis or known.asked_under
        inquiry = Inquiry(known.agency, person.who, known.purpose, known.dossier, law, because=person.why)
        with self.way_out.admitted(inquiry, what) as admission:
            yield admission

    @property
    def way_out(self) -> WayOut:
        """Admits questions and answers them."""
        return self.disclosure.way_out

    def demanded(self, procedure: str) -> tuple[Requirement, ...]:
        """The requirements of a procedure. Raises NotFound."""
        if procedure not in self.requirements:
            raise NotFound(
                f"No requirements of procedure {procedure} are known", hint="hub requirements show lists what is known"
            )
        return self.requirements[procedure]

    def decider(self, connection: sa.Connection, moment: Moment, *, legal_basis: str = "") -> Decider:
        """The decider at a moment, for questions under a law; it uses only what is held."""
        locator = Locator(connection, self.hub.contracts, self.hub.keys, self.units, moment, self.terms.refreshed_from)

        def permits(agency: str, dataset: str, purpose: str) -> Permission:
            return self.grants.permission(agency, dataset, purpose, moment.today, legal_basis)

        def discloses(question: Question, evidence: Evidence) -> bool:
            return self.rule.discloses(question.inquiry, moment.today, evidence)

        return Decider(locator, self.terms, permits, discloses, now=self.hub.scenario.now)

    def evidence(self, connection: sa.Connection, decision: Recorded) -> Evidence:
        """The evidence of a decision as it is now, on the side of the entry that was asked about.

        Raises:
            NotFound: it is not held any more, or never was (the population database's).
        """
        if decision.evidence_type == POPULATION:
            raise NotFound(
                f"Decision {decision.id} rests on the population database, of which the hub keeps nothing",
                hint="look there, under the agency's own account",
            )
        there = self._evidence(connection, decision, Moment(self.hub.scenario.now()))
        found = about(
            (each for each in there if each.dataset == decision.dataset and each.key == decision.record_key),
            decision.role,
        )
        if found is None:
            raise not_held(decision)
        return found

    def _evidence(self, connection: sa.Connection, decision: Recorded, moment: Moment) -> Iterator[Evidence]:
        type_, system, key = decision.evidence_type or "", decision.system or "", decision.record_key or ""
        if decision.dataset == COMPONENT:
            return components.of_key(
                connection, type_, components.code_of(self.hub.contracts, type_), system, key, moment
            )
        if register := registers_of(self.hub.contracts).get(type_):
            condition = "r._system = :system and r._key = :key"
            return of_register(
                connection, register, self.hub.contracts, condition, {"system": system, "key": key}, moment
            )
        owner = owner_of_result(connection, system, key)
        return of_results(connection, type_, owner, moment) if owner else iter(())

    def agency_name(self, code: str) -> str:
        """An agency's name, as printed on a copy; its code where the list lacks it."""
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
        return Disclosure.of(self.hub, self.units)

    @property
    def rule(self) -> DisclosurePolicy:
        return self.disclosure.rule

    @property
    def grants(self) -> Grants:
        """The grants in force; within an answer, those of its transaction."""
        return self.rule.grants

    @cached_property
    def requirements(self) -> dict[str, tuple[Requirement, ...]]:
        deployment = self.hub.deployment
        registers = registers_of(self.hub.contracts)
        return read_reviewed(deployment.folder, scenario=deployment.as_of is not None, registers=registers)

    @cached_property
    def terms(self) -> Terms:
        """Terms of reuse in the deployment (`reuse:`)."""
        given = self.hub.deployment.reuse
        if unknown := sorted(set(given) - set(KNOWN)):
            raise DeploymentInvalid(
                f"deployment.yaml: reuse has unknown {', '.join(unknown)}", hint=f"known are {', '.join(KNOWN)}"
            )
        return Terms.of(given)
