"""Proves that what is missing, locked, denied or another's takes the same time.

    TRIALS=1000 python -m proofs.timing         exit code 1 if the medians of a pair differ by more than 5 %
    python -m proofs.timing --only "preview"    some pairs; writes no file

Builds a city in an embedded server below a temporary folder, which is deleted at the end; one for each lane. A lane
measures its share of the pairs (`proofs/timing/pairs.py`), one after the other (`proofs/timing/measure.py`). Prints
each pair as soon as it is measured and a table at the end, and writes proofs/timing.json. The machine must be idle.
`tests/proofs/test_timing.py` checks that both sides send the same statements.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hub.app import open_hub
from hub.core.settings import read_settings
from hub.local.scenario import embedded_server
from proofs.timing import city
from proofs.timing.doors import Doors
from proofs.timing.measure import BOUND, Measured, measure, prepare
from proofs.timing.pairs import pairs

RESULTS = Path(__file__).parent.parent / "timing.json"
OTHERS = 5_000
"""People and dossiers in the registers beside those who are asked about."""


def main() -> None:
    """Build, measure, print. Exits with 1 if a pair differs by more than 5 %."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.timing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    trials = int(os.environ.get("TRIALS") or 1000)
    lanes = min(2, os.cpu_count() or 1)
    parser.add_argument("--trials", type=int, default=trials, help="questions a side; by default TRIALS, or 1000")
    parser.add_argument("--lanes", type=int, default=lanes, help="processes that measure; one a quiet core, at most 2")
    parser.add_argument("--only", default="", help="pairs whose title holds this")
    given = parser.parse_args()
    titles = [pair.title for pair in pairs() if given.only in pair.title]
    print(f"{len(titles)} pairs, {given.trials:,} trials a side, {given.lanes} at a time", flush=True)
    began = time.monotonic()
    measured = measured_in_lanes(titles, given.trials, given.lanes)
    seconds = time.monotonic() - began
    print(table(measured))
    apart = [each.title for each in measured if not each.within]
    print(f"{len(measured) - len(apart)} of {len(measured)} pairs within {BOUND:.0%}, after {seconds / 60:.1f} minutes")
    if not given.only:
        RESULTS.write_text(json.dumps(figures(measured, given.trials, given.lanes, seconds), indent=1) + "\n")
    sys.exit(1 if apart or not measured else 0)


def measured_in_lanes(titles: Sequence[str], trials: int, lanes: int) -> list[Measured]:
    """The pairs with these titles, in their order; each lane measures every so many of them."""
    with ProcessPoolExecutor(lanes, mp_context=multiprocessing.get_context("spawn")) as pool:
        shares = [pool.submit(lane, number, titles[number::lanes], trials) for number in range(lanes)]
        found = {each.title: each for share in shares for each in share.result()}
    return [found[title] for title in titles]


def lane(number: int, titles: Sequence[str], trials: int) -> list[Measured]:
    """Measure pairs, one after the other, in a city of this lane's own."""
    found, began = list[Measured](), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="motlan-timing-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's account passes through
        settings = read_settings(
            home=folder / "home", deployment=city.deployment(folder), port_base=_free_ports(), scenario="timing"
        )
        with open_hub(settings) as hub:
            city.build(hub, OTHERS)
            doors, admin = Doors(hub), embedded_server(settings, hub.scenario).url("hub")
            prepare(doors, admin)
            for pair in (each for each in pairs() if each.title in titles):
                found.append(measure(doors, pair, trials, admin))
                done = f"{len(found)}/{len(titles)} {time.monotonic() - began:5.0f} s"
                print(f"lane {number + 1} {done}  {line(found[-1])}", flush=True)
    return found


def line(each: Measured) -> str:
    """A pair's title, both medians in ms, their ratio, the ratio of rounds, trials a side, verdict."""
    first, second = (median * 1000 for median in each.medians)
    verdict = "within" if each.within else "APART"
    figures = f"{first:>8.3f} {second:>8.3f} {each.ratio:>7.3f} {each.ratio_of_rounds:>7.3f} {len(each.taken[0]):>6}"
    return f"{each.title:<66}{figures}  {verdict} {BOUND:.0%}"


def table(measured: Sequence[Measured]) -> str:
    """All pairs, with a head."""
    head = f"{'first | second':<66}{'ms':>8} {'ms':>8} {'ratio':>7} {'rounds':>7} {'trials':>6}"
    return "\n".join((head, *map(line, measured)))


def figures(measured: Sequence[Measured], trials: int, lanes: int, seconds: float) -> dict[str, object]:
    """The content of proofs/timing.json."""
    return {
        "trials": trials,
        "bound": BOUND,
        "lanes": lanes,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "seconds": round(seconds),
        "within": sum(each.within for each in measured),
        "pairs": [
            {
                "pair": each.title,
                "medians_ms": [round(median * 1000, 3) for median in each.medians],
                "ratio": round(each.ratio, 4),
                "ratio_of_rounds": round(each.ratio_of_rounds, 4),
                "trials": len(each.taken[0]),
                "within": each.within,
            }
            for each in measured
        ],
    }


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
