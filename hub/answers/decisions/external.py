"""What a decision asks elsewhere, within its deadline: a stream of the hub's own read once more, or the population database.

An answer that does not come in time is a reason of the decision, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass

import connectors
from contracts.errors import HubError
from hub.access.grants.model import Grants
from hub.access.grants.purposes import QUERIED
from hub.answers.decisions.conditions import Confirmed
from hub.answers.decisions.decide import POPULATION, Question, Terms
from hub.answers.decisions.population import Population
from hub.app import Hub
from hub.core import events
from hub.evidence.evidence import Evidence, Moment
from hub.evidence.people import Subject
from hub.evidence.registers import REGISTERS


@dataclass(frozen=True)
class Elsewhere:
    """The sources behind the city's own evidence."""

    hub: Hub
    terms: Terms
    grants: Grants

    def population(self, moment: Moment) -> Callable[[Question, Subject], Confirmed]:
        """Asks the population database; what it said about a person is remembered for these decisions only."""
        asked: dict[tuple[str, str, str], Population] = {}

        def confirm(question: Question, subject: Subject) -> Confirmed:
            key = (question.agency, question.purpose, question.dossier)
            if key not in asked:
                lawful = lambda grant: grant.under(question.legal_basis, moment.today)  # noqa: E731
                granted = self.grants.fields(question.agency, POPULATION, question.purpose, moment.today, QUERIED[POPULATION], lawful)
                asked[key] = Population(self._register, self.terms.deadline.total_seconds(), *key, granted)
            return asked[key].confirm(subject)

        return confirm

    def refresh(self, type_: str, stale: Evidence | None) -> str:
        """Read what is new at the source of a kind of evidence, by the ordinary path, within the deadline."""
        register = REGISTERS.get(type_)
        system = stale.system if stale else self.terms.refreshed_from
        contract = register.dataset if register else "dossier"
        if stale is None and register is None:
            return "nobody to ask: any district could hold it"
        stream = f"{system}.{contract}"
        if stream not in self.hub.deployment.streams:
            return f"no stream {stream} to ask"
        return _within(lambda: self.hub.exchange(stream, on_event=events.ignore).sync(), self.terms.deadline.total_seconds())

    def _register(self) -> connectors.Registry:
        return connectors.open_registry(self.hub.system(self.terms.population))


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
