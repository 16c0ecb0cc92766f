"""Feeds and their deliveries as rows for a screen, and the ledger of the way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from hub.feeds.declared import Feed
from hub.feeds.tables import delivery
from hub.load import outbox

TERMS = ("released", "acknowledged", "refused", "waiting", "unknown")
"""The terms of the equation of the way out."""


def feeds(connection: sa.Connection, declared: Iterable[Feed]) -> list[dict[str, Any]]:
    """One row a declared feed."""
    o, d = outbox.outbox.c, delivery.c
    counted = sa.select(o.feed, sa.func.count()).where(o.sequence.is_(None)).group_by(o.feed)
    waiting = {row[0]: row[1] for row in connection.execute(counted)}
    newest = sa.select(d.feed, d.sequence, d.state).ext(distinct_on(d.feed)).order_by(d.feed, d.sequence.desc())
    last = {row.feed: row for row in connection.execute(newest)}
    return [
        {
            "feed": feed.id,
            "receiver": feed.receiver.name,
            "contract": f"{feed.contract.name} {feed.file.version}",
            "form": feed.file.form,
            "schedule": feed.file.schedule,
            "active": feed.file.active,
            "batches waiting": waiting.get(feed.id, 0),
            "last delivery": last[feed.id].sequence if feed.id in last else None,
            "state": last[feed.id].state if feed.id in last else "none yet",
        }
        for feed in declared
    ]


def deliveries(connection: sa.Connection, feed: str) -> list[dict[str, Any]]:
    """All deliveries of a feed, newest first."""
    d = delivery.c
    columns = (
        d.sequence,
        d.kind,
        d.state,
        d.put,
        d.deleted,
        d.acknowledged,
        d.refused,
        d.built_at,
        d.valid_until,
        d.expires_at,
        d.deleted_at,
        d.digest,
    )
    found = connection.execute(sa.select(*columns).where(d.feed == feed).order_by(d.sequence.desc()))
    return [dict(row) for row in found.mappings()]


def ledger(connection: sa.Connection, limit: int = 50) -> list[dict[str, Any]]:
    """The equation of the way out, one row a delivery, newest first: released = acknowledged + refused + waiting + unknown."""
    d = delivery.c
    columns = (d.feed, d.sequence, d.kind, d.state, *(d[name] for name in TERMS))
    query = sa.select(*columns).order_by(d.built_at.desc(), d.feed, d.sequence.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]
