"""Limits of an agency, of an officer and about a person, counted under a lock of the agency.

    enter ──lock──> count (audit rows + slots in flight) ──free──> slot taken, commit
                                                         ──full──> row `limit`, alert, commit; LimitReached
    audit.write, in the answer's transaction: writes the row and frees the slot; from then on the row counts

    agency    questions an hour, misses an hour, answers a day
    officer   questions an hour, persons a day: found or not, so that numbers cannot be tried one after another
    person    questions of the agency about the same one a day

The lock is held while rows are counted, not while the question is answered. Other agencies never wait for it.
A question in flight counts as an answer and as a miss, until its row says which. Refusals (`limit`, `denied`)
never count, so an agency that keeps polling is admitted again after an hour. Denied questions count only for an
agency without any grant, because it has no others. Of an agency with grants, a storm of them raises the alert
`denied` and refuses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
BURST = 0.2
"""Share of an officer's persons of a day that raises it when they are asked about within five minutes."""
SEARCHED = "what in ('decisions', 'record', 'answer', 'prefill', 'evidence')"
"""Rows of searches for a person. One without a number (by name, or by an entry of a book) counts as a person too."""

USED = """
    select (select count(*) from hub.audit
            where agency = :agency and at > now() - interval '1 hour' and {counted}) as hour,
           (select count(*) from hub.audit
            where agency = :agency and at > now() - interval '1 hour' and {COUNTED} and missed) as misses,
           (select count(*) from (
              select from hub.audit
              where agency = :agency and at > now() - interval '24 hours' and {COUNTED} and outcome = 'answered'
              limit :daily_answers) answered) as day,
           (select count(*) from (
              select from hub.audit
              where agency = :agency and at > now() - interval '1 hour' and {DENIED}
              limit :hourly_denied) denied) as denied,
           (select count(*) from (
              select from hub.audit
              where agency = :agency and who = :who and at > now() - interval '1 hour' and {counted}
              limit :officer_hourly) asked) as officer,
           persons.day as subjects, persons.burst,
           (select count(*) from (
              select from hub.audit
              where subjects && cast(:subjects as bytea[]) and agency = :agency and at > now() - interval '24 hours'
                and {counted}
              limit :subject_daily) about) as subject,
           (select count(*) from hub.in_flight where agency = :agency) as working,
           (select count(*) from hub.in_flight where agency = :agency and officer = :who) as officer_working
    from (select count(distinct person) filter (where person <> all (cast(:subjects as bytea[]))) as day,
                 count(distinct person) filter (where at > now() - interval '5 minutes') as burst
          from (select coalesce(s.person, convert_to('row ' || a.id, 'UTF8')) as person, a.at
                from hub.audit a left join unnest(a.subjects) s (person) on true
                where a.agency = :agency and a.who = :who and a.at > now() - interval '24 hours'
                  and {counted} and {SEARCHED}) asked) persons"""


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
    working: int
    """Questions in flight that may use it too."""

    @property
    def reached(self) -> bool:
        """Whether audit rows alone use it up; questions in flight may still fail."""
        return self.used >= self.allowed

    @property
    def full(self) -> bool:
        """Whether another question might pass it."""
        return self.used + self.working >= self.allowed


@dataclass(frozen=True)
class _Used:
    """What an agency has used when a question comes."""

    budgets: tuple[_Budget, ...]
    """Those of the agency, of its officer and about the person."""
    like_a_census: bool
    """Whether most of its hour missed, or its officer asks about many persons within minutes."""
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
    asks: dict[str, Any] = {
        "agency": entry.inquiry.agency,
        "who": entry.inquiry.officer,
        "subjects": [bytes.fromhex(keys.lookup(number)) for number in entry.numbers],
    }
    used = _used(connection, asks, allowance)
    full = next((each for each in used.budgets if each.full), None)
    if full is not None:
        return _refused(connection, entry, full, asks, keys, now)
    if entry.break_glass:
        alerts.note(connection, "break-glass", entry.inquiry.agency)
    if used.denied_often:
        alerts.note(connection, "denied", entry.inquiry.agency)
    if used.like_a_census:
        alerts.note(connection, "census", entry.inquiry.agency)
    in_flight.take(connection, entry.inquiry.agency, entry.inquiry.officer)
    return None


def _refused(
    connection: sa.Connection, entry: AuditEntry, full: _Budget, asks: Mapping[str, Any], keys: Keys, now: datetime
) -> LimitReached:
    """The refusal, with its audit row; and an alert, unless only questions in flight fill the limit."""
    audit.write(connection, entry, keys, now, outcome="limit")
    message = f"{entry.inquiry.agency} {full.words.format(used=full.used)}"
    if not full.reached:
        message += f" and has {full.working} in work; {full.allowed} are allowed"
        return LimitReached(message, hint="ask again in a second", retry_after_s=1)
    alerts.note(connection, full.kind, entry.inquiry.agency)
    wait = _free_in_s(connection, asks, full)
    return LimitReached(f"{message}; {full.allowed} are allowed", hint=full.hint, retry_after_s=wait)


def _used(connection: sa.Connection, asks: Mapping[str, Any], allowance: Allowance) -> _Used:
    """The budgets that a question uses.

    One statement, so that a question that is being answered counts once: by its slot or by its row.
    """
    counted, limits = COUNTED if allowance.granted else DENIED_TOO, allowance.limits
    query = USED.format(counted=counted, COUNTED=COUNTED, DENIED=DENIED, SEARCHED=SEARCHED)
    there = connection.execute(sa.text(query), {**asks, **vars(limits)}).one()
    hour = _Budget(
        "hour",
        allowance.hourly,
        there.hour,
        counted,
        "1 hour",
        "asked {used} times within an hour",
        "wait, or have the grant's hourly_limit raised (grants.yaml; hourly_limit_without_grant holds for who has none)",
        there.working,
    )
    misses = _Budget(
        "misses",
        limits.hourly_misses,
        there.misses,
        f"{COUNTED} and missed",
        "1 hour",
        "asked {used} times within an hour about people or records that are not held",
        "wait, or have hourly_misses raised (grants.yaml)",
        there.working,
    )
    day = _Budget(
        "day",
        limits.daily_answers,
        there.day,
        f"{COUNTED} and outcome = 'answered'",
        "24 hours",
        "was answered {used} times within 24 hours",
        "wait, or have daily_answers raised (grants.yaml)",
        there.working,
    )
    officer = _Budget(
        "officer",
        limits.officer_hourly,
        there.officer,
        f"{counted} and who = :who",
        "1 hour",
        "has an officer who asked {used} times within an hour",
        "wait, or have officer_hourly raised (grants.yaml)",
        there.officer_working,
    )
    subjects = _Budget(
        "subjects",
        limits.officer_subjects,
        there.subjects,
        f"{counted} and {SEARCHED} and who = :who",
        "24 hours",
        "has an officer who asked about {used} other persons within 24 hours",
        "wait, or have officer_subjects raised (grants.yaml)",
        there.officer_working,
    )
    subject = _Budget(
        "subject",
        limits.subject_daily,
        there.subject,
        f"{counted} and subjects && cast(:subjects as bytea[])",
        "24 hours",
        "asked {used} times within 24 hours about this person",
        "wait, or have subject_daily raised (grants.yaml)",
        0,
    )
    census = misses.used >= CENSUS * misses.allowed and misses.used >= hour.used / 2
    census |= there.burst >= BURST * limits.officer_subjects
    often = allowance.granted and there.denied >= limits.hourly_denied
    return _Used((hour, misses, day, officer, subjects, subject), census, often)


def _free_in_s(connection: sa.Connection, asks: Mapping[str, Any], full: _Budget) -> int:
    """Seconds until enough rows have left the window of a budget.

    Of persons, several rows may be about one: where there are fewer rows than persons, the oldest decides."""
    rows = f"""
        select extract(epoch from at + interval '{full.window}' - now()) from hub.audit
        where agency = :agency and at > now() - interval '{full.window}' and {full.rows}"""
    left = connection.scalar(
        sa.text(f"{rows} order by at desc offset :last limit 1"), {**asks, "last": max(full.allowed, 1) - 1}
    )
    if left is None:
        left = connection.scalar(sa.text(f"{rows} order by at limit 1"), asks)
    return max(1, math.ceil(left)) if left is not None else 1
