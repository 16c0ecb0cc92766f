"""Landed bytes to a judged, committed stage: the contract's rules by two engines, the counts of both."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from connectors.interface import Source
from contracts.model import Contract, Dataset
from hub.access import row_security
from hub.core import events
from hub.core.crypto import Keys
from hub.core.errors import Unbalanced
from hub.load import batches, copy_path
from hub.load.batches import Batch
from hub.load.copy_path import DirectRows
from hub.load.landing import Landing
from hub.load.stage import copy_to_stage, staged_frame
from hub.load.stream_state import Run
from hub.load.transcoding import with_findings
from hub.load.unchanged import UnchangedFilter
from hub.load.warehouse import stage_columns
from quality.interface import Gate
from quality.rows import judge


@dataclass(frozen=True)
class GateVerdict:
    """Whether the batch may pass, and if not, why."""

    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Judged:
    """A batch with the verdicts of the row engine, on its way into the stage."""

    frames: Mapping[str, pl.DataFrame]
    """Dataset -> `Judgement.frame`; without those that were recognised."""
    received: Mapping[str, int]
    broken: Mapping[str, Mapping[str, int]]
    same: Mapping[str, int]
    seconds: float


@dataclass(frozen=True)
class Staged:
    """A batch in its committed stage tables, or carried past them."""

    tables: Mapping[str, str]
    """Dataset -> name of its stage table."""
    received: Mapping[str, int]
    """Dataset -> records in the landed bytes."""
    broken: Mapping[str, Mapping[str, int]]
    """Dataset -> rule -> broken rows, by the row engine."""
    gate: GateVerdict
    same: Mapping[str, int] = field(default_factory=dict)
    """Dataset -> records that were recognised and not judged."""
    eye: UnchangedFilter | None = None
    """What recognised them."""
    seconds: float = 0.0
    """Spent on judging and staging it."""
    carried: DirectRows | None = None
    """Its rows, when they go past the stage: there are no stage tables of it then."""

    @property
    def verdict(self) -> Mapping[str, object]:
        """What is noted of it, by dataset."""
        return {"broken": self.broken, "received": self.received, "same": self.same}


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

    def __call__(self, run: Run, batch: Batch, *, whole: bool = False) -> Staged:
        """Judge a landed batch and commit its stage; `whole` judges recognised records too."""
        return self.gate(run, batch, self.stage(run, batch, self.validate(run, batch, self.read(batch), whole=whole)))

    def validate(self, run: Run, batch: Batch, frames: Mapping[str, pl.DataFrame], *, whole: bool = False) -> Judged:
        """Judge the records of a batch, which `read` gave; those that are recognised are only counted."""
        started = time.monotonic()
        broken: dict[str, Mapping[str, int]] = {}
        same: dict[str, int] = {}
        judged: dict[str, pl.DataFrame] = {}
        eye = None if whole or run.mode == "replay" or self._due(batch) else self.eye
        for dataset in self.contract.datasets:
            strange = self._strangers(eye, run, batch, dataset, frames[dataset.name]) if eye else frames[dataset.name]
            if recognised := frames[dataset.name].height - strange.height:
                same[dataset.name] = recognised
            judgement = judge(dataset, strange, self.lists)
            broken[dataset.name] = dict(judgement.broken)
            judged[dataset.name] = with_findings(judgement.frame)
        received = {name: frame.height for name, frame in frames.items()}
        return Judged(judged, received, broken, same, time.monotonic() - started)

    def stage(self, run: Run, batch: Batch, judged: Judged, *, carry: bool = False) -> Staged:
        """Commit the stage of a judged batch; with `carry`, one of which most is simply new goes past it."""
        started = time.monotonic()
        names = {d.name: batch.stage_name(run, d.name) for d in self.contract.datasets}
        staged = Staged(names, judged.received, judged.broken, GateVerdict(), judged.same, self.eye)
        frames = {d.name: staged_frame(d, judged.frames[d.name], self.keys) for d in self.contract.datasets}
        carried = self._carried(run, batch, frames) if carry and self.carries and not self._due(batch) else None
        if carried is None:
            with self.engine.begin() as connection:
                for dataset in self.contract.datasets:
                    copy_to_stage(connection, names[dataset.name], stage_columns(dataset), frames[dataset.name])
                batches.stage(connection, run, batch, verdict=staged.verdict)
        return replace(staged, carried=carried, seconds=judged.seconds + time.monotonic() - started)

    def _carried(self, run: Run, batch: Batch, frames: Mapping[str, pl.DataFrame]) -> DirectRows | None:
        [dataset] = self.contract.datasets
        with self.engine.connect() as connection:
            return copy_path.split(connection, dataset, frames[dataset.name], system=run.system, serial=batch.serial)

    @cached_property
    def carries(self) -> bool:
        """Whether batches may go past the stage: their records own no others, and the database has the role for it."""
        if len(self.contract.datasets) > 1:
            return False
        with self.engine.connect() as connection:
            return row_security.ready(connection, row_security.COPIER)

    def gate(self, run: Run, batch: Batch, staged: Staged) -> Staged:
        """Let the declared suite look at a committed stage when it is due; the batch with its verdict."""
        started = time.monotonic()
        gate = self._gate(run, batch, staged.tables, staged.received, staged.broken)
        self.on_event("batch.judged", {
            "stream": run.stream, "batch": batch.id, "broken": sum(sum(r.values()) for r in staged.broken.values()),
            "carried": staged.carried.count if staged.carried else 0,
            "seconds": round(staged.seconds, 3), "gate_seconds": round(time.monotonic() - started, 3) if gate is not None else None,
        })
        return replace(staged, gate=_verdict(gate))

    def _strangers(self, eye: UnchangedFilter, run: Run, batch: Batch, dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
        with self.engine.begin() as connection:
            batches.keep(connection, run, batch)
            return eye.look(connection, run.system, batch.stage_name(run, dataset.name), frame)

    @cached_property
    def eye(self) -> UnchangedFilter | None:
        """What recognises records that came before exactly so."""
        return UnchangedFilter.of(self.contract, self.lists, self.keys)

    def recall(self, run: Run, batch: Batch) -> Staged:
        """A batch that was judged earlier, by another process."""
        with self.engine.connect() as connection:
            verdict = batches.verdict_of(connection, batch.id)
            reasons = batches.gate_reasons(connection, batch.id)
        names = {d.name: batch.stage_name(run, d.name) for d in self.contract.datasets}
        return Staged(names, verdict["received"], verdict["broken"], GateVerdict(tuple(reasons)), verdict["same"], self.eye)

    def read(self, batch: Batch, bodies: Sequence[bytes] | None = None) -> Mapping[str, pl.DataFrame]:
        """The records of a batch by dataset, each row with the page and the place in it that it came from."""
        parts: dict[str, list[pl.DataFrame]] = {d.name: [] for d in self.contract.datasets}
        before = 0
        for i, page in enumerate(batch.pages):
            body = bodies[i] if bodies is not None else self.landing.read(page.sha256)
            frames = self.source.records(body, page.media_type)
            main = frames[self.contract.datasets[0].name].height
            if main != page.records:
                raise Unbalanced(f"Landed page {page.sha256[:16]}… holds {main} records; the source said {page.records}")
            for dataset in self.contract.datasets:
                owner = pl.col("_owner") + before if dataset.parent else pl.lit(None, pl.Int64)
                parts[dataset.name].append(frames[dataset.name].with_columns(
                    pl.lit(page.id, pl.Int64).alias("_landing"), pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row"), owner.alias("_owner"),
                ))
            before += main
        frames = {name: pl.concat(part) if part else self._empty(name) for name, part in parts.items()}
        return {name: self.eye.mark(frame) if self.eye else frame for name, frame in frames.items()}

    def _empty(self, name: str) -> pl.DataFrame:
        columns = {f.name: pl.String for f in self.contract.dataset(name).fields}
        return pl.DataFrame(schema={**columns, "_landing": pl.Int64, "_row": pl.Int64, "_owner": pl.Int64})

    def _gate(self, run: Run, batch: Batch, names: Mapping[str, str], received: Mapping[str, int],
              broken: Mapping[str, Mapping[str, int]]) -> Gate | None:
        """Let the declared suite judge the committed stage. In bulk, a deterministic share of the batches."""
        if not self._due(batch):
            return None
        from quality.gate import Staged as StagedTable  # 5 s and 220 MB to import: only when due
        from quality.gate import run_gate

        tables = [
            StagedTable(dataset=d, schema="stage", table=names[d.name], rows=received[d.name], broken=broken[d.name], lists=self.lists)
            for d in self.contract.datasets
        ]
        gate = run_gate(self.engine.url.render_as_string(hide_password=False), tables, docs=self.docs / run.stream if self.docs else None)
        with self.engine.begin() as connection:
            batches.stage(connection, run, batch, gate_seconds=round(gate.seconds, 3), gate={
                "counts": dict(gate.counts), "failed": list(gate.failed), "disagreements": list(gate.disagreements)})
        return gate

    def _due(self, batch: Batch) -> bool:
        return batch.number == 1 or int(batch.id[:8], 16) / 0xFFFFFFFF < self.gate_share


def _verdict(gate: Gate | None) -> GateVerdict:
    if gate is None:
        return GateVerdict()
    return GateVerdict((*(f"{rule} failed" for rule in gate.failed), *(f"the engines disagree on {d}" for d in gate.disagreements)))
