"""Asking the owner of a case to correct its record, over the way of error reports (`hub/answers/error_reports.py`).

A request is an error report of the hub's own: it is forwarded, answered and closed with `hub reports`, as those of
agencies are. A case has one open request at most; when it was answered and the record is still wrong, it may be made
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers import error_reports
from hub.answers.error_reports import Finding, Reported
from hub.cases.selection import CLOSED, Case, CaseClosed, Selection, due_again, locked, update
from hub.cases.tables import case_request
from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.core.crypto import Keys

PURPOSE = "correction"
"""Purpose of the hub's own reports: no grant has it, so no agency reads them."""
ANSWERED = ("corrected", "rejected")


@dataclass(frozen=True)
class Requested:
    """A request of a case, as it stands."""

    case: int
    report: Reported
    made_now: bool


def request(
    connection: sa.Connection, selection: Selection, keys: Keys, person: Actor, now: datetime
) -> list[Requested]:
    """Ask the owners of cases for a correction; a case that was asked for already is asked for once.

    Raises:
        CaseClosed: one of the numbers is closed.
    """
    made = []
    for case in locked(connection, selection):
        if case["state"] == CLOSED:
            raise CaseClosed(f"Case {case['id']} is closed: nothing is to be corrected", hint="hub cases list")
        before = of_case(connection, case["id"])
        if before and before[-1].state not in ANSWERED:
            made.append(Requested(case["id"], before[-1], made_now=False))
            continue
        report = _report(connection, case, len(before) + 1, keys, person, now)
        connection.execute(sa.insert(case_request).values(report=report.id, case=case["id"]))
        update(connection, case["id"], reminded_at=None)
        actions.append(connection, actions.CASES, (case["id"], f"report {report.id}"), "requested", person, now)
        made.append(Requested(case["id"], report, made_now=True))
    return made


def of_case(connection: sa.Connection, case: int) -> list[Reported]:
    """The requests of a case, oldest first."""
    numbers = connection.scalars(
        sa.select(case_request.c.report).where(case_request.c.case == case).order_by(case_request.c.report)
    )
    return [error_reports.one(connection, number) for number in numbers.all()]


def _report(connection: sa.Connection, case: Case, number: int, keys: Keys, person: Actor, now: datetime) -> Reported:
    system = case["stream"].split(".", 1)[0]
    rule = case["rules"][0]
    field = rule.split(".", 1)[0] if not rule.startswith(("record.", f"{case['dataset']}.")) else ""
    found = Finding((case["dataset"], system, case["record_key"] or ""), field, "wrong", person.why)
    inquiry = Inquiry(HUB, person.who, PURPOSE, f"case {case['id']}, request {number}")
    return error_reports.report(
        connection, found, keys, inquiry=inquiry, owner=case["owner"], now=now, term=due_again(now) - now
    )
