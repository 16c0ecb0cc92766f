"""Outside sources of a decision: a stream that is read again, or the population database.

    first attempt   asks nothing; lists what it would have to ask, and is dropped
    ask             asks the whole list at once, within the deadline, while no transaction is open
    second attempt  decides with the answers, and asks nothing more

An answer that does not come in time is a reason of the decision, never an exception.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import connectors
from contracts.errors import HubError
from hub.access.grants.live import LiveGrants
from hub.access.grants.purposes import QUERIED
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import POPULATION, Terms
from hub.answers.decisions.facts import Confirmed
from hub.answers.decisions.population import PopulationQuestion
from hub.app import Hub
from hub.core import events
from hub.evidence.evidence import Evidence, Moment
from hub.evidence.people import Subject
from hub.evidence.registers import registers_of

AT_ONCE = 8
"""Sources that one question asks at the same time."""


@dataclass
class Outside:
    """What one question asks outside: first a list, then the answers."""

    elsewhere: Elsewhere
    people: dict[Subject, Confirmed | None] = field(default_factory=dict, repr=False)
    """Person -> answer of the population database; None: not asked yet."""
    streams: dict[str, str | None] = field(default_factory=dict)
    """Stream to read again -> what became of it; None: not read yet."""
    _requirements: dict[str, str] = field(default_factory=dict)
    """Requirement -> the stream that it waits for."""
    _asked: bool = False

    @property
    def waiting(self) -> bool:
        """Whether something must be asked before the question can be decided."""
        return None in self.people.values() or None in self.streams.values()

    @property
    def refreshed(self) -> dict[str, str]:
        """Requirement -> what became of asking its source."""
        return {each: came for each, stream in self._requirements.items() if (came := self.streams[stream]) is not None}

    def refresh(self, requirement: str, type_: str, stale: Evidence | None) -> str | None:
        """List the source of a kind of evidence. Returns the reason if there is none, or if the time to ask is over."""
        stream, reason = self.elsewhere.source(type_, stale)
        if stream is None or self._asked:
            return reason if stream is None else "not asked"
        self._requirements[requirement] = stream
        return self.streams.setdefault(stream, None)

    def confirm(self, subject: Subject) -> Confirmed | None:
        """The answer of the population database about a person. Before it is asked, the person goes on the list."""
        if self._asked:
            return self.people.get(subject) or Confirmed("not asked")
        return self.people.setdefault(subject, None)

    def ask(self, inquiry: Inquiry) -> None:
        """Ask the whole list at once, and wait until the deadline at most. A late answer serves the next question."""
        seconds = self.elsewhere.terms.deadline.total_seconds()
        registry = self.elsewhere.population(inquiry)
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outside")
        try:
            people = {
                subject: pool.submit(registry.confirm, subject) for subject, said in self.people.items() if said is None
            }
            streams = {
                stream: pool.submit(self.elsewhere.sync, stream)
                for stream, came in self.streams.items()
                if came is None
            }
            wait(list[Future[Any]]([*people.values(), *streams.values()]), timeout=seconds)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self.people |= {
            subject: said.result() if said.done() and not said.cancelled() else Confirmed("TimedOut")
            for subject, said in people.items()
        }
        self.streams |= {stream: _became(came, seconds) for stream, came in streams.items()}
        self._asked = True


@dataclass(frozen=True)
class Elsewhere:
    """The sources behind the city's own evidence."""

    hub: Hub
    terms: Terms
    live: LiveGrants

    def source(self, type_: str, stale: Evidence | None) -> tuple[str | None, str]:
        """The stream of a kind of evidence; or None, and the reason why."""
        register = registers_of(self.hub.contracts).get(type_)
        if stale is None and register is None:
            return None, "nobody to ask: any district could hold it"
        stream = (
            f"{stale.system if stale else self.terms.refreshed_from}.{register.contract if register else 'dossier'}"
        )
        return (stream, "") if stream in self.hub.deployment.streams else (None, f"no stream {stream} to ask")

    def sync(self, stream: str) -> None:
        """Read what is new at the source of a stream, by the ordinary path."""
        self.hub.exchange(stream, on_event=events.ignore).sync()

    def population(self, inquiry: Inquiry) -> PopulationQuestion:
        """The population database for one question. The asker's grants decide which facts may be sent to it."""
        day = Moment(self.hub.scenario.now()).today
        with self.hub.engine.begin() as connection:
            grants = self.live.read(connection).grants
        granted = grants.fields(
            inquiry.agency,
            POPULATION,
            inquiry.purpose,
            day,
            QUERIED[POPULATION],
            lambda grant: grant.under(inquiry.legal_basis, day),
        )
        return PopulationQuestion(
            self._register,
            self.terms.deadline.total_seconds(),
            inquiry.agency,
            inquiry.purpose,
            inquiry.reference,
            granted,
        )

    def _register(self) -> connectors.Registry:
        return connectors.open_registry(self.hub.system(self.terms.population))


def _became(read: Future[None], seconds: float) -> str:
    """What became of reading a stream again. A fault of the hub is raised."""
    if not read.done() or read.cancelled():
        return f"the source did not answer within {seconds:g} s"
    try:
        read.result()
    except HubError as error:
        return type(error).__name__
    return "refreshed"
