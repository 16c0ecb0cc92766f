"""Cost of a decision as the city's evidence grows, compared with pgbench running the same SQL on the same server.

    python -m bench.reuse [--sizes 10000,100000,1000000,10000000] [--questions N]

A question goes through `hub/answers/decisions/decision_service.py` like an officer's: all requirements of a procedure are
located, decided and recorded. Its statements are captured once as a pgbench script, so that both sides send the same.
Writes bench/reuse.json.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import rich
from rich.console import Console
from rich.table import Table

from bench.reuse.evidence import grow, prepare
from bench.reuse.questions import measure
from hub.app import open_hub
from hub.core.settings import ROOT, read_settings

RESULTS = Path(__file__).parents[1] / "reuse.json"
AIM = 0.4
"""Share of pgbench's rate that is the hub's goal."""


def main() -> None:
    """Grow, measure, print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.reuse", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,100000,1000000,10000000")
    parser.add_argument("--questions", type=int, default=1_000)
    given = parser.parse_args()
    rows, held = [], 0
    with open_hub(
        read_settings(home=ROOT / "var" / "bench" / "reuse", scenario=f"bench-{time.time_ns()}", port_base=8960)
    ) as hub:
        prepare(hub)
        for size in map(int, given.sizes.split(",")):
            grow(hub, held, size)
            held = size
            rows.append({"evidence": size, **measure(hub, given.questions)})
            rich.print(rows[-1])
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    _print(rows)


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(title="An officer's question, as the evidence grows", title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{v:,}" for v in row.values()))
    Console(width=160).print(table)
    flat = max(r["p50_ms"] for r in rows) / rows[0]["p50_ms"]
    least = min(r["share_of_pgbench"] for r in rows)
    rich.print(
        f"median at its slowest {flat:.2f} times that of {rows[0]['evidence']:,} items; at least {least:.0%} of pgbench's rate (aim {AIM:.0%})"
    )


if __name__ == "__main__":
    main()
