"""Recalls: found, settled by what happened since, acknowledged by people, closed when everybody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.model import Contract
from hub.core.actions import HUB, Actor
from hub.core.crypto import Keys
from hub.core.errors import NotFound
from hub.recall import carriers, corrections
from hub.recall.tables import recall, recall_notice

_JUDGED_AGAIN = """
    update hub.recall_notice n set acknowledged_at = :now, who = :hub, how = 'the decision was judged again'
    where n.acknowledged_at is null and n.kind = 'decision'
      and exists (select from hub.decision d where d.supersedes = n.carrier::bigint)"""
_DELIVERED = """
    update hub.recall_notice n set acknowledged_at = :now, who = :hub,
           how = 'the receiver acknowledged a delivery with what is true now'
    where n.acknowledged_at is null and n.kind = 'delivery' and exists (
        select from hub.delivery d join hub.delivery_item i on i.feed = d.feed and i.sequence = d.sequence
        where d.feed = n.reference and d.state = 'acknowledged' and i.key = n.record_key and i.system = n.system
          and d.sequence > right(n.carrier, 8)::bigint
          and (d.refused = 0 or exists (
            select from hub.delivery_refusal x
            where x.answer = (select a.id from hub.delivery_answer a where a.feed = d.feed and a.sequence = d.sequence
                              order by a.said_at desc, a.id desc limit 1)
            having count(*) = d.refused and not bool_or(x.number = i.number))))"""
_CLOSE = """
    update hub.recall r set closed_at = :now where r.closed_at is null
      and not exists (select from hub.recall_notice n where n.recall = r.id and n.acknowledged_at is null)"""


@dataclass(frozen=True)
class RecallRound:
    """What one look found."""

    corrected: int
    """Records with another version, or ended."""
    recalls: int
    """Of these, whose older version somebody carried."""
    notices: int
    settled: int
    """Notices, also of earlier looks, that were acknowledged by what happened since. A row that the
    receiver refused settles nothing."""
    closed: int


def look(engine: sa.Engine, contracts: Mapping[str, Contract], keys: Keys, now: datetime) -> RecallRound:
    """Look for corrections since the last look, open recalls for what was carried, and settle what is known by now.

    One transaction: after a kill the next look finds the same.
    """
    with engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.recall'))"))
        found = corrections.find(connection, contracts, keys, corrections.waiting(connection))
        opened, noticed = carriers.note(connection, now) if found else (0, 0)
        settled = sum(_run(connection, each, now) for each in (_JUDGED_AGAIN, _DELIVERED))
        closed = _run(connection, _CLOSE, now)
    return RecallRound(found, opened, noticed, settled, closed)


def acknowledge(connection: sa.Connection, notices: Sequence[int], person: Actor, now: datetime) -> int:
    """Note that carriers know, on a person's word; returns how many recalls were closed by it.

    Raises:
        NotFound: no such notice. One that is acknowledged already stays as it is.
    """
    n = recall_notice.c
    known = set(connection.scalars(sa.select(n.id).where(n.id.in_(notices))))
    if missing := sorted(set(notices) - known):
        raise NotFound(f"No notice {', '.join(map(str, missing[:5]))}", hint="hub recall show NUMBER lists them")
    values = {"acknowledged_at": now, "who": person.who, "how": person.why}
    waiting = sa.update(recall_notice).where(n.id.in_(notices), n.acknowledged_at.is_(None))
    connection.execute(waiting.values(values))
    return _run(connection, _CLOSE, now)


def listed(connection: sa.Connection, *, everything: bool = False, limit: int = 200) -> list[dict[str, Any]]:
    """Recalls, newest first: open ones, or all. Each with its notices: all = acknowledged + open."""
    r, n = recall.c, recall_notice.c
    count, known = sa.func.count(n.id), sa.func.count(n.acknowledged_at)
    query = (
        sa.select(
            r.id, r.dataset, r.system, r.record_key, r.why, r.since, r.found_at, r.closed_at,
            count.label("notices"), known.label("acknowledged"), (count - known).label("open"),
        )
        .join(recall_notice, n.recall == r.id)
        .group_by(r.id).order_by(r.id.desc()).limit(limit)
    )  # fmt: skip
    if not everything:
        query = query.where(r.closed_at.is_(None))
    return [dict(row) for row in connection.execute(query).mappings()]


def notices(connection: sa.Connection, number: int) -> list[dict[str, Any]]:
    """The notices of a recall. Raises NotFound."""
    n = recall_notice.c
    names = (
        "id",
        "kind",
        "carrier",
        "agency",
        "reference",
        "version",
        "at",
        "sent_at",
        "acknowledged_at",
        "who",
        "how",
    )
    query = sa.select(*(n[name] for name in names)).where(n.recall == number).order_by(n.id)
    if found := [dict(row) for row in connection.execute(query).mappings()]:
        return found
    raise NotFound(f"No recall {number}", hint="hub recall list shows those that are open, with --all every one")


def _run(connection: sa.Connection, statement: str, now: datetime) -> int:
    given = {"now": now, "hub": HUB}
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    return connection.execute(sa.text(statement), used).rowcount
