"""The collector rests while a command starts, and works afterwards."""

from __future__ import annotations

import subprocess
import sys


def test_what_was_loaded_is_left_alone_and_what_comes_later_is_collected() -> None:
    """A long load must not keep its cycles; a short command spent half of its CPU on collecting modules."""
    program = (
        "import gc; from hub.core import collector; collector.pause(); paused = gc.isenabled(); import hub.app; "
        "collector.resume(); cycle = []; cycle.append(cycle); del cycle; "
        "print(paused, gc.isenabled(), gc.get_freeze_count() > 10_000, gc.collect() > 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout.split() == ["False", "True", "True", "True"]
