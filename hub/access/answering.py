"""The one way out: a question is let in, answered behind row-level security, and noted before its answer is given.

    admitted ──limit──> place, committed ──> (outside sources are asked, in no transaction) ──> answering
    answering ──role of the agency──> session: found | nothing | deny ──audit row──> commit ──> reply, or the refusal

What is raised on the way rolls the answer back, has its audit row in a transaction of its own, and goes on. An answer
that names no outcome is a fault, and is not given. `answering` alone does both steps, where nothing lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import sqlalchemy as sa

from contracts.errors import Transient
from hub.access import audit, in_flight, limits, row_security
from hub.access.audit import AuditEntry
from hub.access.grants.model import Grants
from hub.access.inquiry import Inquiry
from hub.access.session import Session
from hub.core.crypto import Keys
from hub.core.errors import OutcomeMissing


class ScenarioClock(Protocol):
    """The deployment's clock."""

    def now(self) -> datetime: ...


class Parts(Protocol):
    """What of a hub the way out needs."""

    @property
    def engine(self) -> sa.Engine: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def scenario(self) -> ScenarioClock: ...


@dataclass(frozen=True)
class WayOut:
    """Lets questions in and answers out, by the grants of a deployment."""

    hub: Parts
    grants: Grants
    day_of: Callable[[datetime], date]
    """The local day of a moment: grants and laws hold by days."""

    @contextmanager
    def admitted(
        self, inquiry: Inquiry, what: str, numbers: Sequence[str] = (), *, limited: bool = True
    ) -> Iterator[Admission]:
        """Let a question in: it has a place within its agency's limits, or is refused.

        `what` is one of `audit.WHAT`. `numbers` are the identity numbers that are asked about. `limited`: no, where the
        city itself looks on an agency's behalf.

        Raises:
            LimitReached: the agency has no place left; that is noted.
            OutcomeMissing: nothing was answered, and nothing was raised.
        """
        admission = Admission(self, AuditEntry(inquiry, what, tuple(numbers)))
        if limited:
            self._reserve(admission.entry)
        with in_flight.released(self.hub.engine):
            try:
                yield admission
                if not admission.noted:
                    raise OutcomeMissing(f"A question ({what}) was let in and has no outcome")
            except (Transient, sa.exc.TimeoutError):
                raise  # nothing can be noted without the database; who asks again later is noted then
            except Exception as error:
                if not admission.noted:  # a fault of ours has its row too: whoever asked was asking
                    self._note_refusal(admission.entry, error)
                raise

    @contextmanager
    def answering(
        self, inquiry: Inquiry, what: str, numbers: Sequence[str] = (), *, limited: bool = True
    ) -> Iterator[Session]:
        """Let a question in and answer it, where nothing is asked in between. Raises as `admitted`."""
        with self.admitted(inquiry, what, numbers, limited=limited) as admission, admission.answering() as session:
            yield session

    def _reserve(self, entry: AuditEntry) -> None:
        now, inquiry = self.hub.scenario.now(), entry.inquiry
        allowance = self.grants.allowance(inquiry.agency, inquiry.purpose, self.day_of(now))
        with self.hub.engine.begin() as connection:
            refused = limits.enter(connection, entry, allowance, self.hub.keys, now)
        if refused is not None:
            raise refused

    def _note_refusal(self, entry: AuditEntry, error: Exception) -> None:
        """Write the row of a question that got no answer. The error says how it counts: `outcome`, `missed`, `code`."""
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
    """A question that was let in: it holds a place, and no transaction is open yet."""

    way_out: WayOut
    entry: AuditEntry
    noted: bool = field(default=False, init=False)
    """Whether its audit row is committed."""

    @property
    def inquiry(self) -> Inquiry:
        """Who asks."""
        return self.entry.inquiry

    @contextmanager
    def as_hub(self) -> Iterator[sa.Connection]:
        """Read as the hub itself, before the answer: whether a dossier stands is no matter of grants."""
        with self.way_out.hub.engine.connect() as connection:
            yield connection

    @contextmanager
    def answering(self, *, visible: bool = True) -> Iterator[Session]:
        """The transaction of the answer, read as the agency; its audit row is written last, then it is committed.

        `visible`: no, where nothing may be shown; the search is the same, and finds nothing.

        Raises:
            OutcomeMissing: the block ended without an outcome; nothing of it stays.
            Exception: what `Session.refuse` was given, after the commit.
        """
        hub, now = self.way_out.hub, self.way_out.hub.scenario.now()
        with hub.engine.connect() as connection:  # closed without a commit it is rolled back
            session = Session(connection, self.entry, hub.keys, now, self.way_out.day_of(now), visible)
            session.read_as_agency()
            yield session
            if session.postponed:
                return
            session.write()
            connection.commit()
        self.noted = True
        if session.refusal is not None:
            raise session.refusal
