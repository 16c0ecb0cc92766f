"""Records, answers and prefill for an agency. Each question is one transaction: searched, cut by the rule, noted, then told.

    asking ──limit──> place ──> search ──rule──> note (hub.audit) ──commit──> reply          no row, no answer

What is denied looks like what is not held, and costs the same: which statements are sent follows from the question and the asker's grants alone.
So nothing here returns before the last of them: a death is looked for and a row fetched also where nothing was found or nothing may be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import sqlalchemy as sa

from hub.access import audit, in_flight, row_security
from hub.access.audit import AuditEntry
from hub.access.grants import granted
from hub.access.grants.load import read_grants
from hub.access.grants.model import Grant, Grants
from hub.access.grants.purposes import ANSWERS
from hub.access.grants.territory import Territories
from hub.answers.disclosure import dossiers
from hub.answers.disclosure import prefill as forms
from hub.answers.disclosure.answers import DRAWN, LOCKED
from hub.answers.disclosure.entries import locked, plain, sole
from hub.answers.disclosure.model import Answered, Asking, Disclosed, Filled, Prefilled, Reply
from hub.answers.disclosure.policy import DisclosurePolicy
from hub.app import Hub
from hub.core.errors import NotFound
from hub.core.units import Units, read_units
from hub.evidence.evidence import Moment, nothing_in, row_if_held
from hub.evidence.locator import NOBODY, Found, Locator, led_to
from hub.evidence.people import Subject
from hub.evidence.registers import DEATH, REGISTERS
from hub.load.warehouse import ensure_all

T = TypeVar("T", bound=Reply)


@dataclass(frozen=True)
class _Drawn(Generic[T]):
    """An answer with what is noted of it."""

    answer: T
    allowed: bool
    """Whether any grant allowed such a question at all."""
    datasets: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    """Told, as `dataset.field`."""
    grants: tuple[Grant, ...] = field(default=())


@dataclass(frozen=True)
class Disclosure:
    """The way out."""

    hub: Hub
    rule: DisclosurePolicy
    units: Units

    @classmethod
    def of(cls, hub: Hub, grants: Grants | None = None, units: Units | None = None) -> Disclosure:
        """By the deployment's own grants and units; the database's walls are put up by the same grants.

        Raises:
            DeploymentInvalid: grants, purposes or units.
            DatabaseRefused: the database has no second wall: nothing is answered without.
        """
        units = units or read_units(hub.deployment.folder / "reference")
        grants = grants or read_grants(hub.deployment.folder, hub.contracts)
        rule = DisclosurePolicy(grants, Territories(units), hub.contracts)
        with hub.engine.begin() as connection:
            ensure_all(connection, hub.contracts)
            row_security.require(connection)
            granted.write(connection, grants, rule.territories)
        return cls(hub, rule, units)

    def record(self, asking: Asking, type_: str, subject: Subject, fields: Iterable[str]) -> Disclosed:
        """Fields (wire names) of the one entry of a register (`register:birth` ...) that is about a person for certain.

        Raises:
            NotFound: no such register or field.
            LimitReached: the agency used up its hour; that is noted too.
        """
        requested = self._known_fields(type_, fields)

        def draw(connection: sa.Connection, moment: Moment) -> _Drawn[Disclosed]:
            dataset, nothing = REGISTERS[type_].dataset, Disclosed(type_)
            allowed = bool(self.rule.fields(asking, dataset, moment.today, requested))
            lock = self._locked(connection, moment, subject) and type_ != DEATH
            _read_as(connection, asking, moment, allowed)
            found = sole(self._locator(connection, moment).find(type_, subject))
            if type_ != DEATH:
                lock |= self._locked_behind(connection, asking, moment, subject, _those(found), allowed)
            disclosed, values = self._values(connection, asking, type_, found, requested, moment)
            if found is None or lock or not allowed or not values:
                return _Drawn(nothing, allowed)
            entry = found.evidence
            grants = self.rule.grants_of(asking, dataset, moment.today, values, entry)
            answer = Disclosed(type_, values, entry.record, entry.synced_at, _law(grants, moment))
            return _Drawn(answer, allowed, (dataset,), frozenset(f"{dataset}.{name}" for name in disclosed), grants)

        return self._noted(asking, "record", (subject,), draw)

    def answer(self, asking: Asking, question: str, subject: Subject, other: Subject | None = None) -> Answered:
        """Yes, no or nothing, where that suffices (`ANSWERS`); `other` is the person whom `parent_of` asks about as the parent.

        Raises:
            NotFound: no such question.
            LimitReached: as `record`.
        """
        if question not in ANSWERS:
            raise NotFound(f"No answer {question}", hint=f"known are {', '.join(ANSWERS)}")

        def draw(connection: sa.Connection, moment: Moment) -> _Drawn[Answered]:
            allowed = bool(self.rule.answering(asking, question, moment.today))
            lock = self._locked(connection, moment, subject) and question in LOCKED
            _read_as(connection, asking, moment, allowed)
            said = DRAWN[question](self._locator(connection, moment), subject, other)
            grants = self.rule.answering(asking, question, moment.today, said.entry) if said else ()
            if question in LOCKED:
                lock |= self._locked_behind(connection, asking, moment, subject, (said.found,) if said else (), allowed)
            if said is None or lock or not grants:
                return _Drawn(Answered(question), allowed)
            answer = Answered(question, said.answer, (said.reason,), said.entry.synced_at, _law(grants, moment))
            return _Drawn(answer, allowed, (said.entry.dataset,), frozenset({f"{said.entry.dataset}?{question}"}), grants)

        return self._noted(asking, "answer", (subject, *((other,) if other else ())), draw)

    def prefill(self, asking: Asking, subject: Subject, facts: Iterable[str] = forms.COMMON) -> Prefilled:
        """Common facts of a form about a person, each from the first register that tells it and may tell it.

        Raises:
            NotFound: no such fact.
            LimitReached: as `record`.
        """
        wanted = tuple(dict.fromkeys(facts))
        if unknown := sorted(set(wanted) - set(forms.COMMON)):
            raise NotFound(f"No common fact {', '.join(unknown)}", hint=f"known are {', '.join(forms.COMMON)}")

        def draw(connection: sa.Connection, moment: Moment) -> _Drawn[Prefilled]:
            filled, grants = dict[str, Filled](), dict[str, Grant]()
            lock = self._locked(connection, moment, subject)
            may = {type_: bool(self.rule.fields(asking, REGISTERS[type_].dataset, moment.today, _fillable(type_))) for type_ in forms.SOURCES}
            _read_as(connection, asking, moment, any(may.values()))
            there = {type_: each for type_ in may if (each := sole(self._locator(connection, moment).find(type_, subject)))}
            lock |= self._locked_behind(connection, asking, moment, subject, there.values(), any(may.values()))
            for type_, allowed in may.items():
                found = there.get(type_)
                _, held = self._values(connection, asking, type_, found, _fillable(type_, wanted), moment)
                if found is None or lock or not allowed:
                    continue
                entry, dataset = found.evidence, REGISTERS[type_].dataset
                side = {fact: name for fact, name in forms.sources(type_, entry.role).items() if fact in wanted and fact not in filled}
                values = {name: held[name] for name in side.values() if name in held}
                used = self.rule.grants_of(asking, dataset, moment.today, values, entry)
                grants |= {f"{g.id}.{g.dataset}": g for g in used}
                filled |= {
                    fact: Filled(values[name], name, entry.record, entry.synced_at, _law(used, moment)) for fact, name in side.items() if name in values
                }
            disclosed = frozenset(f"{each.record.split('/', 1)[0]}.{each.field}" for each in filled.values())
            return _Drawn(Prefilled(filled), any(may.values()), tuple({name.split(".")[0] for name in disclosed}), disclosed, tuple(grants.values()))

        return self._noted(asking, "prefill", (subject,), draw)

    def _values(self, connection: sa.Connection, asking: Asking, type_: str, found: Found | None, requested: frozenset[str],
                moment: Moment) -> tuple[frozenset[str], dict[str, object]]:
        """What may be told of an entry, and of that what the book says; nothing in which the systems that tell the entry differ.

        What the agency may be told wherever the entry stands is fetched, and cut after that by where it does; of no entry the row that nothing has.
        """
        register = REGISTERS[type_]
        entry, apart = (found.evidence, found.apart) if found else (nothing_in(register), ())
        fetched = self.rule.fields(asking, register.dataset, moment.today, requested)
        row = row_if_held(connection, register.in_contract(self.hub.contracts), entry, fetched) or {}
        allowed = self.rule.fields(asking, register.dataset, moment.today, requested, entry) - set(apart)
        return allowed, {name: plain(value) for name, value in row.items() if name in allowed and value not in (None, "")}

    def _noted(self, asking: Asking, what: str, people: tuple[Subject, ...], draw: Callable[[sa.Connection, Moment], _Drawn[T]]) -> T:
        now = self.hub.scenario.now()
        moment = Moment(now)
        numbers = tuple(sorted({n for each in people for n in (each.personal_id, each.old_id) if n}))
        asked = AuditEntry(asking.agency, asking.who, what, asking.purpose, asking.reference, numbers, asking.legal_basis)
        with self.hub.engine.begin() as connection:
            refused = self.rule.within_limit(connection, asked, moment.today, self.hub.keys, now)
        if refused is not None:
            raise refused
        with in_flight.released(self.hub.engine), self.hub.engine.begin() as connection:
            stands = dossiers.stands(connection, asking.agency, asking.reference)
            drawn = draw(connection, moment)
            if not stands:  # the search was made all the same: it looks like what is not held
                drawn = _Drawn(drawn.answer.nothing(), drawn.allowed)
            audit.write(
                connection, asked, self.hub.keys, now, outcome="answered" if drawn.grants else "nothing" if drawn.allowed else "denied",
                answer=vars(drawn.answer), datasets=drawn.datasets, fields=drawn.fields, grants=(g.id for g in drawn.grants),
                legal_bases=(g.legal_basis for g in drawn.grants),
            )
        return drawn.answer

    def _locator(self, connection: sa.Connection, moment: Moment) -> Locator:
        lead = str(self.hub.deployment.reuse.get("refreshed_from", ""))
        return Locator(connection, self.hub.contracts, self.hub.keys, self.units, moment, lead)

    def _locked(self, connection: sa.Connection, moment: Moment, subject: Subject) -> bool:
        """Asked by the hub itself, of deaths alone: one locks, whether or not the agency may know of it. `_read_as` must follow."""
        row_security.read_own(connection, REGISTERS[DEATH].dataset, moment.today)
        return locked(self._locator(connection, moment), subject)

    def _locked_behind(self, connection: sa.Connection, asking: Asking, moment: Moment, subject: Subject, found: Iterable[Found], allowed: bool) -> bool:
        """Whether a death locks whom a book's entry led to; asked as soon as an entry is told, also where it led to nobody.

        The transaction reads as the agency again.
        """
        if subject.entry is None:
            return False
        locks = [self._locked(connection, moment, each) for each in led_to(subject, found) or (NOBODY,)]
        _read_as(connection, asking, moment, allowed)
        return any(locks)

    def _known_fields(self, type_: str, fields: Iterable[str]) -> frozenset[str]:
        if type_ not in REGISTERS:
            raise NotFound(f"No register {type_}", hint=f"known are {', '.join(REGISTERS)}")
        known = REGISTERS[type_].in_contract(self.hub.contracts).by_name
        requested = frozenset(fields)
        if unknown := sorted(requested - set(known)):
            raise NotFound(f"{type_} has no field {', '.join(unknown)}", hint="hub contracts show lists its fields")
        return requested


def _read_as(connection: sa.Connection, asking: Asking, moment: Moment, allowed: bool) -> None:
    """The rest of the transaction reads as the agency; where nothing is allowed there is nothing to find, and the search is the same."""
    row_security.read_as(connection, agency=asking.agency, purpose=asking.purpose if allowed else "", day=moment.today, legal_basis=asking.legal_basis)


def _fillable(type_: str, facts: Iterable[str] = forms.COMMON) -> frozenset[str]:
    return frozenset(name for role in REGISTERS[type_].roles for fact, name in forms.sources(type_, role.name).items() if fact in facts)


def _those(found: Found | None) -> tuple[Found, ...]:
    return (found,) if found else ()


def _law(grants: Iterable[Grant], moment: Moment) -> str | None:
    """The words of the law on which something is told that day."""
    bases = (grant.basis(moment.today) for grant in grants)
    return next((basis.articles for basis in bases if basis), None)
