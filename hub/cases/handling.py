"""Assigning and closing cases. Repeated, an act changes nothing and is written down once."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.cases.selection import CLOSED, Case, CaseClosed, Selection, locked, update
from hub.core import actions
from hub.core.actions import Actor
from hub.load import waivers

DIGITISATION, BOOK = "digitisation", "book"
FAULTS = (DIGITISATION, BOOK)
"""The entry differs from the paper book, and is corrected to match it (Luật Hộ tịch Art. 60.2); or the book itself is
wrong, and only a decision of the registering agency corrects it (cải chính)."""

DECISION = re.compile(r"(Số )?[0-9]{1,6}[0-9A-ZĐa-zđ./-]{0,40}")
"""The number of a decision begins with a number: 12, 12/QĐ-UBND, 05/2022/QĐ-TP."""


class FaultMissing(Permanent):
    """A person closes a case without saying what was wrong, or a book error without its decision."""

    exit_code = 2


def assign(
    connection: sa.Connection,
    selection: Selection,
    owner: str | None,
    person: Actor,
    now: datetime,
    *,
    fault: str | None = None,
) -> list[int]:
    """Give cases to another owner, or say what kind of error they are; numbers of the cases that changed.

    Raises:
        CaseClosed: one of the numbers is closed.
        FaultMissing: neither owner nor fault is given, or the fault is no such kind.
    """
    owner = (owner or "").strip() or None
    if owner is None and fault is None:
        raise FaultMissing("Nothing to assign", hint="--to OWNER gives it away, --fault says what kind of error it is")
    _known(fault)
    changed = []
    for case in locked(connection, selection):
        if case["state"] == CLOSED:
            raise CaseClosed(
                f"Case {case['id']} is closed", hint="it opens again by itself when its record comes again"
            )
        new_owner = owner is not None and (owner != case["owner"] or not case["assigned"])
        new_fault = fault is not None and fault != case["fault"]
        if new_owner:
            update(connection, case["id"], owner=owner, assigned=True, reminded_at=None)
            actions.append(connection, actions.CASES, (case["id"], owner), "assigned", person, now)
        if new_fault:
            update(connection, case["id"], fault=fault)
            actions.append(connection, actions.CASES, (case["id"], fault), "classified", person, now)
        if new_owner or new_fault:
            changed.append(case["id"])
    return changed


def close(
    connection: sa.Connection,
    selection: Selection,
    person: Actor,
    now: datetime,
    *,
    fault: str | None = None,
    decision: str | None = None,
) -> list[int]:
    """Close cases; numbers of those that this closed. Their records stay out until they come good.

    `decision`: number of the decision by which the book was corrected; a book error ends with nothing else.

    Raises:
        FaultMissing: it is not known what was wrong; a book error has no decision, or a digitisation error has one.
        CaseClosed: one is closed already, for another fault or by another decision.
    """
    _known(fault)
    decision = _decision((decision or "").strip())
    closed = []
    for case in locked(connection, selection):
        what = fault or case["fault"]
        _require_fault(case, what, decision)
        if case["state"] == CLOSED:
            if (case["fault"], case["decision_number"]) == (what, decision) or case["closed_seen"] is None:
                continue
            raise CaseClosed(
                f"Case {case['id']} was closed already, otherwise", hint=f"hub cases history {case['id']} shows how"
            )
        update(connection, case["id"], state=CLOSED, fault=what, decision_number=decision, closed_seen=case["seen"])
        waivers.end(connection, (case["id"],), now)
        actions.append(connection, actions.CASES, (case["id"], decision or what), "closed", person, now)
        closed.append(case["id"])
    return closed


def _decision(number: str) -> str | None:
    """The number of a decision; None: none is given. Raises FaultMissing: it is none."""
    if number and not DECISION.fullmatch(number):
        raise FaultMissing(
            "What is given is no number of a decision",
            hint="as it stands on the decision, with its number: 12/QĐ-UBND; no name, no value of a record",
        )
    return number or None


def _known(fault: str | None) -> None:
    if fault is not None and fault not in FAULTS:
        raise FaultMissing(f"{fault!r} is no kind of error", hint=f"one of {', '.join(FAULTS)}")


def _require_fault(case: Case, fault: str | None, decision: str | None) -> None:
    if fault is None:
        raise FaultMissing(
            f"Nobody has said what was wrong in case {case['id']}",
            hint="--fault digitisation: the entry differs from the paper book; --fault book: the book itself is wrong",
        )
    if fault == BOOK and decision is None:
        raise FaultMissing(
            f"Case {case['id']} is a book error: it ends with the decision that corrects the book (cải chính)",
            hint="--decision NUMBER",
        )
    if fault == DIGITISATION and decision is not None:
        raise FaultMissing(
            f"Case {case['id']} is a digitisation error: no decision corrects it, the entry is made to match the book",
            hint="leave --decision out, or give --fault book",
        )
