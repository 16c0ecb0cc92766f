"""`docs/benchmarks.md` is what was measured, and the works of `make bench` can be started."""

from __future__ import annotations

import subprocess
import sys

from bench import page
from bench.__main__ import WORKS
from hub.core.settings import ROOT


def test_the_page_is_written_from_the_measured_rows() -> None:
    """A figure that somebody typed, or rows without their page, would stand there for years."""
    assert page.PAGE.read_text(encoding="utf-8") == page.written(page.read(page.RESULTS), page.read(page.SCALE))


def test_each_row_says_what_another_measurement_must_repeat() -> None:
    for row in page.read(page.RESULTS):
        assert set(row) == {"work", "ours", "peer", "peer_version", "ratio", "n", "with", "must", "aim"}
        assert {"cores", "machine", "python"} <= set(row["with"]), row["work"]


def test_an_unknown_work_is_refused_with_the_known_ones() -> None:
    """Nothing is measured, and the message names what can be."""
    asked = [sys.executable, "-m", "bench", "weather"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"no such work: weather; there are {', '.join(WORKS)}" in done.stderr
