"""Loads and marks one city: `python -m proofs.quality.walk`, in a process of its own, so that its memory can be measured.

The twins listen on a real socket. The hub reads every stream of the deployment by the loading path
(`hub/load/exchange.py`) into a real PostgreSQL, and the declared suite checks every batch, not a share of them. The
verdicts come from the hub's own tables only. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import polars as pl
import structlog

from contracts.cross_rules import load_cross_rules
from hub.app import Hub, open_hub
from hub.core.deployment import load_deployment
from hub.core.settings import Settings, read_settings
from hub.cross_register import checking
from hub.demonstration.twin_process import Twins
from hub.local.scenario import open_scenario
from proofs.quality import marks, reported
from proofs.quality.pace import Pace


def walk(settings: Settings, names: Path | None, pace: Pace, keep: bool) -> dict[str, object]:
    """Serve the city, sync all streams, mark: {seed, received, batches, compared, seconds, peak_mb, marks}."""
    started = time.monotonic()
    deployment = load_deployment(settings.deployment, as_of=settings.as_of)
    scenario = open_scenario(settings, deployment)
    table = scenario.folder / "expected.parquet"
    options = ("--expect", str(table), *(("--names", str(names)) if names else ()))
    with ExitStack() as stack:
        if not keep:
            stack.callback(shutil.rmtree, scenario.folder)
        hub = stack.enter_context(open_hub(settings))
        twins = Twins(settings, scenario, deployment, *options)
        stack.callback(twins.stop)
        twins.start()
        twins.wait()
        pace.built(time.monotonic() - started)
        for stream in hub.deployment.streams:
            hub.exchange(stream, on_event=pace.hear).sync()
        for rule in load_cross_rules(hub.contracts):
            for system in checking.systems_of(hub.deployment, rule):
                checking.check(hub.engine, rule, system, hub.scenario.now())
        expected = pl.read_parquet(table)
        batches, compared = reported.compared(hub)
        return {
            "seed": settings.seed,
            "received": reported.received(hub),
            "batches": batches,
            "compared": compared,
            "seconds": round(time.monotonic() - started, 1),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "marks": [asdict(each) for each in _marks(hub, expected)],
            "false": _samples(hub, expected),
        }


def _marks(hub: Hub, expected: pl.DataFrame) -> list[marks.Mark]:
    harmless = expected.filter(pl.col("expected") == "accepted").select(marks.RECORD)
    return marks.mark(expected, reported.alarms(hub), reported.stored(hub, harmless), reported.again(hub))


def _samples(hub: Hub, expected: pl.DataFrame, most: int = 20) -> list[Mapping[str, object]]:
    """Some false alarms to look at: keys and rules, never a value."""
    judged = marks.right(expected, reported.alarms(hub))
    return (
        judged.filter(~pl.col("right"))
        .unique(["dataset", "rule"], maintain_order=True)
        .head(most)
        .select(*marks.RECORD, "rule", "effect")
        .to_dicts()
    )


def main() -> None:
    """Walk the city that the options name."""
    parser = argparse.ArgumentParser(prog="python -m proofs.quality.walk")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--dossiers", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True, help="folder of the state")
    parser.add_argument("--names", type=Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--number", type=int, default=1)
    parser.add_argument("--of", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--lane", type=int, default=0, help="which of the cities walked at the same time: three ports each"
    )
    given = parser.parse_args()
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )  # progress messages of the hub are not part of the answer
    port = read_settings().port_base + 3 * given.lane
    settings = read_settings(
        port_base=port, home=given.home, records=given.records, dossiers=given.dossiers, seed=given.seed, gate_share=1.0
    )
    districts = sum(
        "dossier" in s.contracts and not s.repeats
        for s in load_deployment(settings.deployment, as_of=settings.as_of).systems.values()
    )
    pace = Pace(given.number, given.of, given.jobs, given.records + districts * given.dossiers)
    json.dump(walk(settings, given.names, pace, given.keep), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
