"""The record of key listings: when the keys of a stream were listed, what was found, whether it counted.

reading   it began; one that a kill ended stays so
taken     it counted: what left its source has a finding
refused   it was whole, and lacked more than the system's file allows: nothing of it counted
failed    the source did not list to the end: nothing of it counted
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text

from hub.core.tables import Moment, metadata

SLACK = timedelta(hours=12)
"""A listing of every seventh day may begin so much less than seven days after the one before: schedules move."""

COUNTS = (
    "listed",
    "unnamed",
    "repeated",
    "held",
    "quarantined",
    "gone",
    "rekeyed",
    "back",
    "new",
    "changed",
    "waiting",
)

key_listing = Table(
    "key_listing",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("stream", Text, ForeignKey("hub.stream.id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("state", Text, nullable=False, server_default="reading"),
    Column("through", BigInteger, nullable=False, comment="newest batch when it began: later records are not judged"),
    Column("listed", BigInteger, comment="different keys at the source"),
    Column("unnamed", BigInteger, comment="records at the source without a readable key"),
    Column("repeated", BigInteger, comment="keys that came once more"),
    Column("held", BigInteger, comment="current records of the stream when it began"),
    Column("quarantined", BigInteger, comment="listed keys that are only cases here"),
    Column("gone", BigInteger, comment="records, or cases, that left the source"),
    Column("rekeyed", BigInteger, comment="of these, how many are at the source under another key"),
    Column("back", BigInteger, comment="records that had left and are listed again"),
    Column("new", BigInteger, comment="listed keys that the hub did not have"),
    Column("changed", BigInteger, comment="listed with another change time than the record has here"),
    Column("waiting", BigInteger, comment="of the three before, what the next reading must bring"),
    Column("why", Text, comment="why it did not count, without a value of a record; or why a person let it count"),
    Column("who", Text, comment="the person who let more be gone than the system's file allows"),
    CheckConstraint("state in ('reading', 'taken', 'refused', 'failed')", name="key_listing_state"),
    comment="A listing of all keys of a stream, and what it found",
)
Index("key_listing_stream", key_listing.c.stream, key_listing.c.id)


def begin(connection: sa.Connection, stream: str, now: datetime) -> tuple[int, int]:
    """Note that a listing begins; returns its number and the newest batch: whose pages were fetched before it began."""
    through = int(connection.scalar(sa.text("select coalesce(max(serial), 0) from hub.batch")) or 0)
    values = {"stream": stream, "started_at": now, "through": through}
    number = connection.scalar(sa.insert(key_listing).values(values).returning(key_listing.c.id))
    assert number is not None
    return int(number), through


def end(connection: sa.Connection, number: int, state: str, now: datetime, **values: object) -> None:
    """Note how a listing ended, and what it found."""
    changed = {"state": state, "ended_at": now, **values}
    connection.execute(sa.update(key_listing).where(key_listing.c.id == number).values(changed))


def is_due(connection: sa.Connection, stream: str, every: timedelta, now: datetime) -> bool:
    """Whether a stream's keys are to be listed again: the last listing that counted began long enough ago."""
    t = key_listing.c
    last: datetime | None = connection.scalar(
        sa.select(sa.func.max(t.started_at)).where(t.stream == stream, t.state == "taken")
    )
    return last is None or last <= now - every + SLACK


def listed(connection: sa.Connection) -> list[dict[str, Any]]:
    """The last listing of each stream: what it found."""
    t = key_listing
    newest = sa.select(sa.func.max(t.c.id)).group_by(t.c.stream)
    shown = sa.select(t.c.stream, t.c.started_at, t.c.state, *(t.c[name] for name in COUNTS), t.c.why, t.c.who)
    query = shown.where(t.c.id.in_(newest)).order_by(t.c.stream)
    return [dict(row) for row in connection.execute(query).mappings()]
