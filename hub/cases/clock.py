"""What is due: reminders, escalations, waivers whose day is past or whose record was mended, cases closed too early.

`tend` may run as often as anybody likes, and twice at once: each case is reminded once a term, and escalated once. It
waits for nobody: a case that somebody works on is tended the next time. `hub cases due` and `hub audit --alerts` run
it, which a watchdog calls, and each scheduled sync.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.access import alerts
from hub.cases import waivers
from hub.cases.handling import BOOK
from hub.cases.selection import CLOSED, OPEN, RELEASED, Case, anew, free, update
from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.load import waivers as signed
from hub.load.case_owners import ABOVE, case_owner

AGAIN = timedelta(days=5)
"""After how long an owner is reminded again."""

LONG = timedelta(days=15)
"""How long after its due date a case is escalated, if its owner was reminded before."""

DUE = """
    select c.id from hub."case" c
    where c.state = 'open' and (c.reminded_at is null or c.reminded_at <= :before)
      and (c.due_at <= :now or exists (
        select from hub.case_request q join hub.error_report r on r.id = q.report
        where q."case" = c.id and r.due_at <= :now and not exists (
          select from hub.error_report_act a where a.report = r.id and a.what in ('corrected', 'rejected'))))
    order by c.id for update of c skip locked"""
LATE = """
    select c.id from hub."case" c
    where c.state = 'open' and c.escalated_at is null and c.due_at <= :before and c.reminded_at < :now
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
    escalated: int = 0
    expired: int = 0
    reopened: int = 0
    closed: int = 0
    """Their records came in under a waiver, and came again without what was waived."""


def tend(connection: sa.Connection, now: datetime) -> Tended:
    """Do what is due, each once; alerts name the owners. The caller commits."""
    raised: list[tuple[str, str]] = []
    closed = _close_mended(connection, now)
    expired, reopened = _expire(connection, now, raised), _reopen(connection, now)
    escalated, reminded = _escalate(connection, now, raised), _remind(connection, now, raised)
    for kind, office in sorted(raised):  # two that run at once lock the alerts in one order
        alerts.note(connection, kind, office)
    return Tended(reminded, escalated, expired, reopened, closed)


def expire(connection: sa.Connection, now: datetime) -> int:
    """End the waivers whose day is past: before people act on cases by what they are. Returns their number."""
    raised: list[tuple[str, str]] = []
    expired = _expire(connection, now, raised)
    for kind, office in sorted(raised):
        alerts.note(connection, kind, office)
    return expired


def _remind(connection: sa.Connection, now: datetime, raised: list[tuple[str, str]]) -> int:
    """The query itself locks, and looks again at what it locked: a second process finds nothing left to remind."""
    due = connection.scalars(sa.text(DUE), {"now": now, "before": now - AGAIN}).all()
    by_clock = Actor(HUB, "past its due date")
    for case in free(connection, due):
        update(connection, case["id"], reminded_at=now)
        actions.append(connection, actions.CASES, (case["id"], case["owner"]), "reminded", by_clock, now)
        raised.append(("overdue", case["owner"]))
    return len(due)


def _escalate(connection: sa.Connection, now: datetime, raised: list[tuple[str, str]]) -> int:
    """Name the office above. The case stays with its owner, who alone can have the source corrected."""
    late = connection.scalars(sa.text(LATE), {"before": now - LONG, "now": now}).all()
    if not late:
        return 0
    office = case_owner.c.owner
    above = connection.scalar(sa.select(office).where(case_owner.c.system == "", case_owner.c.unit == ABOVE))
    by_clock = Actor(HUB, f"{LONG.days} days past its due date")
    for case in free(connection, late):
        named = above or case["owner"]
        update(connection, case["id"], escalated_at=now)
        actions.append(connection, actions.CASES, (case["id"], named), "escalated", by_clock, now)
        raised.append(("escalated", named))
    return len(late)


def _expire(connection: sa.Connection, now: datetime, raised: list[tuple[str, str]]) -> int:
    expired = 0
    for case in free(connection, connection.scalars(sa.text(ENDED), {"now": now})):
        if waivers.expire(connection, case, now):
            raised.append(("waiver", case["owner"]))
            expired += 1
    return expired


def _close_mended(connection: sa.Connection, now: datetime) -> int:
    closed = 0
    came_good = Actor(HUB, "its record came again without the finding")
    for case in free(connection, connection.scalars(sa.text(MENDED))):
        if case["state"] != RELEASED:
            continue
        signed.end(connection, (case["id"],), now)
        if case["fault"] == BOOK and not case["decision_number"]:  # the record is right, the decision is not named yet
            update(connection, case["id"], state=OPEN, **anew(now))
            actions.append(connection, actions.CASES, (case["id"], None), "reopened", came_good, now)
            continue
        update(connection, case["id"], state=CLOSED, closed_seen=None)
        actions.append(connection, actions.CASES, (case["id"], None), "closed", came_good, now)
        closed += 1
    return closed


def _reopen(connection: sa.Connection, now: datetime) -> int:
    reopened = 0
    for case in free(connection, connection.scalars(sa.text(TOO_EARLY))):
        if why := _closed_too_early(case):
            update(connection, case["id"], state=OPEN, **anew(now))
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
