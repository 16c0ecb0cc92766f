"""THE MAIN PATH: a system's records, landed, compared, judged, staged, gated, merged, accounted for.

    system ──fetch──> landing ──look──> judge ──> stage ──gate──> merge ──> warehouse, history, cases, ledger
            complete page    what is   row verdicts   shares; at times ONE transaction under the stream's
            or nothing       unchanged (contract)     a second opinion row lock and epoch

`Exchange.sync` walks it batch by batch: `hub sync`, each Airflow task and the bench call nothing else. Each batch is
visible as soon as it is merged, so a run that was killed continues behind the last merged batch. A batch whose answer
came before, and whose rows nothing has changed since, goes straight to the ledger (`hub/load/repeats.py`). Read
downwards: what comes later in this file happens later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TypeAlias

import sqlalchemy as sa

from connectors.interface import Page, Position, Source, Window
from contracts.errors import HubError
from contracts.model import Contract
from hub.core import events
from hub.core.actions import Actor
from hub.core.errors import BatchHeld, ConcurrentChange
from hub.load import batches, held_batches, ledger, repeats, stream_state
from hub.load.batches import Batch
from hub.load.changes import Frames, context_of
from hub.load.counts import Counts
from hub.load.landing import Landing
from hub.load.prefetch import prepared
from hub.load.second_opinion import record
from hub.load.stream_state import Mode, Run
from hub.load.validation import StagedBatch, Validator

Landed: TypeAlias = tuple[Batch, list[bytes] | None]
"""A landed batch with the bodies of its pages, where they are at hand."""

BATCH_BYTES = 128 << 20
"""Bytes of pages after which a batch is closed, whatever its records: a page of scans is large and holds few."""
AHEAD = 2
"""Batches that are compared, judged and staged while one is merged, each on a thread of its own. Two cores gain nothing
from a third, which holds 20 MB."""


@dataclass(frozen=True)
class Exchange:
    """The loading path of one stream."""

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
    """Called with each event; the command line draws its progress from it."""
    ahead: int = AHEAD
    """Number of batches prepared ahead; 0: one thread, one batch after the other."""
    reading: bytes = b""
    """Hash of everything that decides how pages become records, beside the hub's release and the contract."""

    def sync(
        self, window: Window | None = None, mode: Mode = "live", *, request: str | None = None
    ) -> tuple[Run, Mapping[str, Counts]]:
        """Read the stream to the end of the window; return the run and its counts by dataset.

        `request` names what is asked for, an Airflow task say. An unfinished run of the same request continues behind
        its last merged batch, under a newer epoch; the counts are those of all its tries. A live reading goes on from
        the stream's position, named or not.

        Raises:
            Transient, Permanent: nothing of the batch that failed became visible; every batch
                before it stays. Running again continues from there.
        """
        return self._walk(window, mode, self.fetched, request)

    def replay(self, since: datetime | None, until: datetime | None) -> tuple[Run, Mapping[str, Counts]]:
        """Judge bytes landed between two times again, and merge what differs. The position stays."""
        return self._walk(None, "replay", lambda run: self.landed_before(run, since, until))

    def release(self, name: str, person: Actor) -> tuple[Run, Mapping[str, Counts]]:
        """Merge a held batch in its place, although the gate holds it; a person answers for that.

        Raises:
            BatchHeld: the gate has more against it than the person knew, or what nobody can excuse.
            Fenced: a newer run claimed the stream.
        """
        with stream_state.exclusive(self.engine, self.stream):
            with self.engine.begin() as connection:
                run, batch, excuse = held_batches.take(connection, name, self.contract, person, self.now())
            self.on_event("batch.passed", {"stream": self.stream, "batch": batch.id, "reasons": list(excuse.reasons)})
            with self._worked(run):
                counts = self.merge(run, batch, excuse.apply(self.validator(run, batch)))
                with self.engine.begin() as connection:
                    stream_state.end(connection, run, self.now())
        return run, counts

    # -- the path, in the order in which it is walked ---------------------------------------------

    def _walk(
        self, window: Window | None, mode: Mode, landed: Callable[[Run], Iterator[Landed]], request: str | None = None
    ) -> tuple[Run, Mapping[str, Counts]]:
        with stream_state.exclusive(self.engine, self.stream, request):
            run, total = self.begin(window, mode, request)
            # Landing and reading on one thread: a source is nowhere used by two at a time.
            read = map(partial(self._read, self._answers(run)), landed(run))
            staged_batches = prepared(partial(self._prepare, run), read, self.ahead)
            with self._worked(run), closing(staged_batches):
                for batch, staged in staged_batches:
                    ledger.add(total, self.merge(run, batch, staged))
                self.finish(run)
        return run, total

    def begin(self, window: Window | None, mode: Mode, request: str | None) -> tuple[Run, dict[str, Counts]]:
        """Take the stream over; what an earlier try of the run has merged is counted already.

        Raises:
            EnginesDisagree: the stream is stopped.
        """
        with self.engine.begin() as connection:
            record.require_agreement(connection, self.stream)
            run = stream_state.claim(connection, self.stream, mode, window, self.overlap, self.now(), request=request)
            batches.discard_older(connection, run)
            total = ledger.of_run(connection, run) if run.taken_over else {}
        self.on_event(
            "run.begun",
            {"stream": self.stream, "run": run.id, "mode": mode, "epoch": run.epoch, "batches": run.batches},
        )
        return run, total

    def fetched(self, run: Run) -> Iterator[Landed]:
        """Fetch pages, land each as it arrives, and close a batch when it is full.

        Whole pages before an error close their batch too: the error is raised when that batch is merged.
        """
        previous, number, pages, end = run.last_batch, run.batches, list[tuple[Page, str]](), run.position
        broken_off: HubError | None = None
        fetched = self.source.pages(run.window)
        while True:
            try:
                page = next(fetched)
            except StopIteration:
                break
            except HubError as error:
                broken_off = error
                break
            pages.append((page, self.landing.keep(page.body)))
            end = max(filter(None, (end, page.end)), default=None)
            if (
                sum(p.count for p, _ in pages) >= self.batch_records
                or sum(len(p.body) for p, _ in pages) >= BATCH_BYTES
            ):
                number += 1
                batch, bodies = self._note(run, number, previous, pages, end), [[p.body for p, _ in pages]]
                previous, pages = batch.id, []
                yield batch, bodies.pop()
        if pages:
            yield self._note(run, number + 1, previous, pages, end), [p.body for p, _ in pages]
        if broken_off is not None:
            raise broken_off

    def landed_before(self, run: Run, since: datetime | None, until: datetime | None) -> Iterator[Landed]:
        """Batches of pages that lie in the landing already, in the order in which they came."""
        with self.engine.begin() as connection:
            groups = batches.landed_between(connection, self.stream, since, until, self.batch_records)
        previous = run.last_batch
        for number, pages in enumerate(groups, 1):
            with self.engine.begin() as connection:
                batch = batches.note(connection, run, number, previous, pages, None, self.contract.version, self.now())
            yield batch, None
            previous = batch.id

    def _answers(self, run: Run) -> Container[bytes | None]:
        """The answers that change nothing when they come again; a replay judges every batch."""
        if run.mode == "replay":
            return ()
        return repeats.KnownAnswers(self.engine, run.stream)

    def _note(
        self, run: Run, number: int, previous: str | None, pages: list[tuple[Page, str]], end: Position | None
    ) -> Batch:
        with self.engine.begin() as connection:
            noted = [batches.note_page(connection, self.stream, page, digest, self.now()) for page, digest in pages]
            answer = repeats.answer_of([digest for _, digest in pages], self._context)
            batch = batches.note(
                connection, run, number, previous, noted, end, self.contract.version, self.now(), answer
            )
        self.on_event(
            "batch.landed",
            {"stream": self.stream, "batch": batch.id, "pages": len(pages), "records": sum(p.records for p in noted)},
        )
        return batch

    @cached_property
    def _context(self) -> bytes:
        return context_of(self.contract, self.validator.lists) + self.reading

    def _read(self, known: Container[bytes | None], landed: Landed) -> tuple[Batch, Frames | None]:
        batch, bodies = landed
        return batch, None if batch.answer in known else self.validator.read(batch, bodies)

    def _prepare(self, run: Run, read: tuple[Batch, Frames | None]) -> tuple[Batch, StagedBatch | None]:
        """Compare, judge, stage and gate a batch, unless its answer came before."""
        batch, frames = read
        return batch, None if frames is None else self.validator(run, batch, frames)

    def merge(self, run: Run, batch: Batch, staged: StagedBatch | None) -> Mapping[str, Counts]:
        """Make a batch visible: rows, history, cases, ledger and position in one transaction.

        `staged` is None for a batch whose answer came before.

        Raises:
            BatchHeld: the gate holds it.
            EnginesDisagree: the gate holds it, or an earlier one, because the two engines count differently.
            Fenced: the stream went on without this run.
        """
        started = time.monotonic()
        counts = None if staged else repeats.publish(self.engine, run, batch, self.now())
        if counts is None:
            counts = self._merge(run, batch, staged or self.validator(run, batch))
        self.on_event(
            "batch.applied",
            {
                "stream": self.stream,
                "batch": batch.id,
                "seconds": round(time.monotonic() - started, 3),
                **ledger.terms(counts),
            },
        )
        return counts

    def _merge(self, run: Run, batch: Batch, staged: StagedBatch) -> Mapping[str, Counts]:
        if not staged.gate.passed:
            ledger.hold(self.engine, run, batch, self.contract, staged, self.now())
            with self.engine.begin() as connection:
                batches.drop_orphans(
                    connection, self.stream, run.epoch, only=batch.id
                )  # of the time before, when the same bytes were held
            self.on_event(
                "batch.held", {"stream": self.stream, "batch": batch.id, "reasons": list(staged.gate.reasons)}
            )
            with self.engine.connect() as connection:
                record.require_agreement(connection, self.stream)  # a defect of the hub, which nobody can release
            raise BatchHeld(
                f"Batch {batch.id[:12]} of {self.stream} is held: {'; '.join(staged.gate.reasons)}. Nothing of it was merged, the position stays",
                hint=f"hub ledger {self.stream} shows it; when the source is repaired, the next sync reads the same records again",
            )
        try:
            return ledger.publish(self.engine, run, batch, self.contract, staged, self.now())
        except ConcurrentChange:
            # A batch that was merged while this one was validated changed records that this one repeats. This is rare,
            # and never guessed.
            whole = self.validator(run, batch, whole=True)
            return ledger.publish(self.engine, run, batch, self.contract, whole, self.now())

    def finish(self, run: Run) -> None:
        """End the run, if nobody has taken it over."""
        with self.engine.begin() as connection:
            stream_state.finish(connection, run, self.now())
        self.on_event("run.finished", {"stream": self.stream, "run": run.id})

    @contextmanager
    def _worked(self, run: Run) -> Iterator[None]:
        started = time.monotonic()
        yield
        with self.engine.begin() as connection:
            stream_state.spent(connection, run, time.monotonic() - started)
