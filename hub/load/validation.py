"""Landed bytes to a judged, committed stage: all rules by the row engine, and where it is due a second opinion."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import polars as pl
import sqlalchemy as sa

from connectors.interface import Source
from contracts.model import Contract
from hub.access.policy_statements import COPIER, ready
from hub.core import events
from hub.core.crypto import Keys
from hub.core.errors import StageLost, Unbalanced
from hub.load import batches, direct_copy, owners, repeats
from hub.load.bad_records import NONE_BAD, BadRecords, counted, suspicious
from hub.load.batches import Batch
from hub.load.changes import ChangeDetector, Compared, Frames
from hub.load.direct_copy import Direct
from hub.load.landing import Landing
from hub.load.second_opinion import record
from hub.load.second_opinion.asking import ask, judged
from hub.load.second_opinion.record import Occasion, Opinion
from hub.load.stage import copy_to_stage, require_staged, staged_frame
from hub.load.staged_batch import GateVerdict, StagedBatch, ValidatedFrames
from hub.load.stream_state import Run
from hub.load.transcoding import with_findings
from hub.load.warehouse import stage_columns
from quality import batch_rules
from quality.identity import engine_releases, rules_digest
from quality.interface import Gate
from quality.rows import judge

FailedRules: TypeAlias = Mapping[str, tuple[str, ...]]
"""Rules about the batch as a whole that fail by the row engine, by dataset."""


STAGINGS = 3
"""How often a batch is staged while crashes of the database empty its stage."""
BULK_RECORDS = 1_000
"""Records from which on a batch counts as bulk, of which the declared suite sees a share. A small one waits for none."""


@dataclass(frozen=True)
class Validator:
    """Judges batches of one stream."""

    source: Source
    contract: Contract
    engine: sa.Engine
    landing: Landing
    keys: Keys
    lists: Mapping[str, frozenset[str]]
    gate_share: float
    """Share of the bulk batches that the declared suite sees too; 1: every batch."""
    docs: Path | None = None
    on_event: Callable[[str, Mapping[str, object]], None] = events.emit

    def __call__(self, run: Run, batch: Batch, frames: Frames | None = None, *, whole: bool = False) -> StagedBatch:
        """A landed batch, judged and staged.

        `frames` are its records where they were read; `whole`: compare it with nothing.

        Raises:
            Fenced: a newer run took the batch over.
        """
        frames = frames or self.read(batch)
        for left in reversed(range(STAGINGS)):
            try:
                return self._staged(run, batch, frames, whole=whole)
            except StageLost:
                if not left:
                    raise
        raise AssertionError("it returns or raises")

    def _staged(self, run: Run, batch: Batch, frames: Frames, *, whole: bool) -> StagedBatch:
        started = time.monotonic()
        failed = self.failed_rules(frames)
        selected = run.mode == "again"  # some records by their keys: their shares say nothing about the stream
        occasion = None if selected else self.occasion(run, batch, failed)
        compared = None if whole or occasion == "held" else self.compare(run, batch, frames)
        if occasion and compared:
            # The suite looks at whole batches; of one in which nothing has changed it has seen every record.
            occasion, compared = (None, compared) if compared.settled else (occasion, None)
        judged = self.validate(frames, compared)
        rows = self.rows(judged)
        bad = NONE_BAD if selected else self.bad_records(run, rows, judged.received)
        if bad.excess:
            occasion = "held"
            if compared is not None:
                judged = self.validate(frames, None)
                rows = self.rows(judged)
        staged = self.stage(run, batch, judged, rows, bad)
        seconds = time.monotonic() - started
        return self.gate(run, batch, staged, failed, occasion, seconds)

    def held(self, run: Run, batch: Batch, bad: BadRecords) -> StagedBatch:
        """A batch that its merge found too bad, judged and staged whole, for the person who examines it."""
        frames = self.read(batch)
        judged = self.validate(frames, None)
        staged = self.stage(run, batch, judged, self.rows(judged), bad)
        return self.gate(run, batch, staged, self.failed_rules(frames), "held", 0.0)

    def read(self, batch: Batch, bodies: Sequence[bytes] | None = None) -> Frames:
        """The records of a batch by dataset, each row with the page and the place in it that it came from."""
        parts: dict[str, list[pl.DataFrame]] = {d.name: [] for d in self.contract.datasets}
        before = 0
        for i, page in enumerate(batch.pages):
            body = bodies[i] if bodies is not None else self.landing.read(page.sha256)
            frames = self.source.records(body, page.media_type)
            main = frames[self.contract.datasets[0].name].height
            if main != page.records:
                raise Unbalanced(
                    f"Landed page {page.sha256[:16]}… holds {main} records; the source said {page.records}"
                )
            for dataset in self.contract.datasets:
                owner = pl.col("_owner") + before if dataset.parent else pl.lit(None, pl.Int64)
                parts[dataset.name].append(
                    frames[dataset.name].with_columns(
                        pl.lit(page.id, pl.Int64).alias("_landing"),
                        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row"),
                        owner.alias("_owner"),
                    )
                )
            before += main
        frames = {name: _joined(part) if part else self._empty(name) for name, part in parts.items()}
        return self.detector.mark(frames) if self.detector else frames

    def compare(self, run: Run, batch: Batch, frames: Frames) -> Compared | None:
        """Compare with the warehouse, where that saves work; a replay judges every record."""
        if self.detector is None:
            return None
        with self.engine.connect() as connection:
            return self.detector.look(connection, run.system, frames, judge_all=run.mode == "replay")

    def validate(self, frames: Frames, compared: Compared | None) -> ValidatedFrames:
        """Which rules each record breaks, by the row engine."""
        broken: dict[str, Mapping[str, int]] = {}
        judged: dict[str, pl.DataFrame] = {}
        for dataset in self.contract.datasets:
            judgement = judge(dataset, (compared.judged if compared else frames)[dataset.name], self.lists)
            broken[dataset.name] = dict(judgement.broken)
            judged[dataset.name] = with_findings(judgement.frame)
        received = {name: frame.height for name, frame in frames.items()}
        return ValidatedFrames(judged, received, broken, compared, frames[self.contract.datasets[0].name])

    def rows(self, judged: ValidatedFrames) -> Frames:
        """The rows of the stage tables, by dataset."""
        rows = {d.name: staged_frame(d, judged.frames[d.name], self.keys) for d in self.contract.datasets}
        return owners.unsettled(self.contract, rows)

    def bad_records(self, run: Run, rows: Frames, received: Mapping[str, int]) -> BadRecords:
        """The bad records of a batch, and the budgets of the contract that it does not keep."""
        if not suspicious(self.contract, rows):
            return NONE_BAD
        with self.engine.connect() as connection:
            return counted(connection, run.stream, self.contract, rows, received)

    def stage(self, run: Run, batch: Batch, judged: ValidatedFrames, frames: Frames, bad: BadRecords) -> StagedBatch:
        """Commit the stage of a judged batch: `frames` are its rows.

        A batch of mostly new rows bypasses it and waits in memory for its merge. One that will be held is staged whole,
        for the person who examines it.
        """
        names = {d.name: batch.stage_name(run, d.name) for d in self.contract.datasets}
        unchanged = judged.compared.unchanged if judged.compared else None
        direct = self._direct(run, batch, frames, judged.compared) if judged.compared else None
        rows = {name: frame.height for name, frame in frames.items()}
        span = repeats.span_of(self.contract, judged.whole, frames) if self.detector else repeats.ALL_KEYS
        staged = StagedBatch(
            names, judged.received, judged.broken, GateVerdict(), rows, bad, self.detector, unchanged, direct, span
        )
        if direct is None:
            with self.engine.begin() as connection:
                for dataset in self.contract.datasets:
                    copy_to_stage(connection, names[dataset.name], stage_columns(dataset), frames[dataset.name])
                batches.stage(connection, run, batch, verdict=staged.verdict)
        return staged

    def gate(
        self,
        run: Run,
        batch: Batch,
        staged: StagedBatch,
        failed: FailedRules,
        occasion: Occasion | None,
        seconds: float,
    ) -> StagedBatch:
        """The batch with its verdict: the row engine's, and the declared suite's where there is an occasion."""
        started = time.monotonic()
        gate = self.run_suite(run, staged, failed) if occasion else None
        if staged.bad.excess:
            gate = gate or Gate({}, (), 0.0)
            gate = replace(gate, failed=(*gate.failed, *(each.rule for each in staged.bad.excess)))
        if gate is not None:
            with self.engine.connect() as connection:  # of an empty stage the suite says that the engines disagree
                require_staged(connection, staged.tables, staged.rows)
            with self.engine.begin() as connection:
                batches.stage(
                    connection, run, batch, gate_seconds=round(gate.seconds, 3), gate=_for_ledger(gate, staged.bad)
                )
        self.on_event(
            "batch.judged",
            {
                "stream": run.stream,
                "batch": batch.id,
                "broken": sum(sum(r.values()) for r in staged.broken.values()),
                "direct": staged.direct.count if staged.direct else 0,
                "seconds": round(seconds, 3),
                "gate_seconds": round(time.monotonic() - started, 3) if gate is not None else None,
            },
        )
        return replace(staged, gate=self._verdict(batch, staged, gate, occasion))

    @cached_property
    def detector(self) -> ChangeDetector | None:
        """What compares a batch with the warehouse."""
        return ChangeDetector.of(self.contract, self.lists, self.keys)

    @cached_property
    def copies(self) -> bool:
        """Whether the database has the role that copies new rows into the warehouse."""
        with self.engine.connect() as connection:
            return ready(connection, COPIER)

    def failed_rules(self, frames: Frames) -> FailedRules:
        """The rules about the batch as a whole that fail, by dataset: every record counts, also unchanged ones."""
        return {d.name: batch_rules.failed(d, frames[d.name]) for d in self.contract.datasets}

    def occasion(self, run: Run, batch: Batch, failed: FailedRules) -> Occasion | None:
        """Why the declared suite must see a batch before its merge; None: it waits for the stream's daily run."""
        if any(failed.values()):
            return "held"
        return self.suite_is_due(run, batch)

    def suite_is_due(self, run: Run, batch: Batch) -> Occasion | None:
        """The occasion of a batch that is not suspicious.

        The first of a run, until a batch was judged alike under these rules and engines; in bulk a share, by its id.
        """
        if batch.number == run.batches + 1:
            with self.engine.connect() as connection:
                if not record.agreed_under(connection, self.rules, self.engines):
                    return "first"
        chosen = int(batch.id[:8], 16) / 0xFFFFFFFF < self.gate_share
        bulk = sum(page.records for page in batch.pages) >= BULK_RECORDS
        return "sample" if self.gate_share == 1 or (bulk and chosen) else None

    def run_suite(self, run: Run, staged: StagedBatch, failed: FailedRules) -> Gate:
        """What the declared suite says of a committed stage, beside the counts of the row engine."""
        tables = judged(self.contract, staged.tables, staged.received, staged.broken, failed, self.lists)
        return ask(self.engine, tables, self.docs / run.stream if self.docs else None)

    @cached_property
    def rules(self) -> str:
        """Digest of the rules and lists that this validator applies."""
        return rules_digest(self.contract.datasets, self.lists)

    @cached_property
    def engines(self) -> str:
        """Releases of the two engines."""
        return engine_releases()

    def _verdict(self, batch: Batch, staged: StagedBatch, gate: Gate | None, occasion: Occasion | None) -> GateVerdict:
        if gate is None or occasion is None:
            return GateVerdict(rules=self.rules)
        rows, differ = sum(staged.received.values()), gate.disagreements
        opinion = Opinion(occasion, self.rules, self.engines, (batch.id,), rows, disagreements=differ)
        reasons = (*(f"{rule} failed" for rule in gate.failed), *(f"the engines disagree on {each}" for each in differ))
        return GateVerdict(reasons, opinion, self.rules, tuple(f"{e.rule}: {e}" for e in staged.bad.excess))

    def _direct(self, run: Run, batch: Batch, frames: Frames, compared: Compared) -> Direct | None:
        if not (compared.settled or self.copies):
            return None
        return direct_copy.direct(self.contract, frames, compared.new, system=run.system, serial=batch.serial)

    def _empty(self, name: str) -> pl.DataFrame:
        columns = {f.name: pl.String for f in self.contract.dataset(name).fields}
        return pl.DataFrame(schema={**columns, "_landing": pl.Int64, "_row": pl.Int64, "_owner": pl.Int64})


def _joined(pages: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The pages of a batch; only those with a record that could not be read have the columns about it."""
    alike = all(page.width == pages[0].width for page in pages)
    return pl.concat(pages) if alike else pl.concat(pages, how="diagonal")


def _for_ledger(gate: Gate, bad: BadRecords) -> dict[str, object]:
    said: dict[str, object] = {
        "counts": dict(gate.counts),
        "failed": list(gate.failed),
        "disagreements": list(gate.disagreements),
    }
    return {**said, "budgets": [str(each) for each in bad.excess]} if bad.excess else said
