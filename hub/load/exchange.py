"""THE MAIN PATH: a system's records, landed, judged, staged, gated, merged, accounted for.

    system ──fetch──> landing ──judge──> stage ──gate──> merge ──> warehouse, history, cases, ledger
            complete page    row verdicts     declared suite   ONE transaction under the stream's
            or nothing       (contract)       (same contract)  row lock and epoch

`sync` walks it batch by batch, and what is simply new it carries past the stage (`hub/load/copy_path.py`). `land`, `judge`
and `merge` are its three steps, each committed and each resumable by the run's id: Airflow runs them as tasks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from connectors.interface import Page, Position, Source, Window
from contracts.model import Contract
from hub.core import events
from hub.core.actions import Actor
from hub.core.errors import BatchHeld, ConcurrentChange
from hub.load import batches, held_batches, ledger, stream_state
from hub.load.batches import Batch
from hub.load.landing import Landing
from hub.load.merge import Counts
from hub.load.prefetch import ahead
from hub.load.stream_state import Mode, Run
from hub.load.validation import Staged, Validator

Landings = Iterator[tuple[Batch, list[bytes] | None]]
"""Landed batches with the bodies of their pages, where they are at hand."""


BATCH_BYTES = 128 << 20
"""Bytes of pages after which a batch is closed, whatever its records: a page of scans is large and holds few."""
STAGED_AHEAD = 2
"""Batches that may wait, staged or carried past the stage, while the declared suite looks at one."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Exchange:
    """One stream, ready to move."""

    stream: str
    source: Source
    contract: Contract
    engine: sa.Engine
    landing: Landing
    validator: Validator
    now: Callable[[], datetime]
    overlap: timedelta
    batch_records: int
    on_event: Callable[[str, Mapping[str, object]], None] = field(default=events.emit)
    """Hears each event of the story; the command line draws its progress from it."""

    def sync(self, window: Window | None = None, mode: Mode = "live") -> tuple[Run, Mapping[str, Counts]]:
        """Read the stream to the end of the window; return the run and its counts by dataset.

        Raises:
            Transient, Permanent: nothing of the batch that failed became visible; every batch
                before it stays. Running again continues from there.
        """
        return self._walk(window, mode, self._landed)

    def replay(self, since: datetime | None, until: datetime | None) -> tuple[Run, Mapping[str, Counts]]:
        """Judge bytes landed between two times again, and merge what differs. The position stays."""
        return self._walk(None, "replay", lambda run: self._landed_before(run, since, until))

    def release(self, name: str, person: Actor) -> tuple[Run, Mapping[str, Counts]]:
        """Merge a held batch in its place, although the gate holds it: somebody answers for it.

        Raises:
            BatchHeld: the gate has more against it than the person knew, or what nobody can excuse.
            Fenced: the stream went on without it.
        """
        with stream_state.exclusive(self.engine, self.stream):
            with self.engine.begin() as connection:
                run, batch, excuse = held_batches.take(connection, name, self.contract, person, self.now())
            self.on_event("batch.passed", {"stream": self.stream, "batch": batch.id, "reasons": list(excuse.reasons)})
            with self._worked(run):
                counts = self._merge(run, batch, excuse.apply(self.validator(run, batch)))
                with self.engine.begin() as connection:
                    stream_state.end(connection, run, self.now())
        return run, counts

    def land(self, window: Window | None = None, mode: Mode = "live") -> Run:
        """Fetch everything in the window into the landing."""
        with stream_state.exclusive(self.engine, self.stream):
            run = self._begin(window, mode)
            with self._worked(run):
                for _ in self._landed(run):
                    pass
        return run

    def judge(self, run_id: str) -> Mapping[str, int]:
        """Judge the landed batches of a run into their stage tables; return rule -> broken rows."""
        broken: Counter[str] = Counter()
        run, waiting = self._waiting(run_id, "landed")
        with self._worked(run):
            for batch in waiting:
                for rules in self.validator(run, batch).broken.values():
                    broken.update(rules)
        return +broken

    def merge(self, run_id: str) -> Mapping[str, Counts]:
        """Merge the staged batches of a run, in order; return its counts by dataset.

        Raises:
            BatchHeld: the gate holds one; it and all after it stay out.
            Fenced: a newer run took the stream over.
        """
        total: dict[str, Counts] = {}
        run, waiting = self._waiting(run_id, "staged")
        with self._worked(run):
            for batch in waiting:
                ledger.add(total, self._merge(run, batch, self.validator.recall(run, batch)))
            self._finish(run)
        return total

    # -- the steps --------------------------------------------------------------------------------

    def _walk(self, window: Window | None, mode: Mode, landed: Callable[[Run], Landings]) -> tuple[Run, Mapping[str, Counts]]:
        total: dict[str, Counts] = {}
        with stream_state.exclusive(self.engine, self.stream):
            run = self._begin(window, mode)
            judge = self.validator
            # One batch is fetched, landed and read, one judged, one staged, one gated, one merged, all at the same time.
            read = _each(judge.read, landed(run))
            judged = _each(partial(judge.validate, run), ahead(read))
            staged = _each(partial(judge.stage, run, carry=True), ahead(judged))
            gated = _each(partial(judge.gate, run), ahead(staged, STAGED_AHEAD))
            with self._worked(run):
                for _, counts in _each(partial(self._merge, run), ahead(gated)):
                    ledger.add(total, counts)
                self._finish(run)
        return run, total

    def _begin(self, window: Window | None, mode: Mode) -> Run:
        with self.engine.begin() as connection:
            run = stream_state.claim(connection, self.stream, mode, window, self._overlapping, self.now())
            batches.discard_older(connection, run)
        self.on_event("run.begun", {"stream": self.stream, "run": run.id, "mode": mode, "epoch": run.epoch})
        return run

    def _overlapping(self, position: Position) -> Window:
        # Inclusive, and behind the position: cursors are ambiguous at equal times, and commits arrive late.
        return Window(Position(position.changed_at - self.overlap), None)

    def _landed(self, run: Run) -> Landings:
        """Fetch pages, land each as it arrives, and close a batch when it is full."""
        previous, number, pages, end = run.last_batch, 0, list[tuple[Page, str]](), run.position
        for page in self.source.pages(run.window):
            pages.append((page, self.landing.keep(page.body)))
            end = max(filter(None, (end, page.end)), default=None)
            if sum(p.count for p, _ in pages) >= self.batch_records or sum(len(p.body) for p, _ in pages) >= BATCH_BYTES:
                number += 1
                batch, bodies = self._note(run, number, previous, pages, end), [[p.body for p, _ in pages]]
                previous, pages = batch.id, []
                yield batch, bodies.pop()
        if pages:
            yield self._note(run, number + 1, previous, pages, end), [p.body for p, _ in pages]

    def _note(self, run: Run, number: int, previous: str | None, pages: list[tuple[Page, str]], end: Position | None) -> Batch:
        with self.engine.begin() as connection:
            noted = [batches.note_page(connection, self.stream, page, digest, self.now()) for page, digest in pages]
            batch = batches.note(connection, run, number, previous, noted, end, self.contract.version, self.now())
        self.on_event("batch.landed", {"stream": self.stream, "batch": batch.id, "pages": len(pages), "records": sum(p.records for p in noted)})
        return batch

    def _landed_before(self, run: Run, since: datetime | None, until: datetime | None) -> Landings:
        """Batches of pages that lie in the landing already, in the order in which they came."""
        with self.engine.begin() as connection:
            groups = batches.landed_between(connection, self.stream, since, until, self.batch_records)
        previous = run.last_batch
        for number, pages in enumerate(groups, 1):
            with self.engine.begin() as connection:
                batch = batches.note(connection, run, number, previous, pages, None, self.contract.version, self.now())
            yield batch, None
            previous = batch.id

    def _merge(self, run: Run, batch: Batch, staged: Staged) -> Mapping[str, Counts]:
        if not staged.gate.passed:
            ledger.hold(self.engine, run, batch, self.contract, staged, self.now())
            with self.engine.begin() as connection:
                batches.drop_orphans(connection, self.stream, run.epoch, only=batch.id)  # of the time before, when the same bytes were held
            self.on_event("batch.held", {"stream": self.stream, "batch": batch.id, "reasons": list(staged.gate.reasons)})
            raise BatchHeld(
                f"Batch {batch.id[:12]} of {self.stream} is held: {'; '.join(staged.gate.reasons)}. Nothing of it was merged, the position stays",
                hint=f"hub ledger {self.stream} shows it; when the source is repaired, the next sync reads the same records again",
            )
        started = time.monotonic()
        try:
            counts = ledger.publish(self.engine, run, batch, self.contract, staged, self.now())
        except ConcurrentChange:
            # A batch that was merged while this one was judged changed records that this one repeats. Rare, and never guessed.
            counts = ledger.publish(self.engine, run, batch, self.contract, self.validator(run, batch, whole=True), self.now())
        self.on_event("batch.applied", {"stream": self.stream, "batch": batch.id, "seconds": round(time.monotonic() - started, 3), **ledger.terms(counts)})
        return counts

    def _finish(self, run: Run) -> None:
        with self.engine.begin() as connection:
            stream_state.finish(connection, run, self.now())
        self.on_event("run.finished", {"stream": self.stream, "run": run.id})

    def _waiting(self, run_id: str, state: str) -> tuple[Run, list[Batch]]:
        with self.engine.connect() as connection:
            run = stream_state.load(connection, run_id)
            return run, batches.of_run(connection, run, state)

    @contextmanager
    def _worked(self, run: Run) -> Iterator[None]:
        started = time.monotonic()
        yield
        with self.engine.begin() as connection:
            stream_state.spent(connection, run, time.monotonic() - started)


def _each(step: Callable[[Batch, T], U], batches: Iterator[tuple[Batch, T]]) -> Iterator[tuple[Batch, U]]:
    """Each batch with what a step makes of it."""

    def done(given: tuple[Batch, T]) -> tuple[Batch, U]:
        return given[0], step(*given)

    return map(done, batches)  # which keeps nothing of what it hands on: a batch weighs some ten megabytes at each step
