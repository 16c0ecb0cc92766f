"""Cases close by themselves when their records come good, in the transaction that takes the records in.

A record came good when a batch accepted it, or found it unchanged, in no older version than that of its case. The cases
of a record that another one owns close with their owner: it comes with all that it owns. A case without a key closes when
a full reading, or an answer with all that the source has at its change time, does not give its record any more: nobody
can say which record it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.core import tables
from hub.core.actions import HUB
from hub.load import waivers
from hub.load.changes import Unchanged
from hub.load.stage import SEPARATOR
from hub.load.stream_state import Run

GOOD = "the record came good"
GONE = "a full reading does not give the record any more"
ABSENT = "its source has no such record at that change time any more"


def close_good(
    connection: sa.Connection,
    run: Run,
    batch: str,
    serial: int,
    contract: Contract,
    fates: Mapping[str, str],
    unchanged: Unchanged | None,
    now: datetime,
) -> int:
    """Close the cases whose records a batch brought in good condition; returns their number.

    `fates`: dataset -> table of the merge with the fates of its rows, as SQL, where there is one. A stream without open
    cases costs a look into two indexes.
    """
    c, w = tables.case.c, waivers.case_waiver.c
    waiting = sa.select(c.dataset).where(c.stream == run.stream, c.state == "open", c.feed.is_(None)).distinct()
    open_in = set(connection.scalars(waiting))
    signed = sa.select(c.dataset, c.id).join(waivers.case_waiver, w.case == c.id)
    signed = signed.where(w.ended_at.is_(None), c.stream == run.stream, c.state == "released")
    released: dict[str, list[int]] = {}
    for name, number in connection.execute(signed):
        released.setdefault(name, []).append(number)
    closed = list[int]()
    for dataset in contract.datasets:
        given = (connection, run, batch, serial, dataset, contract, fates, unchanged, now)
        if dataset.name in open_in:
            closed += _close(*given, "c.state = 'open'")
        if dataset.name in released:
            closed += _close(*given, RELEASED, released[dataset.name])
    if closed:
        waivers.end(connection, closed, now)
    return len(closed)


def close_gone(connection: sa.Connection, run: Run, now: datetime) -> int:
    """Close the cases without a key that a full reading has not seen; returns their number."""
    done = connection.execute(
        sa.text(f"""
        with gone as (
            update hub."case" c set state = 'closed', closed_seen = null
            where c.stream = :stream and c.state = 'open' and {MAY_CLOSE} and c.record_key is null and c.record_owner is null
              and not exists (select from hub.batch b where b.id = c.last_batch and b.run = :run)
            returning id)
        {_ACT} select id, 'closed', :detail, :who, :why, :now from gone"""),
        {"stream": run.stream, "run": run.id, "detail": f"run {run.id}", "who": HUB, "why": GONE, "now": now},
    )
    return done.rowcount


def close_absent(connection: sa.Connection, run: Run, before: Mapping[int, int], now: datetime) -> int:
    """Close the cases without a key that an answer with all of their change times has not seen; returns their number.

    `before`: case -> how often it had been seen when the source was asked.
    """
    done = connection.execute(
        sa.text(f"""
        with gone as (
            update hub."case" c set state = 'closed', closed_seen = null
            from unnest(cast(:ids as bigint[]), cast(:seen as bigint[])) b(id, seen)
            where c.id = b.id and c.seen = b.seen and c.state = 'open' and {MAY_CLOSE} returning c.id)
        {_ACT} select id, 'closed', :detail, :who, :why, :now from gone"""),
        {
            "ids": list(before),
            "seen": list(before.values()),
            "detail": f"run {run.id}",
            "who": HUB,
            "why": ABSENT,
            "now": now,
        },
    )
    return done.rowcount


_ACT = 'insert into hub.act ("case", what, detail, who, why, at)'
RELEASED = """c.id = any (:released) and c.state = 'released' and not exists (
    select from hub.waived_record v
    where v.batch = :serial and v.dataset = c.dataset and v.record_key = c.record_key)"""
"""SQL: a case under a waiver, unless the batch took its record under it: then it is as wrong as before."""
MAY_CLOSE = "(c.fault is distinct from 'book' or c.decision_number is not null)"
"""SQL: a book error ends with the decision that corrects the book, and with nothing else."""


def _close(
    connection: sa.Connection,
    run: Run,
    batch: str,
    serial: int,
    dataset: Dataset,
    contract: Contract,
    fates: Mapping[str, str],
    unchanged: Unchanged | None,
    now: datetime,
    which: str,
    released: Sequence[int] = (),
) -> Sequence[int]:
    owner = contract.dataset(dataset.parent) if dataset.parent else dataset
    key = "c.record_owner" if dataset.parent else "c.record_key"
    came = ["w._batch = :serial"]
    if owner.name in fates:
        came.append(f"exists (select from {fates[owner.name]} f where f._key = w._key and f.fate = 'unchanged')")
    if unchanged is not None and unchanged.count and owner is contract.datasets[0]:
        came.append("w._key = any(string_to_array(:unchanged, :separator))")
    again = run.mode == "again"
    statement = f"""
        with good as (
            update hub."case" c set state = 'closed', closed_seen = null from warehouse.{owner.table} w
            where c.stream = :stream and c.dataset = :dataset and {which} and c.feed is null
              and {MAY_CLOSE} and w._system = :system and w._key = {key}
              and (c.last_batch <> :batch or w._version > c.version)
              and ({"true or" if again else ""} c.version is null or w._version >= c.version)
              and ({" or ".join(came)})
            returning c.id),
        acts as ({_ACT} select id, 'closed', :detail, :who, :why, :now from good)
        select id from good"""
    values = {
        "stream": run.stream,
        "dataset": dataset.name,
        "system": run.system,
        "batch": batch,
        "serial": serial,
        "detail": f"batch {batch[:12]}",
        "who": HUB,
        "why": GOOD,
        "now": now,
        "unchanged": unchanged.keys if unchanged else "",
        "separator": SEPARATOR,
        "released": list(released),
    }
    found = connection.scalars(sa.text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    return found.all()
