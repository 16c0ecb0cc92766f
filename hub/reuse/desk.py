"""The question of an agency, answered: everything the parts of this folder need, put together from the hub."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid, HubError
from hub import events
from hub.bootstrap import Hub
from hub.errors import NothingSuch
from hub.grants.load import read_grants
from hub.grants.model import Grants
from hub.requirements.catalogue import Requirement, read_requirements
from hub.reuse import decisions
from hub.reuse.decide import Decider, Question, Terms
from hub.reuse.decisions import Recorded
from hub.reuse.evidence import Evidence, Moment, of_register
from hub.reuse.kinds import REGISTERS
from hub.reuse.locator import Locator
from hub.units import Units, read_units

KNOWN = ("usual_age_days", "deadline_s", "here", "refreshed_from")


@dataclass(frozen=True)
class Desk:
    """The hub's answers to agencies."""

    hub: Hub

    def ask(self, question: Question, *, refresh: bool = True) -> tuple[Recorded, ...]:
        """Decide all requirements of a procedure for a dossier and put the decisions on record; the same question has the same answer.

        Raises:
            NothingSuch: no requirements of that procedure are known.
        """
        requirements = self.demanded(question.procedure)
        set_ = decisions.requirement_set(question, [each.id for each in requirements], self.hub.keys)
        with self.hub.engine.begin() as connection:
            known = decisions.recorded(connection, question, set_)
        if known:
            return known
        now = self.hub.scenario.now()
        with self.hub.engine.begin() as connection:
            decided = self.decider(connection, Moment(now), refresh=refresh).dossier(question, requirements)
            return decisions.record(connection, question, set_, decided, now, self.hub.scenario.now())

    def demanded(self, procedure: str) -> tuple[Requirement, ...]:
        """The requirements of a procedure. Raises NothingSuch."""
        if procedure not in self.requirements:
            raise NothingSuch(f"No requirements of procedure {procedure} are known", hint="hub requirements show lists what is known")
        return self.requirements[procedure]

    def decider(self, connection: sa.Connection, moment: Moment, *, refresh: bool = True) -> Decider:
        """What decides at a moment."""
        locator = Locator(connection, self.hub.contracts, self.hub.keys, self.units, moment)
        permits = lambda agency, dataset, purpose: self.grants.permission(agency, dataset, purpose, moment.today)  # noqa: E731
        return Decider(locator, self.terms, permits, self._refresh if refresh else None, now=self.hub.scenario.now)

    def evidence(self, connection: sa.Connection, decision: Recorded) -> Evidence:
        """The evidence of a decision as it is now. Raises NothingSuch: it is not held any more, or not a register's."""
        register = REGISTERS.get(decision.evidence_type or "")
        if register is not None:
            moment = Moment(self.hub.scenario.now())
            found = of_register(connection, register, self.hub.contracts, "r._system = :system and r._key = :key",
                                {"system": decision.system, "key": decision.record_key}, moment)
            for each in found:
                return each
        raise NothingSuch(f"Decision {decision.id} has no register entry that is held now", hint="ask anew: the record was changed or removed")

    @cached_property
    def units(self) -> Units:
        return read_units(self.hub.deployment.folder / "reference")

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

    def _refresh(self, type_: str, stale: Evidence | None) -> str:
        """Read what is new at the source of a kind of evidence, by the ordinary path, within the deadline."""
        register = REGISTERS.get(type_)
        system = stale.system if stale else self.terms.refreshed_from
        contract = register.dataset if register else "dossier"
        if stale is None and register is None:
            return "nobody to ask: any district could hold it"
        stream = f"{system}.{contract}"
        if stream not in self.hub.deployment.streams:
            return f"no stream {stream} to ask"
        return _within(lambda: self.hub.exchange(stream, told=events.quiet).sync(), self.terms.deadline.total_seconds())


def _within(work: Callable[[], object], seconds: float) -> str:
    """Do it in time, or say why not. What comes late still comes, for the next who asks."""
    pool = ThreadPoolExecutor(1)
    try:
        pool.submit(work).result(seconds)
    except TooLate:
        return f"the source did not answer within {seconds:g} s"
    except HubError as error:
        return type(error).__name__
    finally:
        pool.shutdown(wait=False)
    return "refreshed"
