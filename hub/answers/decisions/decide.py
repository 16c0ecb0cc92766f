"""Decides the requirements of a dossier: finds evidence for each, and applies the conditions to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.access.grants.permission import Permission
from hub.access.inquiry import Inquiry
from hub.answers.decisions.conditions import decide
from hub.answers.decisions.facts import Condition, ConditionEffect, Confirmed, Demand, Facts, Outcome
from hub.evidence.evidence import Evidence, Moment
from hub.evidence.locator import NOBODY, Found, Locator, led_to
from hub.evidence.people import Subject
from hub.evidence.registers import COMPONENT, DEATH, RESULT, registers_of
from hub.requirements.catalogue import About, Answer, Requirement

POPULATION = "population"
"""Evidence type of what the population database confirms, and the dataset that a grant names for it."""
ROLES = {"register:birth": ("child",), "register:death": ("deceased",)}
"""Whose side of an entry answers a requirement, where it is always the same; for the others `about` narrows it when it
names a side."""

GIVEN_ONCE = "given-once"
"""Id in `legal_bases.csv` of the law under which a paper handed in before is not asked for again."""


@dataclass(frozen=True)
class Question:
    """What an agency asks before it demands papers, for the dossier that its inquiry names."""

    inquiry: Inquiry
    procedure: str
    """MaTTHC."""
    people: Mapping[str, Subject]
    """The people of the dossier, by their part in it: applicant, child, mother, father, spouse, deceased, other."""

    @property
    def dossier(self) -> str:
        """MaHoSo."""
        return self.inquiry.reference

    @property
    def numbers(self) -> tuple[str, ...]:
        """The identity numbers in the question, sorted."""
        return tuple(sorted({n for each in self.people.values() for n in (each.personal_id, each.old_id) if n}))


@dataclass(frozen=True)
class Terms:
    """Terms of reuse in a deployment (`reuse:` in deployment.yaml)."""

    usual_age_days: int = 7
    """Age of a copy up to which it counts, where the requirement says nothing."""
    deadline: timedelta = timedelta(seconds=5)
    """How long a decision may wait for a source that is asked anew."""
    here: tuple[str, ...] = ()
    """Names of this place in PhamViHieuLuc."""
    refreshed_from: str = ""
    """System that is asked when a register's entry is not held at all."""
    population: str = ""
    """System that confirms who a person is, where the population database answers a requirement."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Terms:
        """The terms as the deployment writes them."""
        return cls(
            int(given.get("usual_age_days", cls.usual_age_days)),
            timedelta(seconds=float(given.get("deadline_s", 5))),
            tuple(given.get("here", ())),
            str(given.get("refreshed_from", "")),
            str(given.get("population", "")),
        )


STAND_INS = (About.OWNER, About.ORGANISATION)
"""Persons for whom the applicant stands where the dossier does not name them: an officer looks."""


@dataclass(frozen=True)
class Decided:
    """The answer to one requirement."""

    requirement: Requirement
    outcome: Outcome
    conditions: tuple[Condition, ...]
    evidence: tuple[Evidence, ...]
    """What answers it: one item for reuse, the candidates for confirm, the certain one first, none for ask."""
    looked_at: tuple[Evidence, ...] = ()
    """The evidence that the conditions examined, whatever the outcome."""
    replaces: str | None = None
    """Type code of the result that an entry of the register stands in for."""

    @property
    def result_code(self) -> str | None:
        """MaKetQuaThayThe: the type of result paper that stands in for the demanded one."""
        type_ = self.requirement.evidence_type
        if self.outcome is Outcome.ASK or not self.evidence:
            return None  # nothing is held: the population database confirms, and gives no result
        if self.evidence and self.evidence[0].given is not None:
            return self.evidence[
                0
            ].result  # a copy given before is no result: it is reused without a code, unless it replaced a result
        return type_.removeprefix(RESULT) if type_.startswith(RESULT) else self.replaces

    @property
    def legal_basis(self) -> str:
        """The law under which the paper need not be handed in: the requirement's own, or that papers are given once."""
        return GIVEN_ONCE if self.evidence and self.evidence[0].given is not None else self.requirement.legal_basis


@dataclass(frozen=True)
class Decider:
    """Decides at one moment.

    `permits` says what an agency may have; `refresh` and `population` stand for what is asked outside.
    """

    locator: Locator
    terms: Terms
    permits: Callable[[str, str, str], Permission]
    """(agency, dataset, purpose) -> permission."""
    discloses: Callable[[Question, Evidence], bool] = lambda question, evidence: True
    """Whether the asker may see anything of this item. The place of registration decides as well."""
    refresh: Callable[[str, str, Evidence | None], str | None] | None = None
    """(requirement, evidence type, the stale item or None) -> `refreshed`, or the reason why not; None: it is asked
    later."""
    refreshed: Mapping[str, str] = field(default_factory=dict)
    """Requirement -> what became of asking its source, where that was done already."""
    population: Callable[[Subject], Confirmed | None] | None = None
    """The answer of the population database about a person; None: it is asked later. Without a callable it is never
    asked (past dossiers)."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The deployment's clock: rows of a refresh are known from its time on."""
    own: Callable[[], AbstractContextManager[None]] = nullcontext
    """Within it the hub reads deaths for itself: a death locks, whether or not the asker may know of it."""

    def dossier(self, question: Question, requirements: tuple[Requirement, ...]) -> tuple[Decided, ...]:
        """Decide every requirement of a dossier, in the catalogue's order."""
        with self.own():
            deaths = {
                about: self._find(DEATH, replace(subject, entry=None), None)
                for about, subject in question.people.items()
            }
        return tuple(self._one(question, each, deaths) for each in requirements)

    def _one(self, question: Question, requirement: Requirement, deaths: Mapping[str, tuple[Found, ...]]) -> Decided:
        whose = person_of(question, requirement)
        subject = question.people.get(whose)
        about_deaths = deaths.get(whose, ())
        asked = self.refreshed.get(requirement.id)
        decider = self if asked is None else replace(self, refresh=None)
        facts = decider._facts(question, requirement, subject, about_deaths, asked or "")
        outcome, conditions = decide(facts)
        if self.population is not None and subject is not None and _failed(conditions) == {"population"}:
            facts = replace(facts, population=self.population(subject) or facts.population)
            outcome, conditions = decide(facts)
        if decider.refresh is not None and _could_be_newer(conditions):
            stale = facts.items[0] if facts.items else None
            came = decider.refresh(requirement.id, requirement.evidence_type, stale)
            if came is not None:
                later = replace(self, locator=replace(self.locator, moment=Moment(self.now())), refresh=None)
                facts = later._facts(question, requirement, subject, about_deaths, came)
                outcome, conditions = decide(facts)
        kept = (
            ()
            if outcome is Outcome.ASK
            else tuple(each.evidence for each in sorted(facts.found, key=lambda each: not each.certain))
        )
        register = registers_of(self.locator.contracts).get(requirement.evidence_type)
        return Decided(requirement, outcome, conditions, kept, facts.items, register.result_code if register else None)

    def _facts(
        self,
        question: Question,
        requirement: Requirement,
        subject: Subject | None,
        deaths: tuple[Found, ...],
        source: str = "",
    ) -> Facts:
        type_ = requirement.evidence_type
        held = requirement.answer in (Answer.REGISTER, Answer.RESULT) and subject is not None and subject.searchable
        by_population = requirement.answer is Answer.POPULATION
        register = registers_of(self.locator.contracts).get(type_)
        dataset = POPULATION if by_population else register.dataset if register else "dossier_result"
        permission = self.permits(question.inquiry.agency, dataset, question.inquiry.purpose)
        found = (
            tuple(
                each
                for each in self._find(type_, subject, requirement.about)
                if self.discloses(question, each.evidence)
            )
            if held and subject
            else ()
        )
        if held and permission.holds and self.refresh is None:  # otherwise the source is asked first
            handed_in, allowed = self._handed_in(
                question, type_
            )  # also where something was found: both cases take the same time
            if handed_in and not found:
                found, permission, source = handed_in, allowed, ""
        if subject is not None and type_ != DEATH:
            deaths += self._deaths_behind(subject, found)
        return Facts(
            wanted=Demand(
                requirement.answer.value,
                type_,
                requirement.territory.value,
                requirement.max_age.days if requirement.max_age is not None else None,
                str(requirement.validity),
                requirement.reach.value,
                requirement.review.value,
                requirement.still,
                requirement.about.value if person_of(question, requirement) is not requirement.about else "",
            ),
            permission=permission,
            subject_known=subject is not None
            and (bool(subject.personal_id and (subject.name or subject.born)) if by_population else subject.searchable),
            found=found,
            population=Confirmed("not asked") if by_population and self.population is not None else None,
            deaths=deaths,
            today=self.locator.moment.today,
            here=self.terms.here,
            usual_age_days=self.terms.usual_age_days,
            source=source,
        )

    def _deaths_behind(self, subject: Subject, found: tuple[Found, ...]) -> tuple[Found, ...]:
        """Death entries of the person found by a book's entry, when only the entry has the number.

        Always read when the question names an entry, also when nobody was found: both cases take the same time."""
        if subject.entry is None:
            return ()
        with self.own():
            return tuple(
                death for each in led_to(subject, found) or (NOBODY,) for death in self._find(DEATH, each, None)
            )

    def _handed_in(self, question: Question, type_: str) -> tuple[tuple[Found, ...], Permission]:
        """Papers that the applicant handed in before, whoever they are about.

        Registers and results came first and hold nothing.
        """
        giver, allowed = (
            question.people.get(About.APPLICANT),
            self.permits(question.inquiry.agency, COMPONENT, question.inquiry.purpose),
        )
        if giver is None or not allowed.holds:
            return (), allowed
        return self.locator.handed_in(type_, giver), allowed

    def _find(self, type_: str, subject: Subject, about: str | None) -> tuple[Found, ...]:
        sides = ROLES.get(type_, ())
        return self.locator.find(type_, subject, sides[0] if sides else None)


def person_of(question: Question, requirement: Requirement) -> About:
    """Whom of the dossier a paper is about. The applicant stands for an owner or an organisation that is not named."""
    named = requirement.about in question.people or requirement.about not in STAND_INS
    return requirement.about if named else About.APPLICANT


def _could_be_newer(conditions: tuple[Condition, ...]) -> bool:
    """Whether nothing prevents reuse but an old copy or a missing record."""
    return _failed(conditions) in ({"held"}, {"fresh"})


def _failed(conditions: tuple[Condition, ...]) -> set[str]:
    return {c.id for c in conditions if c.effect is ConditionEffect.FAILS}
