"""Which records wait to be submitted: those of the batches that the merge noted, and at first every current one.

A system that repeats what others handle is left out: the portal is not submitted what it submitted us.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from hub.core.database import identifier
from hub.feeds.declared import Feed
from hub.load import outbox
from hub.submitting import contents
from hub.submitting.tables import submitted_record

TAKEN = 0
"""In the outbox, in place of the number of a delivery: its records are submitted one by one."""
SEVERAL = 1000


def take(connection: sa.Connection, feed: Feed, now: datetime) -> int:
    """Queue the records of the batches that wait; returns how many keys were looked at."""
    outbox.register_one(connection, feed.id, feed.contract.name)
    connection.execute(sa.select(outbox.feed).where(outbox.feed.c.id == feed.id).with_for_update())
    begun = connection.scalar(sa.select(sa.exists().where(submitted_record.c.feed == feed.id)))
    o = outbox.outbox
    waiting = sa.update(o).where(o.c.feed == feed.id, o.c.sequence.is_(None)).values(sequence=TAKEN)
    batches = list(connection.scalars(waiting.returning(o.c.batch)))
    if begun and not batches:
        return 0
    table = identifier(feed.dataset.table)
    # Children come with their owner's new version, so the owner's batch names every change.
    query = sa.text(f"""
        select w._system, w._key from warehouse.{table} w
        join hub.stream s on s.system = w._system and s.contract = :contract and not s.repeats
        where :all or w._batch = any(:batches) order by 1, 2""")
    chosen = connection.execute(query, {"contract": feed.contract.name, "all": not begun, "batches": batches}).all()
    for start in range(0, len(chosen), SEVERAL):
        part = chosen[start : start + SEVERAL]
        for system in sorted({row[0] for row in part}):
            _queue(connection, feed, system, [row[1] for row in part if row[0] == system], now)
    return len(chosen)


def _queue(connection: sa.Connection, feed: Feed, system: str, keys: list[str], now: datetime) -> None:
    rows = [
        {
            "feed": feed.id,
            "system": system,
            "key": each.key,
            "number": each.record.number,
            "batch": each.batch,
            "source_state": each.source_state,
            "queued_at": now,
        }
        for each in contents.read(connection, feed, system, _as_asked(feed, keys)).values()
        if each.begins
    ]
    if rows:
        connection.execute(_QUEUE if feed.file.service != contents.PROGRESS else _QUEUE_STEP, rows)


def _as_asked(feed: Feed, keys: list[str]) -> list[str]:
    """Keys as `contents.read` wants them: a step's names its dossier first."""
    return [f"{key}||" for key in keys] if feed.file.service == contents.PROGRESS else keys


_INSERT = """
    insert into hub.submitted_record as t (feed, system, key, number, batch, source_state, queued_at)
    values (:feed, :system, :key, :number, :batch, :source_state, :queued_at)
    on conflict (feed, system, key) do """
_QUEUE = sa.text(
    _INSERT
    + """update set
        batch = excluded.batch, number = excluded.number, source_state = excluded.source_state,
        queued_at = excluded.queued_at, reasons = '{}',
        state = case when t.state in ('unknown', 'taken') then t.state else 'waiting' end
    where t.batch <> excluded.batch"""
)
"""What is unknown or taken stays so: it is asked about first, and submitted anew where the receiver holds another content."""
_QUEUE_STEP = sa.text(_INSERT + "nothing")
