"""The log of acts: what people, or the hub by itself, did to held batches, stopped streams, decisions and error
reports: who, when, why.

One module writes three tables (docs/decisions/0022-one-way.md says why they stay three). All are only ever appended to:
triggers see to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

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
            raise ReasonMissing(
                "A decision needs a name and a reason", hint="give --because, and --by when the login is not your name"
            )


@dataclass(frozen=True)
class Log:
    """One table of acts in the schema `hub`.

    All have the columns what, who, why and at; each says its own way about what.
    """

    table: str
    about: tuple[str, ...]
    """Columns that say what an act is about."""
    once: bool
    """The same act again changes nothing."""


BATCHES = Log("act", ("batch",), once=False)
STREAMS = Log("act", ("stream",), once=False)
DECISIONS = Log("decision_act", ("decision", "record"), once=True)
ERROR_REPORTS = Log("error_report_act", ("report",), once=True)


def append(
    connection: sa.Connection, log: Log, about: tuple[object, ...], what: str, person: Actor, now: datetime
) -> None:
    """Append one act; `about` are the values of the log's own columns, in their order. The caller commits."""
    own = dict(zip(log.about, about, strict=True))
    given = {**own, "what": what, "who": person.who, "why": person.why, "at": now}
    statement = insert(sa.table(log.table, *map(sa.column, given), schema="hub")).values(given)
    connection.execute(statement.on_conflict_do_nothing() if log.once else statement)
