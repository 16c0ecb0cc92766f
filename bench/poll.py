"""A poll that finds nothing new, beside dlt's incremental poll of the same twin: REST and SOAP, a cold process each.

    python -m bench.poll [--pairs N] [--records N] [--dossiers N]

Ours is `hub sync STREAM`: start-up, the question to the source, the landing, the ledger. Both sides have loaded
everything and polled twice before they are measured; then they take turns. What counts is the CPU of the process; twins
and PostgreSQL are left out on both sides.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rich

from bench import loaders
from bench.measures import Row, Spent, machine, spent
from hub.app import Hub
from hub.core.settings import ROOT, Settings
from hub.demonstration.local_stack import standing
from hub.local.embedded import EmbeddedServer

STREAMS = {"REST": "one-stop-761.dossier", "SOAP": "moj-registry.birth"}
MOST_MB = 200
BEFORE = 3
"""Polls of each side before it is measured: the first loads everything, the second meets the overlap."""


@dataclass(frozen=True)
class Sides:
    """Both sides of a wire, each as the command of one poll."""

    ours: list[str | Path]
    peer: list[str | Path]
    env: dict[str, str]
    """The scenario, for our process."""
    clock: Callable[[], datetime] | None = None
    """The twins' clock, where the peer's command ends with it."""

    def poll_ours(self) -> Spent:
        return spent(self.ours, self.env)

    def poll_peer(self) -> Spent:
        return spent([*self.peer, *([self.clock().isoformat()] if self.clock else [])])


def rows(
    state: Path, *, pairs: int = 3, records: int = 20_000, dossiers: int = 200, port_base: int = 8900
) -> list[Row]:
    """CPU seconds and memory of a poll that finds nothing new, over each wire; medians of so many pairs."""
    python = loaders.peers(state)
    settings = Settings(
        home=state, scenario=f"poll-{records}-{dossiers}", records=records, dossiers=dossiers, port_base=port_base
    )
    found: list[Row] = []
    with standing(settings) as (hub, twins):
        twins.wait()
        server = EmbeddedServer(hub.scenario.folder / "postgres", settings.database_port)
        url = server.ensure("peer", "peer", "peer")
        for wire in STREAMS:
            sides = _sides(wire, hub, settings, python, url)
            for _ in range(BEFORE):
                sides.poll_ours()
                version = str(json.loads(sides.poll_peer().output.splitlines()[-1])["version"])
            measured = [(sides.poll_ours(), sides.poll_peer()) for _ in range(pairs)]
            _require_nothing_new(measured)
            found += _compared(wire, measured, f"dlt {version}", records, dossiers)
    return found


def _sides(wire: str, hub: Hub, settings: Settings, python: Path, url: str) -> Sides:
    stream = hub.deployment.stream(STREAMS[wire])
    system, folder = hub.system(stream.system.id), hub.scenario.folder / f"peer-{wire}"
    folder.mkdir(exist_ok=True)
    more: list[str | Path] = []
    if wire == "SOAP":
        wsdl = system.folder / str(system.options["wsdl"])
        more = [wsdl, str(system.options["first_day"])]
    script = loaders.PEERS / "dlt_poll.py"
    peer = [python, script, wire.lower(), url, system.address, hub.secrets_file, system.id, folder, *more]
    env = {
        "HUB_HOME": str(settings.home),
        "HUB_SCENARIO": settings.scenario,
        "HUB_RECORDS": str(settings.records),
        "HUB_DOSSIERS": str(settings.dossiers),
        "HUB_PORT_BASE": str(settings.port_base),
    }
    return Sides(
        [Path(sys.executable).parent / "hub", "sync", stream.id, "--json"],
        peer,
        env,
        hub.scenario.now if more else None,
    )


def _require_nothing_new(measured: list[tuple[Spent, Spent]]) -> None:
    """Both sides found nothing new in every measured poll; otherwise their figures say something else."""
    for ours, peer in measured:
        total = json.loads(ours.output[ours.output.index("{") :])["total"]
        if total["accepted"] or not total["received"]:
            raise RuntimeError(f"our poll received {total['received']} records and accepted {total['accepted']}")
        if loaded := json.loads(peer.output.splitlines()[-1])["rows"]:
            raise RuntimeError(f"the peer's poll loaded {loaded} records")


def _compared(wire: str, measured: list[tuple[Spent, Spent]], version: str, records: int, dossiers: int) -> list[Row]:
    def median(side: int, what: str) -> float:
        return statistics.median(float(getattr(pair[side], what)) for pair in measured)

    with_ = {"records": records, "dossiers": dossiers, "process": "cold", **machine()}
    work = f"a poll that finds nothing new, {wire}"
    cpu, theirs = median(0, "cpu"), median(1, "cpu")
    peak, their_peak = median(0, "peak_mb"), median(1, "peak_mb")
    memory = Row(
        f"{work}, peak MB",
        round(peak),
        round(their_peak),
        version,
        their_peak / peak,
        len(measured),
        with_ | {"limit_mb": MOST_MB, "kept": peak <= MOST_MB},
    )
    return [
        Row(f"{work}, CPU s", round(cpu, 2), round(theirs, 2), version, theirs / cpu, len(measured), with_, must=1.0),
        memory,
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.poll", description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--dossiers", type=int, default=200)
    parser.add_argument("--port-base", type=int, default=8900)
    given = parser.parse_args()
    state = ROOT / "var" / "bench"
    state.mkdir(parents=True, exist_ok=True)
    for row in rows(
        state, pairs=given.pairs, records=given.records, dossiers=given.dossiers, port_base=given.port_base
    ):
        ratio = f"{row.ratio:.2f} times" if row.ratio else ""
        rich.print(f"{row.work}: {row.ours} beside {row.peer} of {row.peer_version}, {ratio}")


if __name__ == "__main__":
    main()
