"""The one way out: a question is admitted, answered under row-level security, and audited before its answer leaves.

    admitted ──limit──> place, committed ──> (outside sources are asked, in no transaction) ──> answering
    answering ──role of the agency──> session: found | nothing | deny ──audit row──> commit ──> reply, or the refusal

An error on the way rolls the answer back, gets an audit row in a transaction of its own, and is raised again. An answer
without an outcome is a fault and does not leave. `WayOut.answering` does both steps, if nothing lies between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

import sqlalchemy as sa

from contracts.errors import Transient
from hub.access import audit, in_flight, limits, row_security
from hub.access.audit import AuditEntry
from hub.access.grants.live import LiveGrants
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.core.crypto import Keys
from hub.core.errors import OutcomeMissing


class ScenarioClock(Protocol):
    """The deployment's clock."""

    def now(self) -> datetime: ...


class Parts(Protocol):
    """The parts of a hub that the way out needs."""

    @property
    def engine(self) -> sa.Engine: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def scenario(self) -> ScenarioClock: ...


@dataclass(frozen=True)
class WayOut:
    """Admits questions and answers them, by the grants in force."""

    hub: Parts
    live: LiveGrants
    day_of: Callable[[datetime], date]
    """The local day of a moment, because grants and laws are valid by days."""

    @contextmanager
    def admitted(
        self, inquiry: Inquiry, what: str, numbers: Sequence[str] = (), *, limited: bool = True
    ) -> Iterator[Admission]:
        """Admit a question: it gets a slot within its agency's limits, or is refused.

        `what` is one of `audit.WHAT`. `numbers` are the identity numbers that are asked about. `limited`: no, where the
        city itself looks on an agency's behalf.

        Raises:
            LimitReached: the agency has no slot left; the refusal is audited.
            OutcomeMissing: the block gave no answer and raised no error.
        """
        admission = Admission(self, AuditEntry(inquiry, what, tuple(numbers)))
        if limited:
            admission.entry = self._reserve(admission.entry)
        with in_flight.released(self.hub.engine):
            try:
                yield admission
                if not admission.noted:
                    raise OutcomeMissing(f"A question ({what}) was let in and has no outcome")
            except (Transient, sa.exc.TimeoutError):
                raise  # no row can be written without the database; a later repetition is audited
            except Exception as error:
                if not admission.noted:  # a fault of the hub has its row too: the question was asked
                    self._note_refusal(admission.entry, error)
                raise

    @contextmanager
    def answering(
        self, inquiry: Inquiry, what: str, numbers: Sequence[str] = (), *, limited: bool = True
    ) -> Iterator[Session]:
        """Admit a question and answer it, if no outside source is asked in between. Raises as `admitted`."""
        with self.admitted(inquiry, what, numbers, limited=limited) as admission, admission.answering() as session:
            yield session

    def _reserve(self, entry: AuditEntry) -> AuditEntry:
        now, inquiry = self.hub.scenario.now(), entry.inquiry
        with self.hub.engine.begin() as connection:
            grants = self.live.read(connection).grants
            allowance = grants.allowance(inquiry.agency, inquiry.purpose, self.day_of(now))
            purpose = grants.purposes.by_id.get(inquiry.purpose)
            entry = replace(entry, break_glass=purpose is not None and purpose.break_glass)
            refused = limits.enter(connection, entry, allowance, self.hub.keys, now)
        if refused is not None:
            raise refused
        return entry

    def _note_refusal(self, entry: AuditEntry, error: Exception) -> None:
        """Write the row of a question without an answer.

        The error decides how it counts: `outcome`, `missed`, `code`.
        """
        now, inquiry = self.hub.scenario.now(), entry.inquiry
        with self.hub.engine.begin() as connection:
            row_security.read_as(
                connection,
                agency=inquiry.agency,
                purpose=inquiry.purpose,
                day=self.day_of(now),
                legal_basis=inquiry.legal_basis,
            )
            audit.write(
                connection,
                entry,
                self.hub.keys,
                now,
                outcome=getattr(error, "outcome", "nothing"),
                answer=getattr(error, "code", None),
                missed=getattr(error, "missed", False),
            )


@dataclass
class Admission:
    """An admitted question: it holds a slot, and no transaction is open yet."""

    way_out: WayOut
    entry: AuditEntry
    demand: Callable[[], None] = field(default_factory=lambda: lambda: None, init=False)
    """Raises an error where no grant serves the question: asked in each transaction of an answer, by its grants."""
    noted: bool = field(default=False, init=False)
    """Whether its audit row is committed."""

    @property
    def inquiry(self) -> Inquiry:
        """Who asks."""
        return self.entry.inquiry

    @contextmanager
    def as_hub(self) -> Iterator[sa.Connection]:
        """Read as the hub itself, before the answer: whether a dossier exists does not depend on grants."""
        with self.way_out.hub.engine.connect() as connection:
            yield connection

    @contextmanager
    def answering(self, *, may: Callable[[], bool] = lambda: True) -> Iterator[Session]:
        """The transaction of the answer, read as the agency. Its audit row is the last statement before the commit.

        `may`: whether anything may be shown, by the grants in force; if not, the search is the same and finds nothing.

        Raises:
            OutcomeMissing: the block ended without an outcome; it is rolled back.
            Exception: the error given to `Session.refuse`, after the commit.
        """
        hub, now = self.way_out.hub, self.way_out.hub.scenario.now()
        live = self.way_out.live
        with live.answering(), hub.engine.connect() as connection:  # closing without a commit rolls back
            session = Session(connection, self.entry, hub.keys, now, self.way_out.day_of(now), live, may)
            session.read_as_agency()
            self.demand()
            yield session
            if session.postponed:
                return
            session.write()
            connection.commit()
        self.noted = True
        if session.refusal is not None:
            raise session.refusal
