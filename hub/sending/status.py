"""How far each feed is: what its receiver acknowledged, what waits, what is unknown and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from hub.feeds.declared import Feed
from hub.feeds.tables import delivery
from hub.sending.tables import sending


def status(connection: sa.Connection, declared: Iterable[Feed]) -> list[dict[str, Any]]:
    """One row a declared feed: the number of the last acknowledged delivery, deliveries by state, and refused records."""
    d = delivery.c
    counted = connection.execute(
        sa.select(
            d.feed,
            *(sa.func.count().filter(d.state == each).label(each) for each in ("built", "released", "unknown", "sent")),
            sa.func.coalesce(sa.func.sum(d.refused), 0).label("refused"),
            sa.func.max(d.sequence).filter(d.state == "acknowledged").label("acknowledged"),
            sa.func.min(d.built_at).filter(d.state.in_(("released", "unknown", "sent"))).label("since"),
        ).group_by(d.feed)
    ).mappings()
    by_feed = {row["feed"]: row for row in counted}
    s = sending.c
    newest = sa.select(s.feed, s.what, s.detail).ext(distinct_on(s.feed)).order_by(s.feed, s.id.desc())
    last = {row.feed: f"{row.what} {row.detail}".strip() for row in connection.execute(newest)}
    none: dict[str, Any] = {
        "built": 0,
        "released": 0,
        "unknown": 0,
        "sent": 0,
        "refused": 0,
        "acknowledged": None,
        "since": None,
    }
    rows = []
    for feed in declared:
        found = dict(by_feed.get(feed.id, none))
        rows.append(
            {
                "feed": feed.id,
                "goes to": feed.file.system or "fetched",
                "acknowledged": found["acknowledged"],
                "built": found["built"],
                "waiting": found["released"] + found["sent"],
                "unknown": found["unknown"],
                "refused": int(found["refused"]),
                "since": found["since"],
                "last": last.get(feed.id, "never sent"),
            }
        )
    return rows
