"""What watchers of systems know and have announced, in the database: a restarted one goes on where it was.

A watcher asks a system for the fingerprint of a stream's overlap. It writes a row before it announces news, and once a
minute as a sign of life; never for a question that finds nothing. An announcement is open until a run takes the stream
over: the epoch that it was made at is then past.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import insert

from connectors.interface import Fingerprint, Position
from hub.access import alerts
from hub.core.deployment import SystemEntry
from hub.core.tables import Moment, metadata

BEAT = timedelta(seconds=60)
"""A watcher leaves a sign of life this often."""
SILENT = timedelta(minutes=3)
"""Without a sign of life for this long, or for three of its intervals, a system is unwatched."""
MARK = 8
"""Bytes of a mark (`connectors.interface.Fingerprint`)."""

watch = Table(
    "watch",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("system", Text, nullable=False),
    Column("since", Text, comment="start of the overlap whose fingerprint was announced; null: nothing is"),
    Column("marks", LargeBinary, comment="that fingerprint, eight bytes for each record"),
    Column("epoch", BigInteger, comment="of the stream at the announcement: it is open until a run raises it"),
    Column("news_at", Moment, comment="when it was announced"),
    Column("asked_at", Moment, comment="the last question that was answered, as of the last sign of life"),
    Column("seen_at", Moment, comment="the watcher's last sign of life"),
    Column("failing_since", Moment),
    Column("failure", Text, comment="kind of the last error; no message, no value"),
    comment="What the watchers of systems know: one row a stream",
)


@dataclass(frozen=True)
class Head:
    """What a watcher must know about a stream before it asks."""

    stream: str
    epoch: int
    position: Position | None
    paused: bool
    running: bool
    held: bool
    announced_epoch: int | None
    """Epoch of the last announcement; None: nothing is announced, or a run gave it back."""
    news_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether no event may come: it has never been read, somebody paused it, a run reads it, a batch is held."""
        return self.position is None or self.paused or self.running or self.held


@dataclass(frozen=True)
class Watched:
    """What `hub systems` says about the watching of one system."""

    asked_at: datetime | None
    news_at: datetime | None
    seen_at: datetime | None
    failing_since: datetime | None
    failure: str | None


def heads(connection: sa.Connection) -> dict[str, Head]:
    """All streams that have been begun, by id."""
    found = connection.execute(_HEADS).mappings()
    return {
        row["stream"]: Head(**{**row, "position": Position.from_json(row["position"]) if row["position"] else None})
        for row in found
    }


_HEADS = sa.text("""
    with locked as (
      select cast(classid as bigint) << 32 | cast(objid as bigint) as key from pg_locks
      where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database()))
    select s.id as stream, s.epoch, s.position, s.paused,
           hashtextextended(s.id, 0) in (select key from locked) as running,
           exists (select from hub.batch h where h.stream = s.id and h.state = 'held'
                   and h.serial > coalesce((select l.serial from hub.batch l where l.id = s.last_batch), 0)) as held,
           w.epoch as announced_epoch, w.news_at
    from hub.stream s left join hub.watch w on w.stream = s.id""")


def known(connection: sa.Connection, stream: str) -> Fingerprint | None:
    """The fingerprint that was announced last; None if there is none."""
    row = connection.execute(sa.select(watch.c.since, watch.c.marks).where(watch.c.stream == stream)).one_or_none()
    if row is None or row.since is None:
        return None
    return Fingerprint(row.since, frozenset(row.marks[i : i + MARK] for i in range(0, len(row.marks), MARK)))


def announce(connection: sa.Connection, head: Head, system: str, found: Fingerprint, now: datetime) -> None:
    """Remember a fingerprint, before it is announced."""
    _write(
        connection,
        [head.stream],
        system,
        since=found.since,
        marks=b"".join(sorted(found.marks)),
        epoch=head.epoch,
        news_at=now,
        asked_at=now,
        seen_at=now,
    )


def give_back(connection: sa.Connection, stream: str) -> None:
    """Forget what was announced: a run could not read it, so it is news as soon as the stream is free."""
    gone = {"since": None, "marks": None, "epoch": None}
    connection.execute(sa.update(watch).where(watch.c.stream == stream).values(**gone))


def beat(
    connection: sa.Connection,
    streams: Collection[str],
    system: str,
    now: datetime,
    *,
    asked_at: datetime | None,
    failing_since: datetime | None,
    failure: str | None,
) -> None:
    """Leave a sign of life for the streams of a system."""
    values = {"seen_at": now, "failing_since": failing_since, "failure": failure}
    _write(connection, streams, system, **values, **({"asked_at": asked_at} if asked_at else {}))


def by_system(connection: sa.Connection) -> dict[str, Watched]:
    """How each system is watched that ever was."""
    query = sa.text("""
        select system, max(asked_at) as asked_at, max(news_at) as news_at, max(seen_at) as seen_at,
               min(failing_since) as failing_since, max(failure) as failure
        from hub.watch group by system""")
    return {row.pop("system"): Watched(**row) for row in map(dict, connection.execute(query).mappings())}


def unwatched(connection: sa.Connection, systems: Mapping[str, SystemEntry], now: datetime) -> dict[str, datetime]:
    """Systems of which no watcher gave a sign of life lately, with the time of the last.

    A system that was never watched, or by its file no longer is, is not among them.
    """
    return {
        name: each.seen_at
        for name, each in by_system(connection).items()
        if each.seen_at is not None and is_silent(systems.get(name), each, now)
    }


def is_silent(system: SystemEntry | None, watched: Watched, now: datetime) -> bool:
    """Whether a system should be watched, once was, and has no watcher any more."""
    if system is None or system.watch is None or watched.seen_at is None:
        return False
    return now - watched.seen_at > max(SILENT, 3 * system.watch)


def alert_unwatched(connection: sa.Connection, systems: Mapping[str, SystemEntry], now: datetime) -> None:
    """Raise an alert for each unwatched system, one an hour."""
    for system in unwatched(connection, systems, now):
        alerts.note(connection, "unwatched", system)


def _write(connection: sa.Connection, streams: Collection[str], system: str, **values: object) -> None:
    if streams:
        row = insert(watch).values([{"stream": stream, "system": system, **values} for stream in streams])
        connection.execute(row.on_conflict_do_update(index_elements=["stream"], set_={"system": system, **values}))
