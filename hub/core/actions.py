"""Actions of people, or of the hub itself, on cases and held batches: who, when, why. Append-only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.core import tables
from hub.core.errors import ReasonMissing

HUB = "hub"
"""Actor of automatic actions."""


@dataclass(frozen=True)
class Actor:
    """A person who decides, and the reason. Both are kept, so neither may hold a value of a record.

    Raises:
        ReasonMissing: the name or the reason is empty.
    """

    who: str
    why: str

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.why.strip():
            raise ReasonMissing("A decision needs a name and a reason", hint="give --because, and --by when the login is not your name")


def on_cases(connection: sa.Connection, cases: Iterable[int], what: str, person: Actor, now: datetime) -> None:
    """Append one action for each case."""
    rows = [{"case": case, "what": what, "who": person.who, "why": person.why, "at": now} for case in cases]
    if rows:
        connection.execute(sa.insert(tables.act), rows)


def on_batch(connection: sa.Connection, batch: str, what: str, person: Actor, now: datetime) -> None:
    """Append one action on a batch."""
    connection.execute(sa.insert(tables.act).values(batch=batch, what=what, who=person.who, why=person.why, at=now))
