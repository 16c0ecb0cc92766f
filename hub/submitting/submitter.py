"""Submits a receiver what waits, record by record, and asks about those of which nobody knows whether they came.

A kill at any moment leaves a record *waiting* (nothing left), or *unknown* (from before the call until its reply is
kept): then the next run asks first. What is granted no more is not submitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from connectors.outgoing.records import RecordReply, RecordSink
from contracts.errors import HubError, Permanent, Transient
from hub.access import audit
from hub.access.audit import AuditEntry
from hub.access.grants.live import LiveGrants
from hub.access.grants.model import CITY
from hub.access.inquiry import Inquiry
from hub.core.actions import HUB
from hub.core.crypto import Keys
from hub.core.errors import NotGranted
from hub.feeds import approvals
from hub.feeds.building import FeedNotDue, under_grants_in_force
from hub.feeds.declared import Feed, FeedTerms
from hub.sending.lock import alone
from hub.submitting import contents, queue, settling
from hub.submitting.contents import Submitted
from hub.submitting.tables import submitted_record

PAGE = 500
"""Records whose contents are read at once."""
IN_A_ROW = 3
"""Calls in a row without a reply that can be read, after which a run ends; the next one goes on."""
TURNS = 6
"""Times that one run submits a record or asks about it; a later run goes on."""
POLLED = 1000
"""Records about whose officer's decision one run asks."""
_T = submitted_record.c


class NotApproved(Permanent):
    """Nobody let the feed begin under its terms."""


class NotAllSubmitted(Transient):
    """Records wait, or it is unknown whether they came: what is noted stays, and the next run goes on."""


@dataclass
class SubmittedNow:
    """What one run did with a feed."""

    feed: str
    queued: int = 0
    states: Counter[str] = field(default_factory=Counter)
    """State -> how many records came to it."""
    unchanged: int = 0
    """Records whose content the receiver holds already: no call."""
    left: int = 0
    """Records that wait, or of which nobody knows whether they came."""
    errors: list[HubError] = field(default_factory=list)
    """Calls without a reply that can be read."""


@dataclass(frozen=True)
class Submitter:
    """Submits the feeds of one deployment whose records go one by one."""

    engine: sa.Engine
    keys: Keys
    local_day: Callable[[datetime], date]
    now: Callable[[], datetime]

    def submit(self, feed: Feed, sink: RecordSink) -> SubmittedNow:
        """Submit what waits, oldest first, and ask about what is unknown.

        Raises:
            FeedBusy: another process does it.
            FeedNotDue: it is switched off, or not valid today.
            NotApproved: a person has not let it begin under the terms of today.
            NotGranted: the grants of today do not give what it submits.
        """
        done = SubmittedNow(feed.id)
        live = LiveGrants(feed.trust)
        with alone(self.engine, feed.id), closing(sink):
            with self.engine.begin() as connection:
                self.require(connection, feed, live)
                done.queued = queue.take(connection, feed, self.now())
            run = _Run(self, feed, sink, live, done)
            while run.failed < IN_A_ROW and (page := self._next(feed, run)):
                for system, rows in groupby(page, lambda row: str(row.system)):
                    run.submit(system, list(rows))
            done.left = self._left(feed)
        return done

    def require(self, connection: sa.Connection, feed: Feed, live: LiveGrants) -> FeedTerms:
        """The terms of today, which hold until the transaction ends. Raises FeedNotDue, NotApproved, NotGranted."""
        day = self.local_day(self.now())
        if not feed.on(day):
            raise FeedNotDue(
                f"Feed {feed.id} is not submitted on {day}", hint="active, valid_from and valid_to of its file"
            )
        terms = under_grants_in_force(connection, feed, live).terms(day)
        if any(grant.territory != CITY for grant in terms.grants):
            raise NotGranted(
                f"Feed {feed.id} is granted for a part of the city, and records are submitted one by one for the whole",
                hint="territory: city in its grant, or a feed of deliveries, which keeps to territories",
            )
        if not approvals.approved(connection, feed.id, terms.digest):
            raise NotApproved(
                f"Nothing of {feed.id} was submitted: nobody let it begin under its terms of today",
                hint=f"hub feed approve {feed.id} --because ...",
            )
        return terms

    def note(self, connection: sa.Connection, feed: Feed, system: str, submitted: Submitted, terms: FeedTerms) -> None:
        """The audit row of a record that leaves: to whom, under which grants and laws, which fields; no value."""
        file, name = feed.file, feed.dataset.name
        audit.write(
            connection,
            AuditEntry(Inquiry(file.receiver, HUB, file.purpose, submitted.record.number, door="feed"), "sending"),
            self.keys,
            self.now(),
            outcome="answered",
            answer={"content": submitted.record.digest},
            datasets=[name, *file.lists],
            fields=[f"{name}.{column}" for column in file.columns]
            + [f"{each}.{column}" for each, columns in file.lists.items() for column in columns],
            grants=[grant.id for grant in terms.grants],
            legal_bases=terms.legal_bases,
            records=[(f"{name}/{system}/{submitted.of}", submitted.version)],
        )

    def _next(self, feed: Feed, run: _Run) -> list[Any]:
        """The next rows: unknown ones, then those that wait, then those about which an officer decides."""
        rank = sa.case((_T.state == "unknown", 0), (_T.state == "waiting", 1), else_=2)
        states = ("unknown", "waiting", "taken") if run.polled < POLLED else ("unknown", "waiting")
        query = (
            sa.select(_T.system, _T.key, _T.state, _T.held)
            .where(_T.state.in_(states), *_eligible(feed))
            .order_by(rank, _T.queued_at, _T.system, _T.key)
            .limit(PAGE + len(run.skipped))
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        left = [row for row in rows if (row.system, row.key) not in run.skipped][:PAGE]
        return sorted(left, key=lambda row: str(row.system))

    def _left(self, feed: Feed) -> int:
        query = sa.select(sa.func.count()).where(_T.state.in_(("waiting", "unknown")), *_eligible(feed))
        with self.engine.connect() as connection:
            return int(connection.scalar(query.select_from(submitted_record)) or 0)


@dataclass
class _Run:
    """One run over one feed."""

    submitter: Submitter
    feed: Feed
    sink: RecordSink
    live: LiveGrants
    done: SubmittedNow
    turns: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: set[tuple[str, str]] = field(default_factory=set)
    """Open records that this run leaves to a later one."""
    failed: int = 0
    """Calls in a row without a reply that can be read."""
    polled: int = 0

    def submit(self, system: str, rows: Sequence[Any]) -> None:
        """Submit the rows of one system, or ask about them."""
        with self.submitter.engine.connect() as connection:
            there = contents.read(connection, self.feed, system, [str(row.key) for row in rows])
        ready: list[tuple[Submitted, bool]] = []
        for row in rows:
            if self.failed >= IN_A_ROW:
                return
            place, submitted = (system, str(row.key)), there.get(str(row.key))
            self.turns[place] += 1
            if self.turns[place] >= TURNS or submitted is None:
                self.skipped.add(place)
            if submitted is None:
                continue
            if row.state == "waiting" and row.held is None and not submitted.begins:
                self._ended(system, submitted)
                continue
            if row.state in ("unknown", "taken"):
                self.polled += row.state == "taken"
                self._ask(system, submitted)
            elif row.held == submitted.record.digest:
                self._unchanged(system, submitted)
            else:
                ready.append((submitted, row.held is not None))
        ready.sort(key=lambda each: str(each[0].record.content.get("ThoiDiemXuLy", "")))  # steps in their order
        for known in (False, True):
            chosen = [submitted for submitted, held in ready if held is known]
            for start in range(0, len(chosen), self.sink.most):
                if self.failed < IN_A_ROW:
                    self._put(system, chosen[start : start + self.sink.most], known)

    def _put(self, system: str, chunk: Sequence[Submitted], known: bool) -> None:
        submitter, feed = self.submitter, self.feed
        with submitter.engine.begin() as connection:
            terms = submitter.require(connection, feed, self.live)
            settling.begin(connection, feed, system, chunk, submitter.now())
            for submitted in chunk:
                submitter.note(connection, feed, system, submitted, terms)
        self._called(system, chunk, lambda: self.sink.put([submitted.record for submitted in chunk], known=known))

    def _ask(self, system: str, submitted: Submitted) -> None:
        with self.submitter.engine.begin() as connection:
            settling.asked(connection, self.feed, system, submitted.key, self.submitter.now())
        self._called(system, [submitted], lambda: [self.sink.ask(submitted.record)])

    def _called(self, system: str, chunk: Sequence[Submitted], call: Callable[[], Sequence[RecordReply]]) -> None:
        """Make a call, and keep what came of it."""
        try:
            replies = call()
        except HubError as error:
            self.done.errors.append(error)
            self.failed += 1
            return
        self.failed = 0
        now = self.submitter.now()
        with self.submitter.engine.begin() as connection:
            for submitted, reply in zip(chunk, replies, strict=True):
                state = settling.settle(connection, self.feed, system, submitted, reply, now)
                self.done.states[state] += state != "waiting"
                if state == "taken":
                    self.skipped.add((system, submitted.key))

    def _ended(self, system: str, submitted: Submitted) -> None:
        """A dossier that was decided before it was submitted: the registry is not submitted of it."""
        mine = (_T.feed == self.feed.id, _T.system == system, _T.key == submitted.key)
        with self.submitter.engine.begin() as connection:
            connection.execute(sa.delete(submitted_record).where(*mine, _T.state == "waiting", _T.held.is_(None)))

    def _unchanged(self, system: str, submitted: Submitted) -> None:
        mine = (_T.feed == self.feed.id, _T.system == system, _T.key == submitted.key)
        values = {"state": "acknowledged", "submitted": submitted.record.digest, "settled_at": self.submitter.now()}
        with self.submitter.engine.begin() as connection:
            connection.execute(sa.update(submitted_record).where(*mine).values(**values))
        self.done.unchanged += 1


def _eligible(feed: Feed) -> list[sa.ColumnElement[bool]]:
    """The feed's records; those that another feed must have brought first only once they are held."""
    mine: list[sa.ColumnElement[bool]] = [_T.feed == feed.id]
    if feed.file.after:
        d = submitted_record.alias("d").c
        first = (d.feed == feed.file.after, d.system == _T.system, d.number == _T.number, d.held.is_not(None))
        mine.append(sa.exists().where(*first))
    return mine


def require_submitted(done: Iterable[SubmittedNow]) -> None:
    """Raise NotAllSubmitted where something waits, or it is unknown whether it came."""
    if left := [each for each in done if each.left]:
        hint = next((each.errors[-1].hint for each in left if each.errors), "")
        count = ", ".join(f"{each.left} of {each.feed}" for each in left)
        raise NotAllSubmitted(
            f"Not settled: {count}", hint=hint or "hub feed send goes on; hub feed status shows how far"
        )
