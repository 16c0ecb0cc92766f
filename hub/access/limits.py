"""Rate limits of an agency: questions an hour, misses an hour and answers a day, counted under a lock of that agency.

    enter ──lock──> count (audit rows + slots in flight) ──free──> slot taken, commit
                                                         ──full──> row `limit`, alert, commit; LimitReached
    audit.write, in the answer's transaction: writes the row and frees the slot; from then on the row counts

The lock is held while rows are counted, not while the question is answered. Other agencies never wait for it.
A question in flight counts as an answer and as a miss, until its row says which. Refusals (`limit`, `denied`)
never count, so an agency that keeps polling is admitted again after an hour. Denied questions count only for an
agency without any grant, because it has no others. Of an agency with grants, a storm of them raises the alert
`denied` and refuses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.access import alerts, audit, in_flight
from hub.access.audit import AuditEntry, LimitReached
from hub.access.grants.allowance import Allowance
from hub.core.crypto import Keys

COUNTED = "(outcome in ('answered', 'nothing') or missed)"
"""Rows that count in an hour; the index `audit_counted` has exactly these."""
DENIED_TOO = "outcome <> 'limit'"
"""Rows that count for an agency without any grant."""
DENIED = "outcome = 'denied' and not missed"
"""Rows that count in no budget of an agency with grants; the index `audit_denied` has exactly these."""
CENSUS = 0.5
"""Share of the allowed misses above which an hour of mostly misses raises the alert `census`."""


@dataclass(frozen=True)
class _Budget:
    """One limit and its use."""

    kind: str
    """Kind of the alert that it raises when reached."""
    allowed: int
    used: int
    rows: str
    """SQL: which rows use it."""
    window: str
    words: str
    hint: str

    @property
    def reached(self) -> bool:
        """Whether audit rows alone use it up; questions in flight may still fail."""
        return self.used >= self.allowed


@dataclass(frozen=True)
class _Used:
    """What an agency has used when a question comes."""

    budgets: tuple[_Budget, _Budget, _Budget]
    """Hour, misses, day."""
    working: int
    """Its questions in flight."""
    denied_often: bool
    """Whether it holds grants, and as many questions as raise the alert were denied."""


def enter(
    connection: sa.Connection, entry: AuditEntry, allowance: Allowance, keys: Keys, now: datetime
) -> LimitReached | None:
    """Take a slot for a question, or return the refusal, with its audit row written.

    Runs in a transaction of its own; the caller commits before it raises the refusal. It runs as the owner,
    because the count must not depend on what the agency may see.
    """
    in_flight.lock(connection, entry.inquiry.agency)
    used = _used(connection, entry.inquiry.agency, allowance)
    full = next((each for each in used.budgets if each.used + used.working >= each.allowed), None)
    if full is not None:
        return _refused(connection, entry, full, used.working, keys, now)
    hour, misses, _ = used.budgets
    if used.denied_often:
        alerts.note(connection, "denied", entry.inquiry.agency)
    if misses.used >= CENSUS * misses.allowed and misses.used >= hour.used / 2:
        alerts.note(connection, "census", entry.inquiry.agency)
    in_flight.take(connection, entry.inquiry.agency)
    return None


def _refused(
    connection: sa.Connection, entry: AuditEntry, full: _Budget, working: int, keys: Keys, now: datetime
) -> LimitReached:
    """The refusal, with its audit row; and an alert, unless only questions in flight fill the limit."""
    audit.write(connection, entry, keys, now, outcome="limit")
    message = f"{entry.inquiry.agency} {full.words.format(used=full.used)}"
    if not full.reached:
        message += f" and has {working} in work; {full.allowed} are allowed"
        return LimitReached(message, hint="ask again in a second", retry_after_s=1)
    alerts.note(connection, full.kind, entry.inquiry.agency)
    wait = _free_in_s(connection, entry.inquiry.agency, full)
    return LimitReached(f"{message}; {full.allowed} are allowed", hint=full.hint, retry_after_s=wait)


def _used(connection: sa.Connection, agency: str, allowance: Allowance) -> _Used:
    """The budgets of an agency and its questions in flight.

    One statement, so that a question that is being answered counts once: by its slot or by its row.
    """
    counted, limits = COUNTED if allowance.granted else DENIED_TOO, allowance.limits
    there = connection.execute(
        sa.text(f"""
        select (select count(*) from hub.audit
                where agency = :agency and at > now() - interval '1 hour' and {counted}) as hour,
               (select count(*) from hub.audit
                where agency = :agency and at > now() - interval '1 hour' and {COUNTED} and missed) as misses,
               (select count(*) from (
                  select from hub.audit
                  where agency = :agency and at > now() - interval '24 hours' and {COUNTED} and outcome = 'answered'
                  limit :daily) answered) as day,
               (select count(*) from (
                  select from hub.audit
                  where agency = :agency and at > now() - interval '1 hour' and {DENIED}
                  limit :denied) denied) as denied,
               (select count(*) from hub.in_flight where agency = :agency) as working"""),
        {"agency": agency, "daily": limits.daily_answers, "denied": limits.hourly_denied},
    ).one()
    hour = _Budget(
        "hour",
        allowance.hourly,
        there.hour,
        counted,
        "1 hour",
        "asked {used} times within an hour",
        "wait, or have the grant's hourly_limit raised (grants.yaml; hourly_limit_without_grant holds for who has none)",
    )
    misses = _Budget(
        "misses",
        limits.hourly_misses,
        there.misses,
        f"{COUNTED} and missed",
        "1 hour",
        "asked {used} times within an hour about people or records that are not held",
        "wait, or have hourly_misses raised (grants.yaml)",
    )
    day = _Budget(
        "day",
        limits.daily_answers,
        there.day,
        f"{COUNTED} and outcome = 'answered'",
        "24 hours",
        "was answered {used} times within 24 hours",
        "wait, or have daily_answers raised (grants.yaml)",
    )
    often = allowance.granted and there.denied >= limits.hourly_denied
    return _Used((hour, misses, day), int(there.working), often)


def _free_in_s(connection: sa.Connection, agency: str, full: _Budget) -> int:
    """Seconds until enough rows have left the window of a budget."""
    left = connection.scalar(
        sa.text(f"""
        select extract(epoch from at + interval '{full.window}' - now()) from hub.audit
        where agency = :agency and at > now() - interval '{full.window}' and {full.rows}
        order by at desc offset :last limit 1"""),
        {"agency": agency, "last": max(full.allowed, 1) - 1},
    )
    return max(1, math.ceil(left)) if left is not None else 1
