"""Cases that open again because their record came again, each with a row of its history.

A closed case opens when its record comes again as it was, unless a newer version of the record is here. A case whose
record is in under a waiver opens when the waiver does not cover what came: its last day is past, or the contract has
rules since that nobody signed for.

    seen_before    before the merge sees the cases of its rows again: they are locked, in the order of their numbers
    note           after it: the history says which opened, and why
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.local_time import NAME
from hub.access import alerts
from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.load import waivers

if TYPE_CHECKING:
    from hub.load.merge import Merge

CONTENT = "md5(concat_ws('|', s._key, s._version, s._hash))::uuid"
"""SQL: the fingerprint of a staged row's key, version and content: one case a faulty record."""


@dataclass(frozen=True)
class SeenBefore:
    """Cases of the rows that a merge quarantines, as they were before it; locked."""

    settled: tuple[int, ...]
    """Closed, or released under a waiver."""
    otherwise: tuple[int, ...]
    """Their records break another set of rules now."""


def seen_before(merge: Merge, broken: str) -> SeenBefore:
    """The cases of the quarantined rows of a merge, locked; `broken`: their rules, as SQL."""
    rows = merge.do(
        f"""
        with mine as (
            select c.id, c.state, c.rules, {broken} as broken
            from {merge.staged} s join {merge.fate} f on f._record = s._record
            join hub."case" c on c.stream = :stream and c.dataset = :dataset and c.content = {CONTENT}
            where f.fate = 'quarantined' order by c.id for update of c)
        select id, state <> 'open' as settled, not (broken <@ rules and rules <@ broken) as otherwise from mine
        where state <> 'open' or not (broken <@ rules and rules <@ broken)""",
        stream=merge.stream,
        dataset=merge.dataset.name,
    ).all()
    return SeenBefore(tuple(row.id for row in rows if row.settled), tuple(row.id for row in rows if row.otherwise))


def note(merge: Merge, before: SeenBefore) -> None:
    """Write down which of the cases are open now, and end the waivers that do not cover what came."""
    if before.settled:
        opened = merge.do(
            f"""
            select c.id, c.owner, w.until <= :now as expired,
                   to_char(timezone('{NAME}', w.until - interval '1 microsecond'), 'YYYY-MM-DD') as day,
                   w.id is not null as waived
            from hub."case" c
            left join hub.case_waiver w on w."case" = c.id and w.ended_at is null and w.signed_at is not null
            where c.id = any (:ids) and c.state = 'open' order by c.id""",
            ids=list(before.settled),
            now=merge.now,
        ).all()
        for row in opened:
            if row.expired:
                alerts.note(merge.connection, "waiver", row.owner)
                _act(merge, row.id, "expired", row.day, "its last day is past, and its record came again")
            elif row.waived:
                _act(merge, row.id, "reopened", _batch(merge), "its record breaks rules that nobody signed for")
            else:
                _act(merge, row.id, "reopened", _batch(merge), "its record came again as it was")
        waivers.end(merge.connection, [row.id for row in opened], merge.now)
    if before.otherwise:  # who signed has signed for other rules
        waivers.end(merge.connection, before.otherwise, merge.now, unsigned_only=True)


def _act(merge: Merge, case: int, what: str, detail: str, why: str) -> None:
    actions.append(merge.connection, actions.CASES, (case, detail), what, Actor(HUB, why), merge.now)


def _batch(merge: Merge) -> str:
    return f"batch {merge.batch[:12]}"
