"""What a command costs before it does anything: `hub --help` and `hub streams`, beside the imports they cannot do
without.

    python -m bench.startup [--pairs N]

Both sides of a pair run one after the other, so that a busy machine affects both; medians are compared. The embedded
database is running beforehand: its start is no part of a command's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import rich

from bench import loaders
from bench.measures import Row, machine, spent
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, read_settings
from hub.local.scenario import embedded_up, open_scenario

HUB = Path(sys.executable).with_name("hub")
WORKS: Mapping[str, tuple[Sequence[str], str, float]] = {
    "hub --help": (("--help",), "typer, rich", 3),
    "hub streams": (("streams", "--json"), "sqlalchemy, psycopg, polars, typer, rich", 2),
}
"""Work -> (words of the command, modules that the peer imports, how many times the peer's CPU it may use)."""


def rows(state: Path, pairs: int = 7) -> list[Row]:
    """One row a command: CPU seconds of it and of the imports.

    `state` is the folder in which the hub of the measurement gets its database and its state.
    """
    settings = read_settings(home=state / "startup", port_base=loaders.free_port() - 1)
    environment = {"HUB_HOME": str(settings.home), "HUB_PORT_BASE": str(settings.port_base)}
    scenario = open_scenario(settings, load_deployment(settings.deployment))
    with embedded_up(settings, scenario):
        spent([HUB, "streams", "--json"], environment)  # creates the tables
        return [_row(work, environment, pairs) for work in WORKS]


def _row(work: str, environment: Mapping[str, str], pairs: int) -> Row:
    words, modules, most = WORKS[work]
    sides: tuple[list[float], list[float]] = ([], [])
    for _ in range(pairs):
        sides[0].append(spent([HUB, *words], environment).cpu)
        sides[1].append(spent([sys.executable, "-c", f"import {modules}"]).cpu)
    ours, peer = (statistics.median(side) for side in sides)
    return Row(
        f"start of `{work}`, CPU seconds",
        round(ours, 3),
        round(peer, 3),
        f'python -c "import {modules}"',
        round(peer / ours, 2),
        pairs,
        {
            "database": "embedded, running beforehand, tables there; its CPU is not counted",
            "versions": {name.strip(): version(name.strip()) for name in modules.split(",")},
            **machine(),
        },
        must=round(1 / most, 2),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup")
    parser.add_argument("--pairs", type=int, default=7)
    given = parser.parse_args()
    for row in rows(ROOT / "var" / "bench", given.pairs):
        kept = "met" if (row.ratio or 0) >= (row.must or 0) else "MISSED"
        rich.print(
            f"{row.work}: {row.ours}; {row.peer_version}: {row.peer}; ratio {row.ratio}, least {row.must}: {kept}"
        )


if __name__ == "__main__":
    main()
