"""Excuses: days of a stream on which nothing was owed after all, by an act of a named person.

An excuse names its act (the letter that announced a planned stop, Decree 47/2020/NĐ-CP Art. 43), who entered it and
why. It is never changed; a withdrawal is an entry of its own that names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Identity, Index, Table, Text

from contracts.errors import Permanent
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.core.tables import Moment, metadata

MOST_DAYS = 366
"""Days that one excuse may cover."""

delivery_excuse = Table(
    "delivery_excuse",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("stream", Text, nullable=False, comment="its id; it may never have been read"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("act", Text, nullable=False, comment="the document by which the stream owed nothing: number and day"),
    Column("withdraws", BigInteger, ForeignKey("hub.delivery_excuse.id"), unique=True, comment="the excuse it ends"),
    Column("who", Text, nullable=False, comment="the name given by the person"),
    Column("why", Text, nullable=False, comment="the reason in the person's words; no value of a record"),
    Column("at", Moment, nullable=False),
    CheckConstraint("first_day <= last_day", name="delivery_excuse_days"),
    CheckConstraint("act <> '' and who <> '' and why <> ''", name="delivery_excuse_said"),
    comment="Days on which a stream owed nothing, by an act of a named person; only ever appended",
)
Index("delivery_excuse_stream", delivery_excuse.c.stream, delivery_excuse.c.first_day)


class NotExcusable(Permanent):
    """An excuse that says nothing, or too much."""

    exit_code = 2


@dataclass(frozen=True)
class Excuse:
    """An excuse that stands."""

    number: int
    stream: str
    first_day: date
    last_day: date
    act: str
    who: str
    why: str
    at: datetime

    def covers(self, stream: str, day: date) -> bool:
        """Whether it is about a day of a stream."""
        return stream == self.stream and self.first_day <= day <= self.last_day


def excuse(
    connection: sa.Connection,
    stream: str,
    first_day: date,
    last_day: date,
    act: str,
    person: Actor,
    now: datetime,
) -> int:
    """Note that a stream owes nothing on these days; returns the number of the excuse.

    Raises:
        NotExcusable: the act is not named, the days are none, or they are too many.
    """
    if not act.strip():
        raise NotExcusable(
            "The excuse names no act", hint='--act "Công văn 12/UBND of 2022-05-30": who agreed, and when'
        )
    if not 0 <= (last_day - first_day).days < MOST_DAYS:
        raise NotExcusable(
            f"An excuse from {first_day} to {last_day} covers no day, or more than {MOST_DAYS}",
            hint="the last day is not before the first; longer ones are a change of the contract",
        )
    d = delivery_excuse
    given = {"stream": stream, "first_day": first_day, "last_day": last_day, "act": act.strip()}
    number: int | None = connection.scalar(
        sa.insert(d).values(**given, who=person.who, why=person.why, at=now).returning(d.c.id)
    )
    assert number is not None
    return number


def withdraw(connection: sa.Connection, number: int, person: Actor, now: datetime) -> Excuse:
    """End an excuse: its days are judged as if it had never been. Returns the excuse.

    Raises:
        NotFound: no excuse of this number stands.
    """
    d = delivery_excuse
    connection.execute(sa.select(d.c.id).where(d.c.id == number).with_for_update())
    found = next((each for each in standing(connection) if each.number == number), None)
    if found is None:
        raise NotFound(f"No excuse {number} stands", hint="hub missing excuses shows those that do")
    given = {"stream": found.stream, "first_day": found.first_day, "last_day": found.last_day, "act": found.act}
    connection.execute(sa.insert(d).values(**given, withdraws=number, who=person.who, why=person.why, at=now))
    return found


def standing(connection: sa.Connection, since: date | None = None, until: date | None = None) -> Sequence[Excuse]:
    """The excuses that were not withdrawn, and cover a day of these, in the order of their entry."""
    d, end = delivery_excuse, delivery_excuse.alias()
    ended = sa.exists().where(end.c.withdraws == d.c.id)
    query = sa.select(d).where(d.c.withdraws.is_(None), ~ended).order_by(d.c.id)
    if since is not None:
        query = query.where(d.c.last_day >= since)
    if until is not None:
        query = query.where(d.c.first_day <= until)
    return [
        Excuse(row.id, row.stream, row.first_day, row.last_day, row.act, row.who, row.why, row.at)
        for row in connection.execute(query)
    ]
