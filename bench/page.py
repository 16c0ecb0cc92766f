"""`docs/benchmarks.md`, written from the measured files: nobody types a figure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.core.settings import ROOT
from hub.local.server_settings import SETTINGS

RESULTS = Path(__file__).parent / "results.json"
SCALE = Path(__file__).parent / "scale.json"
PAGE = ROOT / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

`make bench` runs each work beside its peer on one machine, in turns, and compares medians. A machine is noisy, so only
ratios count: *ratio* says how many times better ours is (for costs peer / ours, for speeds ours / peer). *CPU* is user
and system time of all processes of a side; PostgreSQL and the twins, which serve both sides alike, are apart. Peers
live in an environment of their own with pinned versions. `make bench` writes `bench/results.json` and this page.

All figures of this page are of the embedded server with `wal_level={wal_level}`, ours and the peers' alike. A server
that is backed up runs with `replica` and writes more log at first loads ([backup](backup.md)).
"""


def written(results: Sequence[Mapping[str, Any]], scale: Sequence[Mapping[str, Any]]) -> str:
    """The page, as Markdown with lines of at most 120 characters outside of tables."""
    parts = [HEAD.format(wal_level=SETTINGS["wal_level"]), *_comparisons(results)]
    if scale:
        parts.append(_scale(scale))
    return "\n".join(parts)


def write() -> None:
    """Write the page from the measured files."""
    PAGE.write_text(written(read(RESULTS), read(SCALE)), encoding="utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a measured file; none if it was never measured."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _comparisons(results: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield "## Beside peers\n"
    yield _table(
        ("work", "ours", "peer", "ratio", "must", "aim"),
        (
            (
                row["work"],
                _figure(row["ours"]),
                _figure(row["peer"]),
                f"{row['ratio']:.2f}" if row["ratio"] else "-",
                _wanted(row, "must"),
                _wanted(row, "aim"),
            )
            for row in results
        ),
    )
    yield "Peers, and what another measurement must repeat:\n"
    for row in results:
        conditions = ", ".join(f"{name} {_plain(value)}" for name, value in row["with"].items())
        yield from _folded(f"* *{row['work']}*, medians of {row['n']}. Peer: {row['peer_version']}. {conditions}")
    yield ""


def _scale(rows: Sequence[Mapping[str, Any]]) -> str:
    head = (
        "## Up to 12.8 million\n\n"
        "`python -m bench.scale` loads births into an empty hub, by the path that Airflow's tasks take. CPU a record is\n"
        "that of the hub's process; memory is its peak (VmHWM).\n"
    )
    table = _table(
        ("over", "records", "minutes", "records/s", "CPU a record, µs", "peak, MB", "disk, GB"),
        (
            (
                row["over"],
                f"{row['records']:,}",
                f"{row['seconds'] / 60:.1f}",
                _figure(row["records"] / row["seconds"]),
                f"{row['cpu'] / row['records'] * 1e6:.0f}",
                _figure(row["peak_mb"]),
                f"{row['disk_gb']:.1f}",
            )
            for row in rows
        ),
    )
    return f"{head}\n{table}"


def _wanted(row: Mapping[str, Any], name: str) -> str:
    """The wanted ratio, and whether it is reached."""
    if row.get(name) is None:
        return "-"
    reached = row["ratio"] is not None and row["ratio"] >= row[name]
    return f"{row[name]:g} {'met' if reached else 'MISSED' if name == 'must' else 'not yet'}"


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:g}"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {each}" for name, each in value.items()) + ")"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def _folded(text: str, width: int = 118) -> Iterable[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = "  " + word
        else:
            line = f"{line} {word}" if line else word
    yield line
