"""The second opinion on a stream, in a run of its own: what no sync waits for.

    rows accepted since the last agreement ──suite──> none breaks a rule that rejects
    a sample of their batches ──landing──> staged again, faulty records too ──both engines──> the same counts

An agreement covers all that was merged until the run began. A disagreement stops the stream.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path

import sqlalchemy as sa

from contracts.identifiers import shortened
from hub.core import tables
from hub.core.errors import DatabaseUnavailable, StreamBusy
from hub.load import batches
from hub.load.batches import Batch
from hub.load.second_opinion import record
from hub.load.second_opinion.accepted import Span, accepted_rows
from hub.load.second_opinion.asking import ask, judged
from hub.load.second_opinion.record import Opinion
from hub.load.stage import copy_to_stage, drop_stage, require_staged, staged_frame
from hub.load.validation import Validator
from hub.load.warehouse import stage_columns

MOST_BATCHES = 20
"""Most batches of a sample that are staged again."""


@dataclass(frozen=True)
class Given:
    """What a run looked at: counts, never a record."""

    stream: str
    merged: int
    """Batches merged since the last agreement."""
    accepted: int
    """Accepted rows that the suite looked at."""
    staged_again: int
    """Batches that both engines judged again."""
    seconds: float


@dataclass(frozen=True)
class SecondOpinion:
    """Asks the declared suite about one stream."""

    stream: str
    validator: Validator

    def give(self, now: datetime) -> Given:
        """The second opinion on what was merged since the last agreement, put on record.

        Nothing is looked at, and nothing recorded, where nothing was merged and no disagreement stands.

        Raises:
            NotFound: nothing was ever read from the stream.
            StreamBusy: another process asks about the same stream now.
            EnginesDisagree: the engines disagree; it is on record, and the stream is stopped.
            GateUnreachable, GateFailed: the suite could not be computed; nothing is on record.
        """
        started = time.monotonic()
        engine = self.validator.engine
        with self._alone():
            with engine.connect() as connection:
                after, through = record.covered(connection, self.stream), record.last_merged(connection, self.stream)
                merged, sample = self._merged(connection, after, through)
            if not sample:
                return Given(self.stream, 0, 0, 0, 0.0)
            rows, differ = self._accepted(after, through)
            opinion = self._opinion(sample, rows, through, differ)
            with engine.begin() as connection:
                record.lock(connection, self.stream)
                record.record(connection, self.stream, opinion, now)
        given = Given(self.stream, merged, rows, len(sample), round(time.monotonic() - started, 3))
        self.validator.on_event("second_opinion.given", {**vars(given), "agreed": not opinion.disagreements})
        with engine.connect() as connection:
            record.require_agreement(connection, self.stream)
        return given

    def _opinion(self, sample: Sequence[Batch], rows: int, through: int, differ: tuple[str, ...]) -> Opinion:
        """Both engines over the sample. A disagreement names the batches over which they differ, and no other."""
        v = self.validator
        found = {batch.id: self._staged_again(batch, number) for number, batch in enumerate(sample, 1)}
        lines = tuple(dict.fromkeys((*differ, *(line for lines in found.values() for line in lines))))
        looked_at = tuple(id_ for id_, disagreements in found.items() if disagreements or not lines)
        return Opinion("daily", v.rules, v.engines, looked_at, rows, through, lines)

    def _accepted(self, after: int, through: int) -> tuple[int, tuple[str, ...]]:
        """How many accepted rows were looked at, and where they break a rule that rejects."""
        v, span = self.validator, Span(self.stream, after, through)
        with accepted_rows(v.engine, v.contract, span, v.rules, v.lists, self._prefix) as (views, rows):
            gate = ask(v.engine, views, self._docs("accepted"))
        return rows, tuple(f"accepted rows, {line}" for line in gate.disagreements)

    def _staged_again(self, batch: Batch, number: int) -> tuple[str, ...]:
        """Where the engines differ on a batch, judged again from its landed bytes."""
        v = self.validator
        frames = v.read(batch)
        again = v.validate(frames, None)
        names = {d.name: shortened(f"{self._prefix}_{d.name}") for d in v.contract.datasets}
        with v.engine.begin() as connection:
            for dataset in v.contract.datasets:
                frame = staged_frame(dataset, again.frames[dataset.name], v.keys)
                copy_to_stage(connection, names[dataset.name], stage_columns(dataset), frame)
        try:
            staged = judged(v.contract, names, again.received, again.broken, v.failed_rules(frames), v.lists)
            gate = ask(v.engine, staged, self._docs(f"sample-{number}"))
            with v.engine.connect() as connection:  # an emptied stage is no disagreement
                require_staged(connection, names, again.received)
            return gate.disagreements
        finally:
            with v.engine.begin() as connection:
                drop_stage(connection, list(names.values()))

    def _merged(self, connection: sa.Connection, after: int, through: int) -> tuple[int, list[Batch]]:
        """How many batches were merged in between, and a sample: a share of them by their ids, one that has faulty
        records, and those over which the engines disagree, merged or not.
        """
        query = sa.text("""
            select b.id, exists (select from hub.ledger l where l.batch = b.id and l.quarantined > 0) as faulty
            from hub.batch b where b.stream = :stream and b.state = 'applied' and b.serial > :after and b.serial <= :through
            order by b.id""")
        values = {"stream": self.stream, "after": after, "through": through}
        merged = connection.execute(query, values).all()
        share = min(ceil(len(merged) * self.validator.gate_share), MOST_BATCHES)
        chosen = [row.id for row in merged[:share]] + [row.id for row in merged if row.faulty][:1]
        chosen += record.disputed_batches(connection, self.stream)
        return len(merged), [self._batch(connection, id_) for id_ in dict.fromkeys(chosen)]

    def _batch(self, connection: sa.Connection, id_: str) -> Batch:
        b = tables.batch
        row = connection.execute(sa.select(b.c.serial, b.c.number, b.c.previous).where(b.c.id == id_)).one()
        return Batch(id_, row.serial, row.number, row.previous, None, None, batches.pages_of(connection, id_))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one that asks about the stream: the names of the tables are those of the stream."""
        lock = {"name": f"second-opinion/{self.stream}"}
        with self.validator.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))"), lock):
                raise StreamBusy(
                    f"Another process asks for a second opinion on {self.stream} now", hint="wait for it to end"
                )
            try:
                yield
            finally:
                with suppress(DatabaseUnavailable):  # a session that was lost has let go of the lock with it
                    connection.execute(sa.text("select pg_advisory_unlock(hashtextextended(:name, 0))"), lock)

    @property
    def _prefix(self) -> str:
        return f"opinion_{hashlib.sha256(self.stream.encode()).hexdigest()[:8]}"

    def _docs(self, part: str) -> Path | None:
        return self.validator.docs / self.stream / "second-opinion" / part if self.validator.docs else None
