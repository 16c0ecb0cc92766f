"""A small city whose systems have all been read once and can be watched: what `proofs.watching` and `proofs.trial` use."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from hub.app import Hub
from hub.core import events
from hub.core.deployment import pool_purpose
from hub.core.settings import ROOT, Settings, read_settings
from hub.demonstration.local_stack import airflow_up, standing
from hub.demonstration.twin_process import Twins
from hub.evidence import indexes
from orchestration.partitions import on_change_id

RECORDS, DOSSIERS = 5_000, 500
FIRST_RUNS_S = 900.0
"""A watcher's first finding is news to it, so each watched system is read once more at the start."""


@contextmanager
def city(name: str, port_base: int) -> Iterator[tuple[Settings, Hub, Twins]]:
    """Database, twins and a hub that has read every watched system once, during the block."""
    given = {
        "home": ROOT / "var" / "bench" / name,
        "scenario": f"{name}-{time.time_ns()}",
        "records": RECORDS,
        "dossiers": DOSSIERS,
        "port_base": port_base,
    }
    with ExitStack() as stack:
        stack.enter_context(_environment(given))
        settings = read_settings()
        hub, twins = stack.enter_context(standing(settings))
        twins.wait()
        for stream in hub.deployment.streams.values():
            if stream.system.watch is not None:
                hub.exchange(stream.id, on_event=events.ignore).sync()
        indexes.build(hub.engine, hub.contracts)
        yield settings, hub, twins


@contextmanager
def watching(settings: Settings, hub: Hub) -> Iterator[Any]:
    """Airflow with the triggerer and all watchers, quiet: the runs of their first findings have ended."""
    with airflow_up(settings, hub) as flow:
        for pool, slots in hub.deployment.pools.items():
            flow.api.ensure_pool(pool, slots, pool_purpose(pool))
        watched = [name for name, system in hub.deployment.read.items() if system.watch is not None]
        flow.watch(watched)
        until(lambda: all(_read(flow, name) for name in watched), "the first runs of the watchers", FIRST_RUNS_S)
        yield flow


def until(holds: Callable[[], bool], what: str, patience_s: float) -> None:
    """Wait until something holds. Raises SystemExit."""
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not come within {patience_s:.0f} s")
        time.sleep(0.2)


def _read(flow: Any, system: str) -> bool:
    states = [run["state"] for run in flow.api.runs(on_change_id(system))]
    if "failed" in states:
        raise SystemExit(f"a run of {on_change_id(system)} failed: its log says why")
    return bool(states) and set(states) == {"success"}


@contextmanager
def _environment(given: Mapping[str, object]) -> Iterator[None]:
    """Settings for this process and for Airflow's tasks alike."""
    names = {f"HUB_{name.upper()}": str(value) for name, value in given.items()}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name)
