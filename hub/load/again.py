"""Quarantined records are asked for again by their keys, on a schedule, so that a repaired source heals without a full
reading.

    due      open cases whose time has come, at most `MOST` records
    asked    the next time is set before the source is asked: what fails is tried at its next time, not in every run
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from connectors.interface import SoughtRecord

MOST = 10_000
"""Most records of one reading; the others follow with the next."""


def take_due(connection: sa.Connection, stream: str, steps: Sequence[timedelta], now: datetime) -> list[SoughtRecord]:
    """The records of a stream that were due when a reading began, at `now`, oldest first; their next time is set.

    A child's owner stands for it. What the reading itself quarantined waits for the next one.
    """
    rows = connection.execute(
        sa.text("""
            with due as (
                select id from hub."case"
                where stream = :stream and state = 'open' and ask_at < :now - (case when asked = 0 then :first else interval '0' end)
                  and coalesce(record_owner, record_key) is not null
                order by ask_at, id limit :most for update skip locked)
            update hub."case" c set asked = c.asked + 1,
                   ask_at = :now + (cast(:steps as interval[]))[least(c.asked + 2, cardinality(cast(:steps as interval[])))]
            from due where c.id = due.id returning coalesce(c.record_owner, c.record_key) as key, c.version"""),
        {"stream": stream, "now": now, "first": steps[0], "steps": list(steps), "most": MOST},
    ).all()
    newest: dict[str, datetime | None] = {}
    for row in sorted(rows, key=lambda row: (row.key, row.version is not None, row.version)):
        newest[row.key] = row.version
    return [SoughtRecord(key, version) for key, version in newest.items()]
