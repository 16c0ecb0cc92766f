"""The head of a stream: its position, its epoch, and the row lock under which everything commits."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from connectors.interface import Position, Window
from hub.core import tables
from hub.core.errors import DatabaseUnavailable, Fenced, NotFound, StreamBusy, StreamPaused

Mode = Literal["live", "full", "window", "replay", "again"]
"""`again`: records that were quarantined, or differ, are asked for by their keys."""

PATIENCE_S = 10.0
"""How long to wait for another process of this stream to end: a killed one lets go within moments."""


@dataclass(frozen=True)
class Run:
    """One reading of a stream. Its epoch is the newest: older runs can no longer commit."""

    id: str
    stream: str
    system: str
    """The system whose records the stream carries."""
    epoch: int
    mode: Mode
    window: Window
    position: Position | None
    """Where the stream stood when this try of the run began."""
    last_batch: str | None
    batches: int = 0
    """How many batches earlier tries of the run have noted; the next ones are numbered on from there."""

    @property
    def taken_over(self) -> bool:
        """Whether an earlier try has read some of it."""
        return self.batches > 0


def register(connection: sa.Connection, stream: str, system: str, contract: str, *, repeats: bool = False) -> None:
    """Create the head of the stream if it is missing, and set whether it `repeats` dossiers of other systems."""
    row = insert(tables.stream).values(id=stream, system=system, contract=contract, repeats=repeats)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["id"], set_={"repeats": repeats}, where=tables.stream.c.repeats != repeats
        )
    )


def claim(
    connection: sa.Connection,
    stream: str,
    mode: Mode,
    window: Window | None,
    overlap: timedelta,
    now: datetime,
    *,
    request: str | None = None,
    operator: str | None = None,
) -> Run:
    """Take the stream over: raise its epoch, and note the run; or take over the run of an earlier try.

    An unfinished run of the same `request` continues behind its last applied batch: the same run, under a newer epoch.
    `overlap` is how far behind that batch, or behind the position of a live reading, the window begins: cursors are
    ambiguous at equal times, and commits arrive late. `operator`: who begins it; a later try keeps the first one's.

    Raises:
        NotFound: no stream of this name.
        StreamPaused: somebody paused its system.
    """
    took = (
        sa.update(tables.stream)
        .where(tables.stream.c.id == stream)
        .values(epoch=tables.stream.c.epoch + 1, owner=f"{socket.gethostname()}:{os.getpid()}")
        .returning(
            tables.stream.c.system,
            tables.stream.c.epoch,
            tables.stream.c.position,
            tables.stream.c.last_batch,
            tables.stream.c.paused,
        )
    )
    head = connection.execute(took).one_or_none()
    if head is None:
        raise NotFound(f"No stream {stream}", hint="hub streams lists them")
    if head.paused:
        raise StreamPaused(f"Stream {stream} is paused", hint="hub systems pause SYSTEM --resume lets it go on")
    position = Position.from_json(head.position) if head.position else None
    if window is None:
        window = behind(Window(), position if mode == "live" else None, overlap)
    earlier = _unfinished(connection, stream, mode, request) if request else None
    run = Run(
        earlier.id if earlier else uuid.uuid4().hex,
        stream,
        head.system,
        head.epoch,
        mode,
        window,
        position,
        head.last_batch,
    )
    if earlier:
        connection.execute(sa.update(tables.run).where(tables.run.c.id == run.id).values(epoch=run.epoch))
        run = replace(run, batches=_noted(connection, run), window=behind(window, _reached(connection, run), overlap))
    else:
        since = window.since.to_json() if window.since else None
        connection.execute(
            sa.insert(tables.run).values(
                id=run.id,
                stream=stream,
                epoch=run.epoch,
                mode=mode,
                started_at=now,
                since=since,
                until=window.until,
                request=request,
                begun_by=operator,
            )
        )
    return run


def behind(window: Window, reached: Position | None, overlap: timedelta) -> Window:
    """The rest of a window after a position, inclusive, with the overlap before it.

    The whole window without a position.
    """
    if reached is None:
        return window
    since = Position(reached.changed_at - overlap)
    return replace(window, since=since if window.since is None else max(window.since, since))


def _unfinished(connection: sa.Connection, stream: str, mode: Mode, request: str) -> Any:
    """The newest unfinished run of a request."""
    r = tables.run.c
    mine = sa.select(r.id).where(r.stream == stream, r.request == request, r.mode == mode, r.ended_at.is_(None))
    return connection.execute(mine.order_by(r.epoch.desc()).limit(1)).one_or_none()


def _noted(connection: sa.Connection, run: Run) -> int:
    return int(
        connection.scalar(sa.select(sa.func.max(tables.batch.c.number)).where(tables.batch.c.run == run.id)) or 0
    )


def _reached(connection: sa.Connection, run: Run) -> Position | None:
    """Up to where the applied batches of a run have read: sources give the oldest first."""
    batch, link, page = tables.batch, tables.batch_page, tables.landing
    pages = sa.select(page.c.end).join(link, link.c.landing == page.c.id).join(batch, batch.c.id == link.c.batch)
    ends = pages.where(batch.c.run == run.id, batch.c.state == "applied", sa.func.jsonb_typeof(page.c.end) == "object")
    end = connection.scalar(ends.order_by(batch.c.number.desc(), link.c.number.desc()).limit(1))
    return Position.from_json(end) if end else None


def lock(connection: sa.Connection, run: Run, previous: str | None) -> Position | None:
    """Lock the head for this transaction and return its position.

    Raises:
        Fenced: a newer run took the stream over, or its chain of batches is another by now.
    """
    # NO KEY UPDATE: the next batch may be noted (its rows refer to this one) while this one merges.
    head = connection.execute(
        sa.select(tables.stream.c.epoch, tables.stream.c.position, tables.stream.c.last_batch)
        .where(tables.stream.c.id == run.stream)
        .with_for_update(key_share=True)
    ).one()
    if head.epoch != run.epoch:
        raise fenced(run, head.epoch)
    if head.last_batch != previous:
        raise Fenced(
            f"Run {run.id[:8]} of {run.stream} builds on another batch than the stream's last; it wrote nothing more"
        )
    return Position.from_json(head.position) if head.position else None


def advance(connection: sa.Connection, run: Run, batch: str, position: Position | None) -> None:
    """Name the batch as the stream's last. Only live and full readings move the position, and never back."""
    values: dict[str, object] = {"last_batch": batch}
    if run.mode in ("live", "full") and position is not None:
        values["position"] = position.to_json()
    connection.execute(sa.update(tables.stream).where(tables.stream.c.id == run.stream).values(**values))


def require_newest(connection: sa.Connection, run: Run) -> None:
    """Lock the head for this transaction. Raises Fenced: a newer run took the stream over."""
    epoch = connection.scalar(
        sa.select(tables.stream.c.epoch).where(tables.stream.c.id == run.stream).with_for_update(key_share=True)
    )
    if epoch != run.epoch:
        raise fenced(run, epoch)


def spent(connection: sa.Connection, run: Run, seconds: float) -> None:
    """Add to the seconds that were worked on a run (waiting between its steps is not work)."""
    worked = sa.func.coalesce(tables.run.c.seconds, 0) + round(seconds, 3)
    connection.execute(sa.update(tables.run).where(tables.run.c.id == run.id).values(seconds=worked))


def finish(connection: sa.Connection, run: Run, now: datetime) -> None:
    """Note that the run reached the end of its window."""
    end(connection, run, now)
    if run.mode in ("live", "full"):
        connection.execute(sa.update(tables.stream).where(tables.stream.c.id == run.stream).values(polled_at=now))


def end(connection: sa.Connection, run: Run, now: datetime) -> None:
    """Record that the run is over; whether it read its source to the end is recorded elsewhere."""
    mine = sa.and_(
        tables.run.c.id == run.id, tables.run.c.epoch == run.epoch
    )  # a newer try of it is not over with this one
    connection.execute(sa.update(tables.run).where(mine).values(ended_at=now))


@contextmanager
def exclusive(engine: sa.Engine, stream: str, request: str | None = None) -> Iterator[None]:
    """Be the only process that works on a stream: a courtesy between honest processes (the fence is the guarantee).

    An older try of the same `request` is not waited for longer than `PATIENCE_S`: whoever asked has given it up, so the
    lock is taken from it. A machine that fell off the net would keep it for as long as TCP believes in the connection.

    Raises:
        StreamBusy: another one still works on it after `PATIENCE_S`.
    """
    # A session lock: the server lets go of it when the process dies, whatever way it dies.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _locked(connection, stream) and not (
            request and _given_up(connection, stream, request) and _locked(connection, stream)
        ):
            owner = connection.scalar(sa.select(tables.stream.c.owner).where(tables.stream.c.id == stream))
            raise StreamBusy(f"Stream {stream} is being synced by {owner}", hint="wait for it, or end that process")
        try:
            yield
        finally:
            # A session that was lost has let go of the lock with it; the first error stays the one that is raised.
            with suppress(DatabaseUnavailable):
                connection.execute(sa.text("select pg_advisory_unlock(hashtextextended(:s, 0))"), {"s": stream})


def _locked(connection: sa.Connection, stream: str) -> bool:
    """Whether the stream's lock could be taken within `PATIENCE_S`."""
    deadline = time.monotonic() + PATIENCE_S
    while not connection.scalar(sa.text("select pg_try_advisory_lock(hashtextextended(:s, 0))"), {"s": stream}):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _given_up(connection: sa.Connection, stream: str, request: str) -> bool:
    """End the session that holds the lock, if the stream's newest run is an earlier try of this request."""
    newest = sa.select(tables.run.c.request).where(tables.run.c.stream == stream, tables.run.c.ended_at.is_(None))
    if connection.scalar(newest.order_by(tables.run.c.epoch.desc()).limit(1)) != request:
        return False
    connection.execute(
        sa.text("""
        select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and l.granted and l.objsubid = 1
          and (cast(l.classid as bigint) << 32 | cast(l.objid as bigint)) = hashtextextended(:s, 0)"""),
        {"s": stream},
    )
    return True


def fenced(run: Run, newest: int | None) -> Fenced:
    """The error of a run that a newer epoch has overtaken."""
    return Fenced(
        f"Run {run.id[:8]} of {run.stream} (epoch {run.epoch}) was taken over by epoch {newest}; it wrote nothing more"
    )
