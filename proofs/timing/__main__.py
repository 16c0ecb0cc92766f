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
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from proofs.timing.lanes import in_lanes
from proofs.timing.measure import BOUND, Measured
from proofs.timing.pairs import pairs

RESULTS = Path(__file__).parent.parent / "timing.json"


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
    measured = in_lanes(titles, given.trials, given.lanes)
    seconds = time.monotonic() - began
    print(table(measured))
    apart = [each.title for each in measured if not each.within]
    print(f"{len(measured) - len(apart)} of {len(measured)} pairs within {BOUND:.0%}, after {seconds / 60:.1f} minutes")
    if not given.only:
        RESULTS.write_text(json.dumps(figures(measured, given.trials, given.lanes, seconds), indent=1) + "\n")
    sys.exit(1 if apart or not measured else 0)


def table(measured: Sequence[Measured]) -> str:
    """All pairs, with a head."""
    head = f"{'first | second':<66}{'ms':>8} {'ms':>8} {'ratio':>7} {'quick':>7} {'trials':>6}"
    return "\n".join((head, *(each.line for each in measured)))


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
                "ratio_of_quick": round(each.ratio_of_quick, 4),
                "trials": len(each.taken[0]),
                "within": each.within,
            }
            for each in measured
        ],
    }


if __name__ == "__main__":
    main()
