"""Batches in the database. The pages of a batch land together; its records are validated and published together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from connectors.interface import Page, Position
from contracts.identifiers import LONGEST_STAGED, shortened
from hub.core import tables
from hub.core.errors import Fenced, NotFound
from hub.load.stage import drop_stage
from hub.load.stream_state import Run


@dataclass(frozen=True)
class Landed:
    """A landed page of a batch: its row in `hub.landing`."""

    id: int
    sha256: str
    media_type: str
    records: int


@dataclass(frozen=True)
class Batch:
    """One batch of a run."""

    id: str
    serial: int
    number: int
    previous: str | None
    base: Position | None
    end: Position | None
    pages: tuple[Landed, ...]
    answer: bytes | None = None
    """Its answer (`hub/load/repeats.py`), if it may be remembered."""

    def stage_name(self, run: Run, dataset: str) -> str:
        """Name of a stage table. The epoch in it keeps a suspended run out of the table of a newer one."""
        return f"e{run.epoch}_{self.id[:16]}_{shortened(dataset, LONGEST_STAGED)}"


def note_page(connection: sa.Connection, stream: str, page: Page, sha256: str, now: datetime) -> Landed:
    """Record a landed page. The same bytes of a stream have one row."""
    row = insert(tables.landing).values(
        stream=stream,
        sha256=sha256,
        media_type=page.media_type,
        bytes=len(page.body),
        records=page.count,
        request=page.request,
        end=page.end.to_json() if page.end else None,
        refused=dict(page.refused),
        fetched_at=now,
    )
    row = row.on_conflict_do_update(constraint="landing_once", set_={"fetched_at": row.excluded.fetched_at})
    number = connection.scalar(row.returning(tables.landing.c.id))
    assert number is not None
    return Landed(number, sha256, page.media_type, page.count)


def note(
    connection: sa.Connection,
    run: Run,
    number: int,
    previous: str | None,
    pages: Sequence[Landed],
    end: Position | None,
    version: str,
    now: datetime,
    answer: bytes | None = None,
) -> Batch:
    """Record a batch as landed.

    Its id is a hash of stream, mode, predecessor and pages. If an earlier run landed the same batch and died, this run
    takes it over.

    Raises:
        Fenced: the batch was applied, or a newer run took it or the stream over.
    """
    parts = [run.stream, run.mode, previous or "", *(p.sha256 for p in pages)]
    id_ = hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
    values = {
        "run": run.id,
        "stream": run.stream,
        "epoch": run.epoch,
        "number": number,
        "previous": previous,
        "state": "landed",
        "base": run.position.to_json() if run.position else None,
        "end": end.to_json() if end else None,
        "contract_version": version,
        "landed_at": now,
        "verdict": None,
        "gate": None,
        "gate_seconds": None,
        "settled_at": None,
        "answer": None,
    }
    # In one statement: a run that was overtaken while it slept leaves no batch that waits for ever.
    columns = {"id": id_, **values}
    newest = sa.exists().where(tables.stream.c.id == run.stream, tables.stream.c.epoch == run.epoch)
    given = sa.select(*(sa.literal(value, tables.batch.c[name].type) for name, value in columns.items())).where(newest)
    row = insert(tables.batch).from_select([*columns], given)
    mine = (tables.batch.c.epoch <= run.epoch) & (tables.batch.c.state != "applied")
    serial = connection.scalar(
        row.on_conflict_do_update(index_elements=["id"], set_=values, where=mine).returning(tables.batch.c.serial)
    )
    if serial is None:
        raise _overtaken(run, id_)
    links = [{"batch": id_, "number": i, "landing": p.id} for i, p in enumerate(pages, 1)]
    connection.execute(insert(tables.batch_page).on_conflict_do_nothing(), links)
    return Batch(id_, serial, number, previous, run.position, end, tuple(pages), answer)


def of_run(connection: sa.Connection, run: Run, state: str) -> list[Batch]:
    """The batches of a run in a state, in order."""
    found = connection.execute(
        sa.select(tables.batch)
        .where(tables.batch.c.run == run.id, tables.batch.c.state == state)
        .order_by(tables.batch.c.number)
    ).all()
    return [
        Batch(b.id, b.serial, b.number, b.previous, _position(b.base), _position(b.end), pages_of(connection, b.id))
        for b in found
    ]


def pages_of(connection: sa.Connection, batch: str) -> tuple[Landed, ...]:
    """The landed pages of a batch, in order."""
    t = tables.landing
    query = (
        sa.select(t.c.id, t.c.sha256, t.c.media_type, t.c.records)
        .join(tables.batch_page, tables.batch_page.c.landing == t.c.id)
        .where(tables.batch_page.c.batch == batch)
        .order_by(tables.batch_page.c.number)
    )
    return tuple(Landed(*row) for row in connection.execute(query))


def landed_between(
    connection: sa.Connection, stream: str, since: datetime | None, until: datetime | None, records: int
) -> list[list[Landed]]:
    """Pages of applied batches that landed between two times, both inclusive: in the order of landing, in groups of
    about `records` records.

    Pages that were only in held batches are left out: among good pages, the gate could miss their fault.
    """
    t, b, link = tables.landing, tables.batch, tables.batch_page
    applied = (
        sa.select(link.c.landing).join(b, b.c.id == link.c.batch).where(b.c.stream == stream, b.c.state == "applied")
    )
    query = (
        sa.select(t.c.id, t.c.sha256, t.c.media_type, t.c.records)
        .where(t.c.stream == stream, t.c.id.in_(applied))
        .order_by(t.c.id)
    )
    if since is not None:
        query = query.where(t.c.fetched_at >= since)
    if until is not None:
        query = query.where(t.c.fetched_at <= until)
    groups: list[list[Landed]] = []
    filled = records
    for row in connection.execute(query):
        if filled >= records:
            groups.append([])
            filled = 0
        groups[-1].append(Landed(*row))
        filled += row.records
    return groups


def find(connection: sa.Connection, name: str) -> Any:
    """The batch whose id begins with `name`: id, stream, state, previous, base, end, gate, run.

    Raises:
        NotFound: no batch, or several batches.
    """
    b = tables.batch.c
    query = (
        sa.select(b.id, b.stream, b.state, b.previous, b.base, b.end, b.gate, b.run)
        .where(b.id.startswith(name, autoescape=True))
        .limit(2)
    )
    found = connection.execute(query).all() if name else []
    if len(found) != 1:
        raise NotFound(
            f"{'Several batches begin' if found else 'No batch begins'} with {name!r}", hint="hub ledger shows batches"
        )
    return found[0]


def mark(connection: sa.Connection, batch: str, state: str, **values: object) -> None:
    """Move a batch to a state."""
    connection.execute(sa.update(tables.batch).where(tables.batch.c.id == batch).values(state=state, **values))


def stage(connection: sa.Connection, run: Run, batch: Batch, **values: object) -> None:
    """Record a batch as staged, if it still belongs to this run.

    Raises:
        Fenced: a newer run discarded it, took it over or applied it.
    """
    b = tables.batch
    newest = sa.exists().where(tables.stream.c.id == run.stream, tables.stream.c.epoch == run.epoch)
    mine = sa.and_(b.c.id == batch.id, b.c.epoch == run.epoch, b.c.state.in_(["landed", "staged"]), newest)
    if connection.execute(sa.update(b).where(mine).values(state="staged", **values)).rowcount == 0:
        raise _overtaken(run, batch.id)


def discard_older(connection: sa.Connection, run: Run) -> None:
    """Discard unfinished batches of the stream's earlier runs: landed bytes stay, stage tables are dropped."""
    b = tables.batch
    connection.execute(
        sa.update(b)
        .where(b.c.stream == run.stream, b.c.epoch < run.epoch, b.c.state.in_(["landed", "staged"]))
        .values(state="discarded", settled_at=sa.func.now())
    )
    drop_orphans(connection, run.stream, run.epoch)


def drop_orphans(connection: sa.Connection, stream: str, before: int, *, only: str = "") -> None:
    """Drop the stage tables of a stream's earlier epochs, except those of held batches, which a person examines."""
    # An old table may bear another epoch than its batch: a newer run takes over a held batch whose bytes land again.
    orphans = (
        connection.execute(
            sa.text("""
        select t.tablename from pg_tables t join hub.batch b on t.tablename like 'e%\\_' || left(b.id, 16) || '\\_%'
        where t.schemaname = 'stage' and b.stream = :stream and (:only = '' or b.id = :only)
          and cast(substring(t.tablename from '^e([0-9]+)_') as bigint) < :before
          and not (b.state = 'held' and t.tablename like 'e' || b.epoch || '\\_%')"""),
            {"stream": stream, "before": before, "only": only},
        )
        .scalars()
        .all()
    )
    drop_stage(connection, orphans)


def _overtaken(run: Run, batch: str) -> Fenced:
    return Fenced(
        f"A newer run took over batch {batch[:12]} of {run.stream}; run {run.id[:8]} (epoch {run.epoch}) writes no more"
    )


def _position(data: Mapping[str, str] | None) -> Position | None:
    return Position.from_json(data) if data else None
