"""The readings of a stream as the ledger knows them: when each began and ended, and what it brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

_COMPLETE = "r.mode in ('live', 'full') and r.ended_at is not null"
"""SQL: the run has read its source to the end."""


@dataclass(frozen=True)
class StreamReading:
    """One run of a stream."""

    begun: datetime
    ended: datetime | None
    complete: bool
    """Whether it has read its source to the end."""
    received: int
    new: int
    quarantined: int


def readings_between(
    connection: sa.Connection, stream: str, since: datetime, until: datetime
) -> Sequence[StreamReading]:
    """The readings of a stream that began at or after one moment and before another, in order."""
    query = sa.text(f"""
        select r.started_at, r.ended_at, {_COMPLETE} as complete,
               coalesce(sum(l.received), 0) as received, coalesce(sum(l.quarantined), 0) as quarantined,
               coalesce(sum(l.accepted + l.outdated + l.quarantined), 0) as new
        from hub.run r
        left join hub.batch b on b.run = r.id and b.state = 'applied'
        left join hub.ledger l on l.batch = b.id and l.state = 'applied'
        where r.stream = :stream and r.started_at >= :since and r.started_at < :until and r.mode <> 'replay'
        group by r.id order by r.started_at, r.epoch""")
    return [_reading(row) for row in connection.execute(query, {"stream": stream, "since": since, "until": until})]


def next_reading(connection: sa.Connection, stream: str, since: datetime) -> StreamReading | None:
    """The first reading from a moment on that has read its source to the end."""
    query = sa.text(f"""
        select r.started_at, r.ended_at, true as complete, 0 as received, 0 as quarantined, 0 as new
        from hub.run r where r.stream = :stream and r.started_at >= :since and {_COMPLETE}
        order by r.started_at limit 1""")
    row = connection.execute(query, {"stream": stream, "since": since}).first()
    return _reading(row) if row else None


def first_readings(connection: sa.Connection, streams: Sequence[str]) -> Mapping[str, datetime]:
    """When each stream was read first, whatever became of it; one that never was is left out."""
    query = sa.text("""
        select s.id, r.started_at from unnest(cast(:streams as text[])) s(id) cross join lateral (
            select started_at from hub.run r where r.stream = s.id order by started_at limit 1) r""")
    return {row.id: row.started_at for row in connection.execute(query, {"streams": list(streams)})}


def _reading(row: Any) -> StreamReading:
    return StreamReading(
        row.started_at, row.ended_at, bool(row.complete), int(row.received), int(row.new), int(row.quarantined)
    )
