"""Landed bytes to a judged, committed stage: the contract's rules by two engines, the counts of both."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from connectors.interface import Source
from contracts.model import Contract
from hub.access.policy_statements import COPIER, ready
from hub.core import events
from hub.core.crypto import Keys
from hub.core.errors import Unbalanced
from hub.load import batches, direct_copy, owners
from hub.load.batches import Batch
from hub.load.changes import ChangeDetector, Compared, Frames, Unchanged
from hub.load.direct_copy import Direct
from hub.load.landing import Landing
from hub.load.stage import copy_to_stage, staged_frame
from hub.load.stream_state import Run
from hub.load.transcoding import with_findings
from hub.load.warehouse import stage_columns
from quality.interface import Gate
from quality.rows import judge

ONE_GATE = threading.Lock()
"""Batches are prepared on several threads; Great Expectations keeps one project a process."""


@dataclass(frozen=True)
class GateVerdict:
    """Whether the batch may pass, and if not, why."""

    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class ValidatedFrames:
    """A batch with the verdicts of the row engine, on its way into the stage."""

    frames: Frames
    """Dataset -> `Judgement.frame`; without the unchanged records."""
    received: Mapping[str, int]
    broken: Mapping[str, Mapping[str, int]]
    compared: Compared | None
    """How it compares with the warehouse, where that was looked at."""


@dataclass(frozen=True)
class StagedBatch:
    """A batch in its committed stage tables, or with rows that bypass them."""

    tables: Mapping[str, str]
    """Dataset -> name of its stage table."""
    received: Mapping[str, int]
    """Dataset -> records in the landed bytes."""
    broken: Mapping[str, Mapping[str, int]]
    """Dataset -> rule -> broken rows, by the row engine."""
    gate: GateVerdict
    detector: ChangeDetector | None = None
    """What compared it with the warehouse."""
    unchanged: Unchanged | None = None
    """Its records that were not judged."""
    direct: Direct | None = None
    """Its rows, if they bypass the stage; it has no stage tables then."""

    def place(self, dataset: str) -> str:
        """The table with the rows of a dataset that the merge must decide, as SQL."""
        return direct_copy.rest_table(dataset) if self.direct else f'stage."{self.tables[dataset]}"'

    @property
    def verdict(self) -> Mapping[str, object]:
        """The verdict for the ledger, by dataset."""
        return {
            "broken": self.broken,
            "received": self.received,
            "unchanged": self.unchanged.count if self.unchanged else 0,
        }


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
    docs: Path | None = None
    on_event: Callable[[str, Mapping[str, object]], None] = events.emit

    def __call__(self, run: Run, batch: Batch, frames: Frames | None = None, *, whole: bool = False) -> StagedBatch:
        """A landed batch, judged and staged.

        `frames` are its records where they were read; `whole`: compare it with nothing.

        Raises:
            Fenced: a newer run took the batch over.
        """
        frames = frames or self.read(batch)
        started = time.monotonic()
        compared = None if whole else self.compare(run, batch, frames)
        judged = self.validate(frames, compared)
        staged = self.stage(run, batch, judged)
        seconds = time.monotonic() - started
        return self.gate(run, batch, staged, seconds)

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
        frames = {name: pl.concat(part) if part else self._empty(name) for name, part in parts.items()}
        return self.detector.mark(frames) if self.detector else frames

    def compare(self, run: Run, batch: Batch, frames: Frames) -> Compared | None:
        """Compare with the warehouse, where that saves work; a replay judges every record."""
        if self.detector is None:
            return None
        with self.engine.connect() as connection:
            compared = self.detector.look(connection, run.system, frames, judge_all=run.mode == "replay")
        # The suite looks at whole batches; of one in which nothing has changed it has seen every record.
        return compared if compared.settled or not self.suite_is_due(batch) else None

    def validate(self, frames: Frames, compared: Compared | None) -> ValidatedFrames:
        """Which rules each record breaks, by the row engine."""
        broken: dict[str, Mapping[str, int]] = {}
        judged: dict[str, pl.DataFrame] = {}
        for dataset in self.contract.datasets:
            judgement = judge(dataset, (compared.judged if compared else frames)[dataset.name], self.lists)
            broken[dataset.name] = dict(judgement.broken)
            judged[dataset.name] = with_findings(judgement.frame)
        return ValidatedFrames(judged, {name: frame.height for name, frame in frames.items()}, broken, compared)

    def stage(self, run: Run, batch: Batch, judged: ValidatedFrames) -> StagedBatch:
        """Commit the stage of a judged batch.

        A batch of mostly new rows bypasses it and waits in memory for its merge.
        """
        names = {d.name: batch.stage_name(run, d.name) for d in self.contract.datasets}
        frames = owners.unsettled(
            self.contract,
            {d.name: staged_frame(d, judged.frames[d.name], self.keys) for d in self.contract.datasets},
        )
        unchanged = judged.compared.unchanged if judged.compared else None
        direct = self._direct(run, batch, frames, judged.compared) if judged.compared else None
        staged = StagedBatch(names, judged.received, judged.broken, GateVerdict(), self.detector, unchanged, direct)
        if direct is None:
            with self.engine.begin() as connection:
                for dataset in self.contract.datasets:
                    copy_to_stage(connection, names[dataset.name], stage_columns(dataset), frames[dataset.name])
                batches.stage(connection, run, batch, verdict=staged.verdict)
        return staged

    def gate(self, run: Run, batch: Batch, staged: StagedBatch, seconds: float) -> StagedBatch:
        """Run the declared suite on a committed stage when it is due. Returns the batch with its verdict."""
        started = time.monotonic()
        gate = None
        if staged.direct is None:
            gate = self.run_suite(run, batch, staged.tables, staged.received, staged.broken)
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
        return replace(staged, gate=_verdict(gate))

    @cached_property
    def detector(self) -> ChangeDetector | None:
        """What compares a batch with the warehouse."""
        return ChangeDetector.of(self.contract, self.lists, self.keys)

    @cached_property
    def copies(self) -> bool:
        """Whether the database has the role that copies new rows into the warehouse."""
        with self.engine.connect() as connection:
            return ready(connection, COPIER)

    def run_suite(
        self,
        run: Run,
        batch: Batch,
        names: Mapping[str, str],
        received: Mapping[str, int],
        broken: Mapping[str, Mapping[str, int]],
    ) -> Gate | None:
        """What the declared suite says of a committed stage; None: it was not due."""
        if not self.suite_is_due(batch):
            return None
        from quality.gate import Staged as StagedTable  # 5 s and 220 MB to import: only when due
        from quality.gate import run_gate

        tables = [
            StagedTable(
                dataset=d,
                schema="stage",
                table=names[d.name],
                rows=received[d.name],
                broken=broken[d.name],
                lists=self.lists,
            )
            for d in self.contract.datasets
        ]
        with ONE_GATE:
            gate = run_gate(
                self.engine.url.render_as_string(hide_password=False),
                tables,
                docs=self.docs / run.stream if self.docs else None,
            )
        with self.engine.begin() as connection:
            batches.stage(
                connection,
                run,
                batch,
                gate_seconds=round(gate.seconds, 3),
                gate={
                    "counts": dict(gate.counts),
                    "failed": list(gate.failed),
                    "disagreements": list(gate.disagreements),
                },
            )
        return gate

    def suite_is_due(self, batch: Batch) -> bool:
        """Whether the declared suite looks at a batch: the first of a run, and of the others a share by their content."""
        return batch.number == 1 or int(batch.id[:8], 16) / 0xFFFFFFFF < self.gate_share

    def _direct(self, run: Run, batch: Batch, frames: Frames, compared: Compared) -> Direct | None:
        if not (compared.settled or self.copies):
            return None
        return direct_copy.direct(self.contract, frames, compared.new, system=run.system, serial=batch.serial)

    def _empty(self, name: str) -> pl.DataFrame:
        columns = {f.name: pl.String for f in self.contract.dataset(name).fields}
        return pl.DataFrame(schema={**columns, "_landing": pl.Int64, "_row": pl.Int64, "_owner": pl.Int64})


def _verdict(gate: Gate | None) -> GateVerdict:
    if gate is None:
        return GateVerdict()
    return GateVerdict(
        (*(f"{rule} failed" for rule in gate.failed), *(f"the engines disagree on {d}" for d in gate.disagreements))
    )
