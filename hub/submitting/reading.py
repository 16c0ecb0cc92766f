"""How far each feed is whose records are submitted one by one, and what its receiver refused: codes and counts, no value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.core import tables
from hub.core.errors import NotFound
from hub.feeds.declared import Feed
from hub.submitting.settling import REFUSED
from hub.submitting.tables import STATES, submitted_record

_T = submitted_record.c


def status(connection: sa.Connection, feeds: Iterable[Feed]) -> list[dict[str, Any]]:
    """One row a feed: records by state, and those whose state was submitted otherwise than the source has it."""
    counts = [sa.func.count().filter(_T.state == each).label(each) for each in STATES]
    otherwise = sa.func.count().filter(_T.source_state != _T.submitted_state).label("submitted otherwise")
    query = sa.select(_T.feed, *counts, otherwise, sa.func.max(_T.settled_at).label("last")).group_by(_T.feed)
    found = {row["feed"]: dict(row) for row in connection.execute(query).mappings()}
    none = dict.fromkeys((*STATES, "submitted otherwise"), 0) | {"last": None}
    return [
        {"feed": feed.id, "goes to": feed.file.system, "service": feed.file.service}
        | {name: found.get(feed.id, none)[name] for name in none}
        for feed in feeds
    ]


def refused(connection: sa.Connection, feed: str, limit: int) -> list[dict[str, Any]]:
    """What the receiver refused, oldest first: system, key, states and codes."""
    columns = (_T.system, _T.key, _T.source_state, _T.submitted_state, _T.reasons, _T.tries, _T.settled_at)
    query = sa.select(*columns).where(_T.feed == feed, _T.state == "refused").order_by(_T.settled_at, _T.key)
    found = connection.execute(query.limit(limit)).mappings()
    return [dict(row) | {"reasons": ", ".join(row["reasons"])} for row in found]


def again(connection: sa.Connection, feed: str, keys: Iterable[str], now: datetime) -> int:
    """Let refused records wait again, all of the feed's without keys. Returns their number.

    Raises:
        NotFound: a key is of no refused record.
    """
    wanted = sorted(set(keys))
    here = [_T.feed == feed, _T.state == "refused", *([_T.key.in_(wanted)] if wanted else [])]
    statement = sa.update(submitted_record).where(*here).values(state="waiting", reasons=[], queued_at=now)
    done = connection.execute(statement).rowcount
    if wanted and done < len(wanted):
        raise NotFound(
            f"{len(wanted) - done} of these are no refused record of {feed}", hint=f"hub feed refused {feed}"
        )
    return done


def cases(connection: sa.Connection, feed: str, keys: Iterable[str]) -> list[int]:
    """Numbers of the open cases of what this feed's receiver refused."""
    c, wanted = tables.case.c, sorted(set(keys))
    query = sa.select(c.id).where(c.state == "open", c.rules == [REFUSED], c.feed == feed)
    return list(connection.scalars(query.where(c.record_key.in_(wanted)) if wanted else query))
