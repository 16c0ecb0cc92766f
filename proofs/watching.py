"""Measures what watching costs: Airflow with nothing to do, without watchers and with them, on the same city.

    python -m proofs.watching [--seconds 600]

The shipped thing: 22 districts are asked every 3 s, the registry every 15 s, the others every 5 minutes; nothing new
comes. Without watchers means neither the triggerer nor the DAGs on change. Twins and PostgreSQL are not counted.
Writes proofs/watching.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import rich

from hub.core.settings import ROOT
from hub.demonstration.local_stack import airflow_up
from orchestration.local.stack import PARTS, TRIGGERER
from proofs.watched_city import city, watching

RESULTS = Path(__file__).parent / "watching.json"
MOST_CORES = 0.1
SETTLE_S = 45.0


def main() -> None:
    """Measure both, write, print."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.watching", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600.0)
    seconds = parser.parse_args().seconds
    with city("watching", 8950) as (settings, hub, _twins):
        with tempfile.TemporaryDirectory() as folder:
            dags = Path(shutil.copytree(ROOT / "dags", Path(folder) / "dags"))
            (dags / "on_change.py").unlink()
            with airflow_up(settings, hub, dags=dags) as flow:
                without = measured(flow, tuple(PARTS), seconds)
        with watching(settings, hub) as flow:
            runs = started(flow)
            with_them = measured(flow, (*PARTS, TRIGGERER), seconds)
            new_runs = started(flow) - runs
        asked = sum(seconds / each.watch.total_seconds() for each in hub.deployment.read.values() if each.watch)
    added = with_them["cores"] - without["cores"]
    result = {
        "seconds": seconds,
        "without_watchers": without,
        "with_watchers": with_them,
        "added_cores": round(added, 3),
        "most_cores": MOST_CORES,
        "systems_asked_about": round(asked),
        "runs_started": new_runs,
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    rich.print(
        f"Airflow without watchers {without['cores']:.3f} cores, with them {with_them['cores']:.3f}; "
        f"added {added:.3f} of at most {MOST_CORES} ({'kept' if added <= MOST_CORES else 'MISSED'})"
    )
    for name, each in with_them["parts"].items():
        before = without["parts"].get(name, {"cores": 0.0})["cores"]
        rich.print(f"  {name:<14} {before:.3f} -> {each['cores']:.3f} cores, {each['mb']} MB")
    if new_runs:
        raise SystemExit(f"{new_runs} runs were started although nothing was new")


def measured(flow: Any, parts: tuple[str, ...], seconds: float) -> dict[str, Any]:
    """Cores that the processes of an Airflow took over a while, by part, with the memory of each."""
    time.sleep(SETTLE_S)
    pids = {name: flow.process(name).pid for name in parts}
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    cores = {name: (cpu_s(pid) - before[name]) / took for name, pid in pids.items()}
    return {
        "cores": round(sum(cores.values()), 4),
        "parts": {name: {"cores": round(cores[name], 4), "mb": memory_mb(pid)} for name, pid in pids.items()},
    }


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its descendants: those that live, and those that were waited for."""
    total = 0.0
    for process in _tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue  # it has just ended: its parent has its time now
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mb(pid: int) -> int:
    """Memory of a process and its descendants, shared pages counted once."""
    return round(sum(process.memory_full_info().pss for process in _tree(pid)) / (1 << 20))


def started(flow: Any) -> int:
    """Runs of all DAGs until now."""
    return sum(len(flow.api.runs(dag)) for dag in flow.api.dags())


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


if __name__ == "__main__":
    main()
