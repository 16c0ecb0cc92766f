"""The command line `hub`, struck at one of its points.

    python -m proofs.kills.struck '{"at": 1234, "way": "hub", "seed": 1, "counted": null}' run --no-airflow --once

`way` is one of `strikes.KILLS` and `strikes.CRASHES`, or the name of a signal that the process sends itself. `at` 0 strikes
nowhere; with `"from_claim": true` it counts from the statement by which the first stream is claimed. `counted` names a file
that gets {"points", "first_claim"} when the command ends by itself.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path

from proofs.kills import strikes
from proofs.kills.points import Points


def main() -> None:
    """Run the command with the given strike."""
    given = json.loads(sys.argv[1])
    home, chance = Path(os.environ["HUB_HOME"]), random.Random(given["seed"])

    def reached(number: int) -> None:
        first = points.first_claim if given["from_claim"] else 0
        if not given["at"] or number != first + given["at"] or (given["from_claim"] and not first):
            return
        print(f"struck at point {number}: {given['way']}", file=sys.stderr, flush=True)
        if given["way"].startswith("SIG"):
            os.kill(os.getpid(), signal.Signals[given["way"]])
        else:
            strikes.strike(given["way"], home, os.getpid(), chance)

    points = Points(reached)
    sys.argv = ["hub", *sys.argv[2:]]
    points.watch()
    try:
        from hub.cli import main as hub

        hub()
    finally:
        if given["counted"]:
            counted = {"points": points.last, "first_claim": points.first_claim}
            Path(given["counted"]).write_text(json.dumps(counted), encoding="utf-8")


if __name__ == "__main__":
    main()
