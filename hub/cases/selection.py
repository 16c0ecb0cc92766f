"""Which cases an act is about: by number, or all of one reason; locked until the act is committed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.core import tables
from hub.core.errors import NotFound

DAYS_AGAIN = 5
"""Days that a case has whose clock starts anew, as a new one has by default."""
OPEN, RELEASED, CLOSED = "open", "released", "closed"
"""States of a case; released: its record came in under a waiver."""


class NoCaseNamed(Permanent):
    """An act names neither cases nor a reason."""

    exit_code = 2


class CaseClosed(Permanent):
    """A case is closed, otherwise than an act demands."""


@dataclass(frozen=True)
class Selection:
    """Cases by number, or the open ones that meet every condition given."""

    numbers: tuple[int, ...] = ()
    stream: str | None = None
    rule: str | None = None
    unit: str | None = None
    """Code of the unit whose records they are."""
    owner: str | None = None
    """The office that answers."""

    def condition(self) -> sa.ColumnElement[bool]:
        """The condition on `hub.case`.

        Raises:
            NoCaseNamed: it is empty.
        """
        c = tables.case.c
        conditions: list[sa.ColumnElement[bool]] = []
        if self.stream:
            conditions.append(c.stream == self.stream)
        if self.rule:
            conditions.append(sa.literal(self.rule) == sa.any_(c.rules))
        if self.unit:
            conditions.append(c.unit == self.unit)
        if self.owner:
            conditions.append(c.owner == self.owner)
        if not self.numbers and not conditions:
            raise NoCaseNamed("No case is named", hint="give numbers of cases, or --rule, --unit, --owner, --stream")
        conditions.append(c.id.in_(self.numbers) if self.numbers else c.state == OPEN)
        return sa.and_(*conditions)


Case = Mapping[str, Any]
"""A row of `hub.case`."""


def locked(connection: sa.Connection, selection: Selection) -> Sequence[Case]:
    """The selected cases in the order of their numbers, locked until the transaction ends.

    All acts of people lock in this order, so two of them wait for each other and never for ever. A merge locks its
    stream first, and cases in an order of its own: so an act waits for it there.

    Raises:
        NotFound: a number is no case, or no case of the other conditions.
        NoCaseNamed: nothing is selected.
    """
    wanted = selection.condition()
    streams = sa.select(tables.case.c.stream).where(wanted).distinct()
    query = sa.select(tables.stream.c.id).where(tables.stream.c.id.in_(streams)).order_by(tables.stream.c.id)
    connection.execute(query.with_for_update(read=True))
    query = sa.select(tables.case).where(wanted).order_by(tables.case.c.id).with_for_update()
    found = [dict(row) for row in connection.execute(query).mappings()]
    if missing := sorted(set(selection.numbers) - {row["id"] for row in found}):
        shown = ", ".join(map(str, missing[:5]))
        raise NotFound(f"No case {shown}{' …' if len(missing) > 5 else ''}", hint="hub cases list shows them")
    return found


def free(connection: sa.Connection, numbers: Iterable[int]) -> Sequence[Case]:
    """Those of the cases that nobody has locked, locked now: the clock waits for no merge and for no person."""
    c = tables.case.c
    query = sa.select(tables.case).where(c.id.in_(tuple(numbers))).order_by(c.id).with_for_update(skip_locked=True)
    return [dict(row) for row in connection.execute(query).mappings()]


def one_locked(connection: sa.Connection, number: int) -> Case:
    """One case, locked. Raises NotFound."""
    return locked(connection, Selection((number,)))[0]


def update(connection: sa.Connection, number: int, **values: object) -> None:
    """Set columns of a locked case."""
    connection.execute(sa.update(tables.case).where(tables.case.c.id == number).values(**values))


def due_again(now: datetime) -> datetime:
    """The due date of a case whose clock starts anew."""
    return now + timedelta(days=DAYS_AGAIN)


def anew(now: datetime) -> dict[str, datetime | None]:
    """The clock of a case that opens again: due anew, nobody reminded yet."""
    return {"due_at": due_again(now), "reminded_at": None, "escalated_at": None}
