"""Does a record cost the same in the first hundred thousand and in the twelfth million? Births from a register's dump
into an empty hub, by `hub sync`, the command that walks what Airflow's tasks walk.

    python -m bench.scale [--records 100000 1000000 4000000 12800000]

Each size is a process and a database of its own. Writes bench/scale.json and docs/benchmarks.md; a size that was
measured before is replaced, the others stay.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
import rich

from bench import births, deployment, loaders, page
from bench.measures import machine, spent
from hub.core.settings import ROOT
from hub.local.embedded import EmbeddedServer

HUB = Path(sys.executable).with_name("hub")
OVER = "a dump (NDJSON)"
SIZES = (100_000, 1_000_000, 4_000_000, 12_800_000)
DISK_A_BIRTH = 4_000
"""Bytes: the dump with its CSV, the landed page, the row with its indexes."""
DEARER, GROWTH_MB = 1.3, 5.0
"""Promised: most CPU a record at 12.8 million beside that at one million; most growth of the peak a million records."""


def load(server: EmbeddedServer, state: Path, records: int) -> dict[str, Any]:
    """One first load: seconds, CPU seconds, peak of the process, disk of database and landing."""
    ndjson, csv = births.make(state / "scale", records)
    csv.write_bytes(b"")  # not needed here; the empty file says that both were made
    with loaders.database(server) as url, tempfile.TemporaryDirectory(dir=state) as home:
        folder = Path(home)
        environment = deployment.environment(folder, ndjson, url)
        spent([HUB, "ledger", "--json"], environment)  # creates the tables
        done = spent([HUB, "sync", deployment.DUMP_STREAM, "--full", "--json"], environment)
        total = json.loads(done.output)["total"]
        terms = [total[name] for name in ("accepted", "unchanged", "duplicate", "outdated", "quarantined")]
        if not total["received"] == records == sum(terms):
            raise AssertionError(f"{records} births do not balance: {total}")
        with psycopg.connect(url) as connection:
            [stored] = connection.execute("select pg_database_size(current_database())").fetchone() or [0]
        landed = sum(each.stat().st_size for each in (folder / "home").rglob("*") if each.is_file())
    return {
        "over": OVER,
        "records": records,
        "seconds": round(done.wall, 1),
        "cpu": round(done.cpu, 1),
        "peak_mb": round(done.peak_mb),
        "disk_gb": round((stored + landed) / 1e9, 2),
        "with": machine(),
    }


def kept(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is promised of size, beside what was measured."""
    by_size = {row["records"]: row for row in rows if row["over"] == OVER}
    if not {1_000_000, 12_800_000} <= set(by_size):
        return []
    small, large = by_size[1_000_000], by_size[12_800_000]
    dearer = (large["cpu"] / large["records"]) / (small["cpu"] / small["records"])
    growth = (large["peak_mb"] - small["peak_mb"]) / 11.8
    return [
        f"CPU a record at 12.8 million: {dearer:.2f} times that at one; at most {DEARER}",
        f"peak of the process: {large['peak_mb']} MB, {growth:.1f} MB more a million; at most 512, {GROWTH_MB:g}",
    ]


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("--records", type=int, nargs="+", default=SIZES)
    given = parser.parse_args()
    state = ROOT / "var" / "bench"
    state.mkdir(parents=True, exist_ok=True)
    needed, free = max(given.records) * DISK_A_BIRTH, shutil.disk_usage(state).free
    print(f"the largest needs about {needed / 1e9:.0f} GB of disk; {free / 1e9:.0f} GB are free", flush=True)
    if needed > free:
        sys.exit("not enough disk: fewer --records")
    server = EmbeddedServer(state / "postgres", loaders.free_port())
    server.start()
    try:
        for records in given.records:
            row = load(server, state, records)
            rich.print(row)
            others = [each for each in page.read(page.SCALE) if (each["over"], each["records"]) != (OVER, records)]
            rows = sorted([*others, row], key=lambda each: (each["over"], each["records"]))
            page.SCALE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            page.write()
    finally:
        server.stop()
    for line in kept(page.read(page.SCALE)):
        rich.print(line)


if __name__ == "__main__":
    main()
