"""THE MAIN PATH: a system's records, landed, compared, judged, staged, gated, merged, accounted for.

    system ──fetch──> landing ──look──> judge ──> stage ──gate──> merge ──> warehouse, history, cases, ledger
            complete page    what is   row verdicts   shares; at times ONE transaction under the stream's
            or nothing       unchanged (contract)     a second opinion row lock and epoch

`Exchange.sync` walks it batch by batch: `hub sync`, each Airflow task and the bench call nothing else. Each batch is
visible as soon as it is merged, so a run that was killed continues behind the last merged batch. A batch whose answer
came before, and whose rows nothing has changed since, goes straight to the ledger (`hub/load/repeats.py`).

It has more than 300 lines on purpose: the path is read in one piece.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial

import sqlalchemy as sa

from connectors.interface import Page, SoughtRecord, Source, Window
from contracts.deployment.files import AGAIN
from contracts.model import Contract
from hub.core import events
from hub.core.actions import Actor
from hub.core.errors import BatchHeld, ConcurrentChange, StageLost
from hub.load import again, batches, behind, held_batches, ledger, repeats, stream_state
from hub.load import closing as closing_cases
from hub.load.bad_records import TooManyConflicts
from hub.load.batches import Batch
from hub.load.batching import Batching, Landed
from hub.load.changes import Frames, context_of
from hub.load.counts import Counts
from hub.load.held_batches import Waiver
from hub.load.landing import Landing
from hub.load.prefetch import ended, prepared
from hub.load.run_scope import overtaken_first, worked
from hub.load.second_opinion import record
from hub.load.staged_batch import StagedBatch
from hub.load.stream_state import Mode, Run
from hub.load.validation import Validator

NO_WAIVER = Waiver(())
PUBLISHINGS = 3
"""How often a batch is published while others, or crashes, come in between."""
AHEAD = 2
"""Batches that are compared, judged and staged while one is merged, a thread each; a third gains nothing on two cores."""


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
    """Number of batches prepared ahead; 0: one after the other."""
    reading: bytes = b""
    """Hash of everything that decides how pages become records, beside the hub's release and the contract."""
    again: tuple[timedelta, ...] = AGAIN
    """When quarantined records are asked for by their keys (`hub/load/again.py`)."""
    keep_basis: Callable[[], str | None] = lambda: None
    """Keeps what batches are judged with, and gives its id (`hub/load/basis.py`)."""
    operator: str | None = None
    """Who begins a run: a login, or `airflow:` and a user of Airflow; None: the schedule, or the hub by itself."""

    def sync(
        self, window: Window | None = None, mode: Mode = "live", *, request: str | None = None
    ) -> tuple[Run, Mapping[str, Counts]]:
        """Read the stream to the end of the window; return the run and its counts by dataset.

        An unfinished run of the same `request` (an Airflow task, say) continues behind its last merged batch, under a
        newer epoch; the counts are those of all its tries. A live reading goes on from the stream's position anyway.

        Raises:
            Transient, Permanent: nothing of the failed batch became visible. Running again continues there.
        """
        with stream_state.exclusive(self.engine, self.stream, request):
            started = self.now()
            run, total = self._walked(window, mode, self.fetched, request)
            if mode == "full":
                self._settle(run, total, request)
            if mode == "live":
                with self.engine.begin() as connection:
                    due = again.take_due(connection, self.stream, self.again, started)
                self._ask_again(due, total, request)
                self._ask_unnamed(started, total, request)
        return run, total

    def ask(self, wanted: Sequence[SoughtRecord]) -> Mapping[str, Counts] | None:
        """Ask for records by key, merge what comes; None: the dialect has no such question. Raises StreamBusy."""
        with stream_state.exclusive(self.engine, self.stream):
            total: dict[str, Counts] = {}
            return total if self._ask_again(wanted, total, None) is not None else None

    def replay(self, since: datetime | None, until: datetime | None) -> tuple[Run, Mapping[str, Counts]]:
        """Judge bytes landed between two times again, and merge what differs. The position stays."""
        return self.walk(None, "replay", lambda run: self.landed_before(run, since, until))

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
            with overtaken_first(self.engine, run), worked(self.engine, run):
                counts = self.merge(run, batch, excuse.apply(self.validator(run, batch)), excuse)
                with self.engine.begin() as connection:
                    stream_state.end(connection, run, self.now())
        return run, counts

    # -- the path, in the order in which it is walked ---------------------------------------------

    def walk(
        self, window: Window | None, mode: Mode, landed: Callable[[Run], Iterator[Landed]], request: str | None = None
    ) -> tuple[Run, dict[str, Counts]]:
        """Bring what `landed` gives for a new run into the warehouse, batch by batch."""
        with stream_state.exclusive(self.engine, self.stream, request):
            return self._walked(window, mode, landed, request)

    def _walked(
        self, window: Window | None, mode: Mode, landed: Callable[[Run], Iterator[Landed]], request: str | None
    ) -> tuple[Run, dict[str, Counts]]:
        run, total = self.begin(window, mode, request)
        # Landing and reading on one thread: a source is nowhere used by two at a time.
        landing = landed(run)
        read = map(partial(self._read, self._answers(run)), landing)
        staged_batches = prepared(partial(self._prepare, run), read, self.ahead)
        with overtaken_first(self.engine, run), worked(self.engine, run), ended(landing), closing(staged_batches):
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
            when, who = (window, self.overlap, self.now()), self.operator
            run = stream_state.claim(connection, self.stream, mode, *when, request=request, operator=who)
            batches.discard_older(connection, run)
            total = ledger.of_run(connection, run) if run.taken_over else {}
        begun = {"stream": self.stream, "run": run.id, "mode": mode, "epoch": run.epoch, "batches": run.batches}
        self.on_event("run.begun", begun)
        return run, total

    def fetched(self, run: Run) -> Iterator[Landed]:
        """Fetch pages, land each as it arrives, and close a batch when it is full.

        Whole pages before an error close their batch too: the error is raised when that batch is merged.
        """
        with ended(self.source.pages(run.window)) as pages:
            yield from self._batching.landed(run, pages)

    def landed_before(self, run: Run, since: datetime | None, until: datetime | None) -> Iterator[Landed]:
        """Batches of pages that lie in the landing already, in the order in which they came."""
        return self._batching.before(run, since, until)

    def _answers(self, run: Run) -> Container[bytes | None]:
        """The answers that change nothing when they come again; a replay judges every batch."""
        if run.mode in ("replay", "again"):
            return ()
        return repeats.KnownAnswers(self.engine, run.stream)

    @cached_property
    def _batching(self) -> Batching:
        context = context_of(self.contract, self.validator.lists) + self.reading
        return Batching(
            self.stream,
            self.contract.version,
            self.engine,
            self.landing,
            self.now,
            self.batch_records,
            self.on_event,
            context,
        )

    def _read(self, known: Container[bytes | None], landed: Landed) -> tuple[Batch, Frames | None]:
        batch, bodies = landed
        return batch, None if batch.answer in known else self.validator.read(batch, bodies)

    def _prepare(self, run: Run, read: tuple[Batch, Frames | None]) -> tuple[Batch, StagedBatch | None]:
        """Compare, judge, stage and gate a batch, unless its answer came before."""
        batch, frames = read
        return batch, None if frames is None else self.validator(run, batch, frames)

    def merge(
        self, run: Run, batch: Batch, staged: StagedBatch | None, waiver: Waiver = NO_WAIVER
    ) -> Mapping[str, Counts]:
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
            counts = self._merge(run, batch, staged or self.validator(run, batch), waiver)
        took = round(time.monotonic() - started, 3)
        applied = {"stream": self.stream, "batch": batch.id, "seconds": took, **ledger.terms(counts)}
        self.on_event("batch.applied", applied)
        return counts

    def _merge(self, run: Run, batch: Batch, staged: StagedBatch, waiver: Waiver) -> Mapping[str, Counts]:
        if not staged.gate.passed:
            ledger.hold(self.engine, run, batch, self.contract, staged, self.now())
            with self.engine.begin() as connection:  # the stage of the time before, when the same bytes were held
                batches.drop_orphans(connection, self.stream, run.epoch, only=batch.id)
            self.on_event(
                "batch.held", {"stream": self.stream, "batch": batch.id, "reasons": list(staged.gate.reasons)}
            )
            with self.engine.connect() as connection:
                record.require_agreement(connection, self.stream)  # a defect of the hub, which nobody can release
            why = "; ".join((*staged.gate.numbers, *staged.gate.reasons))
            raise BatchHeld(
                f"Batch {batch.id[:12]} of {self.stream} is held: {why}. Nothing of it was merged, the position stays",
                hint=f"hub ledger {self.stream} shows it; when the source is repaired, the next sync reads the same "
                "records again. hub held release lets its good records in, and its bad ones become cases",
            )
        for left in reversed(range(PUBLISHINGS)):
            try:
                return ledger.publish(
                    self.engine, run, batch, self.contract, staged, self.now(), self._basis, waiver.reasons
                )
            except TooManyConflicts as error:
                return self._merge(run, batch, waiver.apply(self.validator.held(run, batch, error.bad)), waiver)
            except (ConcurrentChange, StageLost) as error:
                if not left:
                    raise
                # A batch merged meanwhile changed what this one repeats, or a crash emptied its stage: rare, never guessed
                staged = waiver.apply(self.validator(run, batch, whole=isinstance(error, ConcurrentChange)))
                if not staged.gate.passed:
                    return self._merge(run, batch, staged, waiver)
        raise AssertionError("it returns or raises")

    @cached_property
    def _basis(self) -> str | None:
        return self.keep_basis()

    # -- asking again -----------------------------------------------------------------------------

    def _ask_again(self, wanted: Sequence[SoughtRecord], total: dict[str, Counts], request: str | None) -> Run | None:
        """Ask for records by their keys, where the dialect can, and merge what comes. Returns the run that did it."""
        pages = self.source.again(wanted) if wanted else None
        if pages is None:
            return None
        self.on_event("records.again", {"stream": self.stream, "records": len(wanted)})
        return self._merged_again(pages, total, request)

    def _ask_unnamed(self, started: datetime, total: dict[str, Counts], request: str | None) -> None:
        """Ask for what the source has at the change times of cases without a key; those that do not come are closed."""
        asked = again.ask_unnamed(self.engine, self.source, self.stream, self.again, started)
        if asked is None:
            return
        pages, before = asked
        self.on_event("records.again", {"stream": self.stream, "records": len(before)})
        run = self._merged_again(pages, total, request)
        with overtaken_first(self.engine, run), self.engine.begin() as connection:
            stream_state.require_newest(connection, run)
            closing_cases.close_absent(connection, run, before, self.now())

    def _merged_again(self, pages: Iterator[Page], total: dict[str, Counts], request: str | None) -> Run:
        def landed(run: Run) -> Iterator[Landed]:
            with ended(pages):
                yield from self._batching.landed(run, pages)

        run, counts = self._walked(None, "again", landed, request)
        ledger.add(total, counts)
        return run

    def _settle(self, run: Run, total: dict[str, Counts], request: str | None) -> None:
        """After a full reading: what it gave otherwise than it is here is asked for by key, or becomes a finding; cases
        without a key that it did not give any more are closed. Raises Fenced: what a newer run notes is its to settle.
        """
        with overtaken_first(self.engine, run), self.engine.begin() as connection:
            stream_state.require_newest(connection, run)
            closing_cases.close_gone(connection, run, self.now())
            wanted = behind.wanted(behind.differing(connection, run, self.contract))
        last = self._ask_again(wanted, total, request) or run
        with overtaken_first(self.engine, last), self.engine.begin() as connection:
            stream_state.require_newest(connection, last)
            behind.settle(connection, run, self.contract, self.now())

    def finish(self, run: Run) -> None:
        """End the run, if nobody has taken it over."""
        with self.engine.begin() as connection:
            stream_state.finish(connection, run, self.now())
        self.on_event("run.finished", {"stream": self.stream, "run": run.id})
