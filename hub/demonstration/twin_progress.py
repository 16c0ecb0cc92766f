"""What the twins are building, and how long already, while somebody waits for them."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

EVERY_S = 5.0
"""Seconds between two lines, where the output is no terminal."""

_STEP = re.compile(r"^building (\d+) of (\d+): (\w+)$", re.MULTILINE)
"""What the twins print, by `twins/progress.py`."""


def step_in(log: Path) -> str:
    """The step that a log of the twins was at last: `step 3 of 10 (death)`; empty before the first."""
    try:
        found = _STEP.findall(log.read_text(errors="replace"))
    except FileNotFoundError:
        return ""
    return "step {} of {} ({})".format(*found[-1]) if found else ""


@contextmanager
def waiting(what: str, log: Path) -> Iterator[Callable[[], None]]:
    """Call the given function often: it shows the step and the seconds, at once on a terminal, else every few seconds."""
    started = last = time.monotonic()

    def text() -> str:
        step = step_in(log)
        return f"{what}: {step + ', ' if step else ''}{time.monotonic() - started:.0f} s"

    if sys.stderr.isatty():
        with Console(stderr=True).status(text()) as status:
            yield lambda: status.update(text())
        return

    def plain() -> None:
        nonlocal last
        if time.monotonic() - last >= EVERY_S:
            last = time.monotonic()
            print(text(), file=sys.stderr, flush=True)

    yield plain
