"""Records that left their source: noted by a list of keys, and ended as evidence by a person.

A record is never ended because a page lacks it. Whoever knows that records are gone (the owner's letter, a listing of
all keys) notes them: from then on each has the finding `record.left-source`, and a decision about it is *confirm*. A
named person releases the list: the records are no evidence any more. A record that comes again, in whatever version,
has the finding no longer (`hub/load/findings.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from contracts.model import Dataset
from hub.cases.findings import FindingFilter
from hub.cases.selection import NoCaseNamed
from hub.core import actions, tables
from hub.core.actions import Actor
from hub.core.database import identifier
from hub.core.errors import NotFound
from hub.evidence.doubts import LEFT
from hub.load import repeats
from hub.load.findings import name_units
from hub.load.warehouse import SEEN


def note(
    connection: sa.Connection, stream: str, dataset: Dataset, keys: Iterable[str], person: Actor, now: datetime
) -> int:
    """Note that the records with these keys left their source; returns how many were not noted before.

    Raises:
        NotFound: a key is that of no current record of the stream; nothing is noted.
    """
    wanted = sorted({key.strip() for key in keys} - {""})
    last = connection.execute(
        sa.select(tables.stream.c.system, tables.stream.c.last_batch)
        .where(tables.stream.c.id == stream)
        .with_for_update()
    ).first()
    held = _held(connection, dataset, last.system, wanted) if last is not None and last.last_batch else 0
    if last is None or held < len(wanted) or not wanted:
        missing = len(wanted) - held
        raise NotFound(
            f"{missing} of {len(wanted)} keys are of no current record of {dataset.name} in {stream}; nothing was noted",
            hint="one key a line, as hub trace takes it; a quarantined record is a case: hub cases list",
        )
    found = connection.scalars(
        sa.text("""
            insert into hub.finding as f (stream, dataset, record_key, rule, batch, found_at)
            select :stream, :dataset, k, :rule, :batch, :now from unnest(cast(:keys as text[])) k
            on conflict (stream, dataset, record_key, rule) do update
               set resolved_at = null, until = null, acknowledged_at = null, found_at = :now, batch = :batch
               where f.resolved_at is not null
            returning id"""),
        {
            "stream": stream,
            "dataset": dataset.name,
            "rule": LEFT,
            "batch": last.last_batch,
            "now": now,
            "keys": wanted,
        },
    ).all()
    for number in found:
        actions.append(connection, actions.FINDINGS, (number,), "left", person, now)
    # Without its received hash, and without answers that came before, a record that comes again is judged, and noticed.
    connection.execute(
        sa.text(
            f"update warehouse.{identifier(dataset.table)} set {SEEN} = null where _system = :system and _key = any(:keys)"
        ),
        {"system": last.system, "keys": wanted},
    )
    repeats.forget(connection, stream)
    name_units(connection, stream, last.system, dataset)
    return len(found)


def release(connection: sa.Connection, filter_: FindingFilter, person: Actor, now: datetime) -> list[int]:
    """End records that left their source as evidence; numbers of the findings that this ended. One act may end a list.

    Raises:
        NoCaseNamed: nothing is selected.
        NotFound: one of the numbers is no finding of a record that left.
    """
    if filter_.is_empty:
        raise NoCaseNamed("No finding is named", hint="give numbers, or --unit, --stream, --month")
    f = tables.finding.c
    query = sa.select(f.id, f.until, f.resolved_at).where(filter_.condition(), f.rule == LEFT).order_by(f.id)
    found = connection.execute(query.with_for_update()).all()
    if missing := sorted(set(filter_.numbers) - {row.id for row in found}):
        raise NotFound(
            f"Finding {', '.join(map(str, missing[:5]))} says of no record that it left",
            hint="hub findings list --rule record.left-source",
        )
    waiting = [row.id for row in found if row.until is None and row.resolved_at is None]
    connection.execute(sa.update(tables.finding).where(f.id.in_(waiting)).values(until=now))
    for number in waiting:
        actions.append(connection, actions.FINDINGS, (number,), "released", person, now)
    return waiting


def _held(connection: sa.Connection, dataset: Dataset, system: str, keys: Sequence[str]) -> int:
    query = sa.text(
        f"select count(*) from warehouse.{identifier(dataset.table)} where _system = :system and _key = any(:keys)"
    )
    return int(connection.scalar(query, {"system": system, "keys": list(keys)}) or 0)
