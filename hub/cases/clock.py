"""What is due: reminders, waivers whose day is past or whose record was mended, cases closed too early.

`tend` may run as often as anybody likes, and twice at once: each case is reminded once a term. It waits for nobody: a
case that somebody works on is tended the next time. `hub audit --alerts` runs it, which a watchdog calls, and each
scheduled sync.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.access import alerts
from hub.cases import waivers
from hub.cases.handling import BOOK, end_waiver
from hub.cases.selection import CLOSED, OPEN, RELEASED, Case, due_again, free, update
from hub.core import actions
from hub.core.actions import HUB, Actor

AGAIN = timedelta(days=5)
"""After how long an owner is reminded again."""

DUE = """
    select c.id from hub."case" c
    where c.state = 'open' and (c.reminded_at is null or c.reminded_at <= :before)
      and (c.due_at <= :now or exists (
        select from hub.case_request q join hub.error_report r on r.id = q.report
        where q."case" = c.id and r.due_at <= :now and not exists (
          select from hub.error_report_act a where a.report = r.id and a.what in ('corrected', 'rejected'))))
    order by c.id for update of c skip locked"""
ENDED = """
    select c.id from hub."case" c where exists (
      select from hub.case_waiver w where w."case" = c.id and w.ended_at is null and w.until <= :now)
    order by c.id"""
MENDED = """
    select c.id from hub."case" c where c.state = 'released' and exists (
      select from hub.finding f where f.stream = c.stream and f.dataset = c.dataset and f.record_key = c.record_key
      and f.rule = any (c.rules) and f.until is not null
      having bool_and(f.resolved_at is not null))
    order by c.id"""
TOO_EARLY = """
    select c.id from hub."case" c where c.state = 'closed'
    and (c.seen > c.closed_seen or (c.fault = 'book' and c.decision_number is null)) order by c.id"""


@dataclass(frozen=True)
class Tended:
    """How many cases each step of the clock changed."""

    reminded: int = 0
    expired: int = 0
    reopened: int = 0
    closed: int = 0
    """Their records came in under a waiver, and came again without what was waived."""


def tend(connection: sa.Connection, now: datetime) -> Tended:
    """Do what is due, each once; alerts name the owners. The caller commits."""
    closed = _close_mended(connection, now)
    expired, reopened = _expire(connection, now), _reopen(connection, now)
    return Tended(_remind(connection, now), expired, reopened, closed)


def _remind(connection: sa.Connection, now: datetime) -> int:
    """The query itself locks, and looks again at what it locked: a second process finds nothing left to remind."""
    due = connection.scalars(sa.text(DUE), {"now": now, "before": now - AGAIN}).all()
    by_clock = Actor(HUB, "past its due date")
    for case in free(connection, due):
        update(connection, case["id"], reminded_at=now)
        actions.append(connection, actions.CASES, (case["id"], case["owner"]), "reminded", by_clock, now)
        alerts.note(connection, "overdue", case["owner"])
    return len(due)


def _expire(connection: sa.Connection, now: datetime) -> int:
    expired = 0
    for case in free(connection, connection.scalars(sa.text(ENDED), {"now": now})):
        if waivers.expire(connection, case, now):
            alerts.note(connection, "waiver", case["owner"])
            expired += 1
    return expired


def _close_mended(connection: sa.Connection, now: datetime) -> int:
    closed = 0
    came_good = Actor(HUB, "its record came again without the finding")
    for case in free(connection, connection.scalars(sa.text(MENDED))):
        if case["state"] != RELEASED:
            continue
        end_waiver(connection, case["id"], now)
        if case["fault"] == BOOK:  # the record is right, and nobody has named the decision yet
            update(connection, case["id"], state=OPEN, reminded_at=None)
            actions.append(connection, actions.CASES, (case["id"], None), "reopened", came_good, now)
            continue
        update(connection, case["id"], state=CLOSED, closed_seen=case["seen"])
        actions.append(connection, actions.CASES, (case["id"], None), "closed", came_good, now)
        closed += 1
    return closed


def _reopen(connection: sa.Connection, now: datetime) -> int:
    reopened = 0
    for case in free(connection, connection.scalars(sa.text(TOO_EARLY))):
        if why := _closed_too_early(case):
            update(connection, case["id"], state=OPEN, due_at=due_again(now), reminded_at=None)
            actions.append(connection, actions.CASES, (case["id"], None), "reopened", Actor(HUB, why), now)
            reopened += 1
    return reopened


def _closed_too_early(case: Case) -> str | None:
    if case["state"] != CLOSED:
        return None
    if case["fault"] == BOOK and not case["decision_number"]:
        return "a book error ends with the number of a decision"
    again = case["closed_seen"] is not None and case["seen"] > case["closed_seen"]
    return "its record came again as it was" if again else None
