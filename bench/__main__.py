"""Compares what ships with its peers: start-up, an idle poll, first loads and reloads over each wire.

    python -m bench [WORK ...] [--pairs N] [--records N]

The sides take turns (ours, peer, ours, peer ...), so that a busy machine affects both, and medians are compared. Writes
bench/results.json and docs/benchmarks.md, and prints the table with the distance to what is promised. With names of
works only those are measured anew.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import rich
from rich.table import Table

from bench import page, poll, snapshot, startup, stores, wire
from bench.measures import Row
from hub.core.settings import ROOT

WORKS: Mapping[str, Callable[[Path, int, Mapping[str, int]], list[Row]]] = {
    "startup": lambda state, pairs, _: startup.rows(state, max(pairs, 5)),
    "poll": lambda state, pairs, size: poll.rows(state, pairs=pairs, **size),
    "wire": lambda state, pairs, size: wire.rows(state=state, pairs=pairs, **size),
    "stores": lambda state, pairs, size: stores.rows(state=state, pairs=pairs, **size),
    "snapshot": lambda state, pairs, size: snapshot.rows(state=state, pairs=pairs, **size),
}
"""Name of a work -> how it is measured: folder for its state, pairs, and the records, if other than are published."""


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"{', '.join(WORKS)}; without any: all")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--records", type=int, help="fewer records than are published, for a first look")
    given = parser.parse_args()
    if unknown := set(given.works) - set(WORKS):
        parser.error(f"no such work: {', '.join(sorted(unknown))}; there are {', '.join(WORKS)}")
    state = ROOT / "var" / "bench"
    state.mkdir(parents=True, exist_ok=True)
    measured: list[dict[str, Any]] = []
    for name in given.works or WORKS:
        rich.print(f"[bold]{name}[/]")
        size = {"records": given.records} if given.records else {}
        measured += [_json(row) for row in WORKS[name](state, given.pairs, size)]
    rows = _joined(page.read(page.RESULTS), measured) if given.works else measured
    page.RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write()
    _print(measured)


def _json(row: Row) -> dict[str, Any]:
    ratio = row.ratio and round(row.ratio, 2)
    return {name.rstrip("_"): value for name, value in asdict(replace(row, ratio=ratio)).items()}


def _joined(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The old rows, those that were measured anew replaced."""
    again = {row["work"] for row in new}
    return [row for row in old if row["work"] not in again] + new


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table("work", "ours", "peer", "peer's version", "ratio", "must", "aim")
    for row in rows:
        names = ("work", "ours", "peer", "peer_version", "ratio", "must", "aim")
        table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    rich.print(table)
    for row in rows:
        if row["must"] is not None and (row["ratio"] or 0) < row["must"]:
            rich.print(f"[red]MISSED[/] {row['work']}: {row['ratio']}, promised {row['must']}")
        elif row["aim"] is not None and (row["ratio"] or 0) < row["aim"]:
            rich.print(f"{row['work']}: {row['ratio']}, aim {row['aim']}, {row['aim'] - (row['ratio'] or 0):.2f} to go")


if __name__ == "__main__":
    main()
