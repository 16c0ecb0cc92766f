"""Keeps the counts: of each stream the days since the last one that was whole. Days that are over are never counted again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from contracts.model import Contract
from hub.core import tables
from hub.core.deployment import Deployment, Stream
from hub.trends.counting import DaysOfStream, count, index
from hub.trends.tables import daily_count, daily_kept


def keep(
    engine: sa.Engine,
    deployment: Deployment,
    contracts: Mapping[str, Contract],
    now: datetime,
    *,
    whole: bool = False,
) -> int:
    """Count what is not kept yet, up to today; today is counted anew each time. Returns the number of days counted.

    `whole` counts every day again.
    """
    days = 0
    for stream in deployment.streams.values():
        if stream.contract in contracts:
            days += _keep(engine, deployment, stream, contracts[stream.contract], now, whole=whole)
    return days


def _keep(
    engine: sa.Engine, deployment: Deployment, stream: Stream, contract: Contract, now: datetime, *, whole: bool
) -> int:
    c, k = daily_count.c, daily_kept.c
    with engine.begin() as connection:
        connection.execute(
            sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"daily_count {stream.id}"}
        )
        today = deployment.local_day(now)
        first = None if whole else _next(connection, stream.id)
        first = first or _first(connection, deployment, stream.id)
        if first is None or first > today:
            return 0
        index(connection, contract)
        counted = count(connection, DaysOfStream(stream, contract, deployment.zone, first, today))
        connection.execute(sa.delete(daily_count).where(c.stream == stream.id, c.day >= first))
        rows = [
            {"stream": stream.id, "dataset": d, "unit": unit, "day": day, "figure": figure, "item": item, "n": n}
            for (d, unit, day, figure, item), n in sorted(counted.items())
        ]
        for start in range(0, len(rows), 5_000):
            connection.execute(sa.insert(daily_count), rows[start : start + 5_000])
        values = {"through": today - timedelta(days=1), "counted_at": now}
        kept = insert(daily_kept).values(stream=stream.id, **values)
        connection.execute(kept.on_conflict_do_update(index_elements=[k.stream], set_=values))
        return (today - first).days + 1


def _next(connection: sa.Connection, stream: str) -> date | None:
    through: date | None = connection.scalar(sa.select(daily_kept.c.through).where(daily_kept.c.stream == stream))
    return through + timedelta(days=1) if through else None


def _first(connection: sa.Connection, deployment: Deployment, stream: str) -> date | None:
    """The day of the stream's first batch."""
    b = tables.batch.c
    first = connection.scalar(sa.select(sa.func.min(b.settled_at)).where(b.stream == stream, b.state == "applied"))
    return deployment.local_day(first) if first else None
