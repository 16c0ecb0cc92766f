"""Quarantined records are asked for again by their keys, on a schedule, so that a repaired source heals without a full
reading.

    due      open cases whose time has come, at most `MOST` records
    asked    the next time is set before the source is asked: what fails is tried at its next time, not in every run

A record that said no key cannot be asked for by it. The source is asked for all that it has at the change time of its
case, where the dialect can: a record that got its key comes in, and a case whose record does not come any more closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from connectors.interface import Page, SoughtRecord, Source

MOST = 10_000
"""Most records of one reading; the others follow with the next."""
MOST_TIMES = 20
"""Most change times of one reading that are asked for records without a key."""
_DUE = "ask_at < :now - (case when asked = 0 then :first else interval '0' end)"
_NEXT = ":now + (cast(:steps as interval[]))[least(c.asked + 2, cardinality(cast(:steps as interval[])))]"
_UNNAMED = """c.stream = :stream and c.state = 'open' and c.record_key is null and c.record_owner is null
    and c.version is not null"""


def ask_unnamed(
    engine: sa.Engine, source: Source, stream: str, steps: Sequence[timedelta], now: datetime
) -> tuple[Iterator[Page], Mapping[int, int]] | None:
    """Pages with all that a source has at the change times of due cases without a key, and these cases: case -> how often
    it was seen. None: nothing is due, or the dialect has no such question.

    A change time that too many records have waits for a full reading; its cases are due again at their next time.
    """
    with engine.connect() as connection:
        found = connection.scalars(
            sa.text(f"""
                select c.version from hub."case" c where {_UNNAMED} and {_DUE}
                group by c.version order by min(c.ask_at), c.version limit :most"""),
            {"stream": stream, "now": now, "first": steps[0], "most": MOST_TIMES},
        )
        times = list(found)
    answer = source.at_times(times) if times else None
    if answer is None:
        return None
    with engine.begin() as connection:
        rows = connection.execute(
            sa.text(f"""
                update hub."case" c set asked = c.asked + 1, ask_at = {_NEXT}
                where {_UNNAMED} and c.version = any(cast(:times as timestamptz[])) returning c.id, c.seen, c.version"""),
            {"stream": stream, "now": now, "steps": list(steps), "times": times},
        ).all()
    return answer.pages, {row.id: row.seen for row in rows if row.version in answer.times}


def take_due(connection: sa.Connection, stream: str, steps: Sequence[timedelta], now: datetime) -> list[SoughtRecord]:
    """The records of a stream that were due when a reading began, at `now`, oldest first; their next time is set.

    A child's owner stands for it. What the reading itself quarantined waits for the next one.
    """
    rows = connection.execute(
        sa.text(f"""
            with due as (
                select id from hub."case"
                where stream = :stream and state = 'open' and {_DUE}
                  and coalesce(record_owner, record_key) is not null
                order by ask_at, id limit :most for update skip locked)
            update hub."case" c set asked = c.asked + 1, ask_at = {_NEXT}
            from due where c.id = due.id returning coalesce(c.record_owner, c.record_key) as key, c.version"""),
        {"stream": stream, "now": now, "first": steps[0], "steps": list(steps), "most": MOST},
    ).all()
    newest: dict[str, datetime | None] = {}
    for row in sorted(rows, key=lambda row: (row.key, row.version is not None, row.version)):
        newest[row.key] = row.version
    return [SoughtRecord(key, version) for key, version in newest.items()]
