"""Compares the hub's loading path with dlt and plain COPY, on the same births and the same server.

    python -m bench [--records N] [--pairs N]

The loaders take turns (ours, dlt, ours, dlt ...), so that a busy machine affects both, and medians are compared. Writes
bench/results.json and prints the table with the distance to the goals.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from pathlib import Path

import rich
from rich.table import Table

from bench import births, loaders
from hub.core.settings import ROOT
from hub.local.embedded import SETTINGS, EmbeddedServer

RESULTS = Path(__file__).parent / "results.json"
FLOORS = {"first load": 3.0, "reload": 5.0}
"""Work -> required speed relative to dlt's Arrow merge."""
AIMS = {"first load": 7.0, "reload": 5.0}
MEMORY_MB = 512
SERVER = ("shared_buffers", "work_mem", "max_wal_size", "min_wal_size", "wal_level")
"""Settings of the server that are published with the figures."""


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    state = ROOT / "var" / "bench"
    ndjson, csv = births.make(state, given.records)
    server = EmbeddedServer(state / "postgres", loaders.free_port())
    server.start()
    try:
        copied = statistics.median(loaders.copy(server, csv) for _ in range(given.pairs))
        pairs = []
        for number in range(1, given.pairs + 1):
            pairs.append((loaders.ours(server, ndjson, state), loaders.dlt(server, ndjson, state)))
            rich.print(
                f"pair {number}: "
                + ", ".join(
                    f"{work} {o['seconds']} s, dlt {pairs[-1][1][work]['seconds']} s"
                    for work, o in pairs[-1][0].items()
                )
            )
    finally:
        server.stop()
    rows = _rows(pairs, copied, given.records)
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    _print(rows)


def _rows(pairs: list[tuple[loaders.Loads, loaders.Loads]], copied: float, records: int) -> list[dict[str, object]]:
    """One row for each comparison; speeds in rows per second, medians over the pairs."""
    with_ = {
        "records": records,
        "pairs": len(pairs),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "server": {name: SETTINGS[name] for name in SERVER} | {"fsync": "on", "synchronous_commit": "on"},
    }

    def median(side: int, work: str, what: str) -> float:
        return statistics.median(float(str(pair[side][work][what])) for pair in pairs)

    def row(
        work: str, mine: float, peer: float | None, version: str, ratio: float | None, **more: object
    ) -> dict[str, object]:
        return {
            "work": work,
            "ours": mine,
            "peer": peer,
            "peer_version": version,
            "ratio": ratio and round(ratio, 2),
            "n": len(pairs),
            "with": with_ | more,
        }

    rows = []
    version = f"dlt {pairs[0][1]['reload']['version']}, Arrow merge"
    for work in FLOORS:
        seconds, theirs, gate = median(0, work, "seconds"), median(1, work, "seconds"), median(0, work, "gate_seconds")
        rows.append(
            row(
                f"{work}, rows/s",
                round(records / seconds),
                round(records / theirs),
                version,
                theirs / seconds,
                gate_seconds=gate,
            )
        )
        without = seconds - gate
        rows.append(
            row(
                f"{work} without the declared suite, rows/s",
                round(records / without),
                round(records / theirs),
                version,
                theirs / without,
            )
        )
    first = median(0, "first load", "seconds")
    beside = "first load beside bare COPY with primary key, rows/s"
    rows.append(row(beside, round(records / first), round(records / copied), "PostgreSQL 18 COPY", copied / first))
    peak, theirs = median(0, "reload", "peak_mb"), median(1, "reload", "peak_mb")
    rows.append(row("peak memory of the process, MB", round(peak), round(theirs), version, theirs / peak))
    return rows


def _print(rows: list[dict[str, object]]) -> None:
    table = Table("work", "ours", "peer", "peer's version", "ratio")
    for row in rows:
        table.add_row(
            *(
                f"{row[name]:,}" if isinstance(row[name], int) else str(row[name])
                for name in ("work", "ours", "peer", "peer_version", "ratio")
            )
        )
    rich.print(table)
    by_work = {str(row["work"]): row for row in rows}
    for work, floor in FLOORS.items():
        for name in (f"{work}, rows/s", f"{work} without the declared suite, rows/s"):
            ratio = float(str(by_work[name]["ratio"]))
            verdict = "met" if ratio >= floor else "MISSED"
            rich.print(
                f"{name}: {ratio:.2f} times dlt; floor {floor:g} {verdict}; aim {AIMS[work]:g}, {max(0.0, AIMS[work] - ratio):.2f} to go"
            )
    peak = int(str(by_work["peak memory of the process, MB"]["ours"]))
    rich.print(f"peak memory: {peak} MB; limit {MEMORY_MB} {'kept' if peak <= MEMORY_MB else 'EXCEEDED'}")


if __name__ == "__main__":
    main()
