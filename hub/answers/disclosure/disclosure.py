"""Records, answers and prefill for an agency. Each question is one transaction.

    inquiry ──admit──> search ──policy──> audit row ──commit──> reply       (`hub/access/answering.py`)

A denied record looks like a missing one and takes the same time: only the question and the asker's grants decide which
statements are sent. So nothing returns early: a death is searched and a row is fetched even if nothing may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Generic, TypeVar

from hub.access import row_security
from hub.access.answering import Admission, WayOut
from hub.access.grants import versions
from hub.access.grants.live import LiveGrants
from hub.access.grants.load import read_grants
from hub.access.grants.model import Grant
from hub.access.grants.purposes import ANSWERS
from hub.access.grants.signatures import GrantTrust
from hub.access.grants.territory import Territories
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.answers.disclosure import dossiers
from hub.answers.disclosure import prefill as forms
from hub.answers.disclosure.answers import DRAWN, LOCKED
from hub.answers.disclosure.entries import doubted, locked, plain, sole
from hub.answers.disclosure.model import Answered, Disclosed, Filled, Noted, Prefilled
from hub.answers.disclosure.policy import DisclosurePolicy
from hub.app import Hub
from hub.core.errors import NotFound
from hub.core.units import Units, read_units
from hub.evidence.evidence import Evidence, Moment, nothing_in, row_if_held
from hub.evidence.locator import NOBODY, Found, Locator, led_to
from hub.evidence.people import Subject
from hub.evidence.registers import DEATH, Register, register_of, registers_of
from hub.load.warehouse import ensure_all

T = TypeVar("T", bound=Noted)


@dataclass(frozen=True)
class _Drawn(Generic[T]):
    """An answer with the content of its audit row."""

    answer: T
    allowed: bool
    """Whether any grant allowed such a question at all."""
    datasets: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    """Disclosed, as `dataset.field`."""
    grants: tuple[Grant, ...] = field(default=())
    entries: tuple[Evidence, ...] = ()
    """What it was taken from."""


@dataclass(frozen=True)
class Disclosure:
    """The way out."""

    hub: Hub
    rule: DisclosurePolicy
    units: Units

    @classmethod
    def of(cls, hub: Hub, units: Units | None = None) -> Disclosure:
        """By the grants in force and the deployment's units; row-level security in the database follows the same grants.

        Where none were ever applied, those of the deployment's files become version 1 (`versions.start`).

        Raises:
            DeploymentInvalid: units; grants or purposes, at the first start.
            GrantsUnsigned, GrantsForged: the version is not signed as it must be.
            DatabaseRefused: the database lacks row-level security, and nothing is answered without it.
        """
        folder = hub.deployment.folder
        units = units or read_units(folder / "reference")
        trust = GrantTrust.of(hub.deployment)
        rule = DisclosurePolicy(LiveGrants(trust), Territories(units), hub.contracts)
        with hub.engine.begin() as connection:
            ensure_all(connection, hub.contracts)
            row_security.require(connection)
            versions.start(connection, partial(read_grants, folder, hub.contracts), rule.territories, trust)
            rule.live.read(connection)
        return cls(hub, rule, units)

    @property
    def way_out(self) -> WayOut:
        """Admits questions and answers them, by the grants in force."""
        return WayOut(self.hub, self.rule.live, lambda now: Moment(now).today)

    def record(self, inquiry: Inquiry, type_: str, subject: Subject, fields: Iterable[str]) -> Disclosed:
        """Fields (wire names) of the one entry of a register (`register:birth` ...) that is about a person for certain.

        Raises:
            NotFound: no such register or field; that is audited, as every error is.
            LimitReached: the agency used up its hour.
        """
        with self._admitted(inquiry, "record", subject) as (admission, stands):
            requested, dataset = self._known_fields(type_, fields), self._register(type_).dataset
            with admission.answering(
                may=lambda: bool(self.rule.fields(inquiry, dataset, self._today, requested))
            ) as session:
                allowed = session.visible
                lock = self._locked(session, subject) and type_ != DEATH
                found = sole(self._locator(session).find(type_, subject))
                if type_ != DEATH:
                    lock |= self._locked_behind(session, subject, (found,) if found else ())
                shown, values = self._values(session, type_, found, requested)
                drawn = _Drawn(Disclosed(type_), allowed)
                if found is not None and not lock and allowed and values:
                    entry = found.evidence
                    grants = self.rule.grants_of(inquiry, dataset, session.today, values, entry)
                    law = _law(grants, session.today)
                    doubts = doubted(self.hub.contracts, found)
                    answer = Disclosed(type_, values, entry.record, entry.synced_at, law, doubts)
                    names = frozenset(f"{dataset}.{name}" for name in shown)
                    drawn = _Drawn(answer, allowed, (dataset,), names, grants, (entry,))
                return _noted(session, drawn, stands)

    def answer(self, inquiry: Inquiry, question: str, subject: Subject, other: Subject | None = None) -> Answered:
        """Yes, no or nothing, where that suffices (`ANSWERS`); `other` is the person whom `parent_of` asks about as the
        parent.

        Raises:
            NotFound: no such question.
            LimitReached: as `record`.
        """
        with self._admitted(inquiry, "answer", subject, *((other,) if other else ())) as (admission, stands):
            if question not in ANSWERS:
                raise NotFound.unsearched(f"No answer {question}", hint=f"known are {', '.join(ANSWERS)}")
            with admission.answering(may=lambda: bool(self.rule.answering(inquiry, question, self._today))) as session:
                allowed = session.visible
                lock = self._locked(session, subject) and question in LOCKED
                said = DRAWN[question](self._locator(session), subject, other)
                grants = self.rule.answering(inquiry, question, session.today, said.entry) if said else ()
                if question in LOCKED:
                    lock |= self._locked_behind(session, subject, (said.found,) if said else ())
                drawn = _Drawn(Answered(question), allowed)
                if said is not None and not lock and grants:
                    law, noted = _law(grants, session.today), doubted(self.hub.contracts, said.found)
                    answer = Answered(question, said.answer, (said.reason,), said.entry.synced_at, law, noted)
                    names = frozenset({f"{said.entry.dataset}?{question}"})
                    drawn = _Drawn(answer, allowed, (said.entry.dataset,), names, grants, (said.entry,))
                return _noted(session, drawn, stands)

    def prefill(self, inquiry: Inquiry, subject: Subject, facts: Iterable[str] = forms.COMMON) -> Prefilled:
        """Common facts of a form about a person, each from the first register that has it and may disclose it.

        Raises:
            NotFound: no such fact.
            LimitReached: as `record`.
        """
        with self._admitted(inquiry, "prefill", subject) as (admission, stands):
            wanted = tuple(dict.fromkeys(facts))
            if unknown := sorted(set(wanted) - set(forms.COMMON)):
                hint = f"known are {', '.join(forms.COMMON)}"
                raise NotFound.unsearched(f"No common fact {', '.join(unknown)}", hint=hint)
            with admission.answering(may=lambda: any(self._may_fill(inquiry).values())) as session:
                may = self._may_fill(session.inquiry)
                return _noted(session, self._filled(session, subject, wanted, may), stands)

    def _may_fill(self, inquiry: Inquiry) -> dict[str, bool]:
        """Of which registers anything may be disclosed."""
        allowed = self.rule.fields
        of = map(self._register, forms.SOURCES)
        return {each.type: bool(allowed(inquiry, each.dataset, self._today, forms.fillable(each))) for each in of}

    def _filled(
        self, session: Session, subject: Subject, wanted: tuple[str, ...], may: Mapping[str, bool]
    ) -> _Drawn[Prefilled]:
        """The common facts of a person; `may`: whether anything of a register may be disclosed."""
        filled, grants = dict[str, Filled](), dict[str, Grant]()
        lock = self._locked(session, subject)
        there = {type_: each for type_ in may if (each := sole(self._locator(session).find(type_, subject)))}
        lock |= self._locked_behind(session, subject, there.values())
        for type_, allowed in may.items():
            found = there.get(type_)
            _, held = self._values(session, type_, found, forms.fillable(self._register(type_), wanted))
            if found is None or lock or not allowed:
                continue
            entry, register = found.evidence, self._register(type_)
            dataset, whole = register.dataset, forms.sources(register, entry.role)
            side = {fact: name for fact, name in whole.items() if fact in wanted and fact not in filled}
            values = {name: held[name] for name in side.values() if name in held}
            used = self.rule.grants_of(session.inquiry, dataset, session.today, values, entry)
            grants |= {f"{g.id}.{g.dataset}": g for g in used}
            law, noted = _law(used, session.today), doubted(self.hub.contracts, found)
            filled |= {
                fact: Filled(values[name], name, entry.record, entry.synced_at, law, noted)
                for fact, name in side.items()
                if name in values
            }
        shown = frozenset(f"{each.record.split('/', 1)[0]}.{each.field}" for each in filled.values())
        sources = {each.record for each in filled.values()}
        entries = tuple(each.evidence for each in there.values() if each.evidence.record in sources)
        datasets = tuple({name.split(".")[0] for name in shown})
        return _Drawn(Prefilled(filled), any(may.values()), datasets, shown, tuple(grants.values()), entries)

    def _values(
        self, session: Session, type_: str, found: Found | None, requested: frozenset[str]
    ) -> tuple[frozenset[str], dict[str, object]]:
        """The fields of an entry that may be disclosed and have a value, without those in which systems differ.

        The row is fetched with all fields that the grants name for any place, and cut by the place of the entry
        afterwards. Without an entry a placeholder is fetched.
        """
        register, inquiry, today = self._register(type_), session.inquiry, session.today
        entry, conflicts = (found.evidence, found.conflicts) if found else (nothing_in(register), ())
        fetched = self.rule.fields(inquiry, register.dataset, today, requested)
        row = row_if_held(session.connection, register.in_contract(self.hub.contracts), entry, fetched) or {}
        allowed = self.rule.fields(inquiry, register.dataset, today, requested, entry) - set(conflicts)
        return allowed, {
            name: plain(value) for name, value in row.items() if name in allowed and value not in (None, "")
        }

    @contextmanager
    def _admitted(self, inquiry: Inquiry, what: str, *people: Subject) -> Iterator[tuple[Admission, bool]]:
        """An admitted question, and whether its dossier may be named. If not, the search takes place all the same."""
        numbers = sorted({n for each in people for n in (each.personal_id, each.old_id) if n})
        with self.way_out.admitted(inquiry, what, numbers) as admission:
            with admission.as_hub() as connection:
                stands = dossiers.stands(connection, inquiry.agency, inquiry.reference)
            yield admission, stands

    def _register(self, type_: str) -> Register:
        return register_of(self.hub.contracts, type_)

    @property
    def _today(self) -> date:
        return Moment(self.hub.scenario.now()).today

    def _locator(self, session: Session) -> Locator:
        lead = str(self.hub.deployment.reuse.get("refreshed_from", ""))
        return Locator(session.connection, self.hub.contracts, self.hub.keys, self.units, Moment(session.now), lead)

    def _locked(self, session: Session, subject: Subject) -> bool:
        """Read by the hub itself, of deaths alone: a death locks, whether or not the agency may know of it."""
        with session.as_hub_for_deaths():
            return locked(self._locator(session), subject)

    def _locked_behind(self, session: Session, subject: Subject, found: Iterable[Found]) -> bool:
        """Whether a death locks the person found by a book's entry.

        Read for every question with an entry, also if nobody was found.
        """
        if subject.entry is None:
            return False
        with session.as_hub_for_deaths():
            locks = [
                locked(self._locator(session), each) for each in led_to(subject, found) or (NOBODY,)
            ]  # all of them: a locked answer takes the same time
        return any(locks)

    def _known_fields(self, type_: str, fields: Iterable[str]) -> frozenset[str]:
        registers = registers_of(self.hub.contracts)
        if type_ not in registers:
            raise NotFound.unsearched(f"No register {type_}", hint=f"known are {', '.join(registers)}")
        known = registers[type_].in_contract(self.hub.contracts).by_name
        requested = frozenset(fields)
        if unknown := sorted(requested - set(known)):
            what = f"{type_} has no field {', '.join(unknown)}"
            raise NotFound.unsearched(what, hint="hub contracts show lists its fields")
        return requested


def _noted(session: Session, drawn: _Drawn[T], stands: bool) -> T:
    """Set the outcome of a session. For a dossier that may not be named, the answer looks like a missing record."""
    if not stands:
        drawn = _Drawn(drawn.answer.nothing(), drawn.allowed)
    if drawn.grants:
        bases = [grant.legal_basis for grant in drawn.grants]
        session.found(
            vars(drawn.answer),
            datasets=drawn.datasets,
            fields=drawn.fields,
            grants=[g.id for g in drawn.grants],
            legal_bases=bases,
            records=[(each.record, each.version) for each in drawn.entries],
        )
    elif drawn.allowed:
        session.nothing(vars(drawn.answer))
    else:
        session.deny(vars(drawn.answer))
    return drawn.answer


def _law(grants: Iterable[Grant], day: date) -> str | None:
    """The text of the laws under which something is disclosed on a day."""
    bases = (grant.basis(day) for grant in grants)
    return next((basis.articles for basis in bases if basis), None)
