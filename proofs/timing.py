"""Proves that answers without content take the same time for missing, locked and denied records.

    TRIALS=1000 python -m proofs.timing         exit code 1 if the medians of a pair differ by more than 5 %

Builds a city in an embedded server below a temporary folder, which is deleted at the end. Each pair
(`proofs/timing_pairs.py`) is asked in the order A B B A with the garbage collector off, so that growth and warm-up
affect both sides. The machine must be idle. `tests/proofs/test_timing.py` checks that both sides send the same
statements.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from hub.app import open_hub
from hub.core.settings import Settings, read_settings
from hub.local.scenario import embedded_server
from proofs import timing_city
from proofs.timing_pairs import Doors, Pair, pairs

BOUND = 0.05
"""Greatest allowed difference of the medians of a pair, as a share."""
WARM_UP = 40
FORGET_EVERY = 40
"""Rounds (of four questions) after which what was noted of questions goes: neither a limit nor a growing log must reach the measurement."""
OTHERS = 5_000
"""People in the registers beside those who are asked about."""


@dataclass(frozen=True)
class Measured:
    """Medians of both sides of a pair, in seconds."""

    pair: Pair
    medians: tuple[float, float]

    @property
    def ratio(self) -> float:
        return self.medians[1] / self.medians[0]

    @property
    def within(self) -> bool:
        return abs(self.ratio - 1) <= BOUND


def main() -> None:
    """Build, measure, print. Exits with 1 if a pair differs by more than 5 %."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.timing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--trials",
        type=int,
        default=int(os.environ.get("TRIALS") or 1000),
        help="questions a side; by default TRIALS, or 1000",
    )
    parser.add_argument("--only", default="", help="pairs whose title holds this")
    given = parser.parse_args()
    chosen = [pair for pair in pairs() if given.only in pair.title]
    with tempfile.TemporaryDirectory(prefix="motlan-timing-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's account passes through
        settings = read_settings(
            home=folder / "home", deployment=timing_city.deployment(folder), port_base=_free_ports(), scenario="timing"
        )
        print(
            f"{given.trials:,} trials a side; medians in ms: missing, locked or denied; the second as a share of the first",
            flush=True,
        )
        measured = [*shown(run(settings, chosen, given.trials))]
    over = [each.pair.title for each in measured if not each.within]
    print(f"{len(measured) - len(over)} of {len(measured)} pairs within {BOUND:.0%}")
    sys.exit(1 if over else 0)


def run(settings: Settings, chosen: Iterable[Pair], trials: int) -> Iterator[Measured]:
    """Measure pairs, one after the other, in a city of its own."""
    with open_hub(settings) as hub:
        timing_city.build(hub, OTHERS)
        admin = embedded_server(settings, hub.scenario).url("hub")
        doors = Doors(hub)
        for pair in chosen:
            yield Measured(pair, measure(doors, pair, trials, admin))


def measure(doors: Doors, pair: Pair, trials: int, admin: str) -> tuple[float, float]:
    """Medians in seconds of `trials` questions a side; `admin`: the superuser's URL of the database."""
    taken: tuple[list[float], list[float]] = ([], [])
    _forget(admin)
    for _ in range(WARM_UP):
        pair.ask(doors, 0), pair.ask(doors, 1)
    gc.collect()
    gc.disable()
    try:
        for number in range((trials + 1) // 2):
            if number % FORGET_EVERY == 0:
                _forget(admin)
                for side in (0, 1, 1, 0):  # what was emptied is read anew once
                    pair.ask(doors, side)
            for side in (0, 1, 1, 0):
                start = time.perf_counter()
                pair.ask(doors, side)
                taken[side].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return statistics.median(taken[0]), statistics.median(taken[1])


def shown(measured: Iterable[Measured]) -> Iterator[Measured]:
    """Each pair, printed as soon as it is measured."""
    for each in measured:
        first, second = (median * 1000 for median in each.medians)
        print(
            f"{each.pair.title:<58}{first:>9.3f}{second:>9.3f}{each.ratio:>8.3f}  {'within' if each.within else 'APART'} {BOUND:.0%}",
            flush=True,
        )
        yield each


def _forget(admin: str) -> None:
    """Empty what the hub notes of questions: its tables are only ever appended to, but for the superuser of this server of the proof's own."""
    with psycopg.connect(admin) as connection:
        connection.execute("set session_replication_role = replica")
        noted = connection.execute("""
            select relname from pg_class where relnamespace = 'hub'::regnamespace and relkind = 'r'
            and relname ~ '^(audit|decision|ministry|receipt|alert|limit|miss|question)'""").fetchall()
        tables = sql.SQL(", ").join(sql.Identifier("hub", name) for (name,) in noted)
        connection.execute(sql.SQL("truncate {}").format(tables))


def _free_ports() -> int:
    """First of ten ports that are free now."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if first < 65000:
            return first


if __name__ == "__main__":
    main()
