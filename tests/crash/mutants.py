"""Five planted bugs. Each is one that a hurried hand could write, and the suite must find every one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import sqlalchemy as sa

from connectors.interface import Position, Window
from hub.core import tables
from hub.load import batches, ledger, stream_state
from tests.crash.office import OfficeSource


def position_first(_: str) -> None:
    """The position is committed before the data it stands for."""
    publish = ledger.publish

    def eager(engine: sa.Engine, run: stream_state.Run, batch: batches.Batch, *rest: object, **named: object) -> object:
        with engine.begin() as connection:
            stream_state.lock(connection, run, batch.previous)
            if batch.end is not None:
                connection.execute(
                    sa.update(tables.stream)
                    .where(tables.stream.c.id == run.stream)
                    .values(position=batch.end.to_json())
                )
        return publish(engine, run, batch, *rest, **named)  # type: ignore[arg-type]

    ledger.publish = eager  # type: ignore[assignment]


def ledger_in_its_own_transaction(_: str) -> None:
    """The ledger row is written in a transaction of its own, after the data's."""
    publish, write = ledger.publish, ledger._write
    waiting: list[tuple[object, ...]] = []

    def split(engine: sa.Engine, *rest: object, **named: object) -> object:
        counts = publish(engine, *rest, **named)  # type: ignore[arg-type]
        with engine.begin() as connection:
            while waiting:
                write(connection, *waiting.pop())  # type: ignore[arg-type]
        return counts

    ledger._write = lambda connection, *rest: waiting.append(rest)  # type: ignore[assignment]
    ledger.publish = split  # type: ignore[assignment]


def no_fence(url: str) -> None:
    """Nothing keeps an overtaken run from committing: no look at the epoch, no rule against forks of the chain."""

    def trusting(connection: sa.Connection, run: stream_state.Run, previous: str | None) -> Position | None:
        head = connection.scalar(
            sa.select(tables.stream.c.position).where(tables.stream.c.id == run.stream).with_for_update(key_share=True)
        )
        return Position.from_json(head) if head else None

    def newest(step: Callable[..., object]) -> Callable[..., object]:
        def of_whoever(connection: sa.Connection, run: stream_state.Run, *rest: object, **named: object) -> object:
            epoch = connection.scalar(sa.select(tables.stream.c.epoch).where(tables.stream.c.id == run.stream))
            return step(connection, replace(run, epoch=epoch), *rest, **named)

        return of_whoever

    stream_state.lock = trusting
    batches.note, batches.stage = newest(batches.note), newest(batches.stage)  # type: ignore[assignment]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop index if exists hub.batch_no_fork")


def exclusive_overlap(_: str) -> None:
    """A reading starts right behind the position."""

    def behind(window: Window, reached: Position | None, overlap: timedelta) -> Window:
        return replace(window, since=Position(reached.changed_at + timedelta(seconds=1))) if reached else window

    stream_state.behind = behind


def ties_on_time(_: str) -> None:
    """The next page starts behind the last record's time, whoever else shares it."""
    OfficeSource.BEHIND = "at > ? and ? is not null"


MUTANTS: dict[str, Callable[[str], None]] = {
    "position before data": position_first,
    "ledger in its own transaction": ledger_in_its_own_transaction,
    "missing fence": no_fence,
    "exclusive overlap": exclusive_overlap,
    "ties on time": ties_on_time,
}


def plant(name: str, url: str) -> None:
    """Plant a bug in this process."""
    MUTANTS[name](url)


__all__ = ["MUTANTS", "plant"]
