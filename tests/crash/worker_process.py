"""A worker as a process of its own, which takes orders and is killed."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STRACE = shutil.which("strace")


class Stuck(AssertionError):
    """A worker gave no answer in time."""


class Worker:
    """A worker process. `kill_at` kills it at its n-th `sendto`, counted a thread, by strace."""

    def __init__(self, given: dict[str, object], kill_at: int | None = None) -> None:
        trace = (
            []
            if kill_at is None
            else [
                str(STRACE),
                "-f",
                "-q",
                "-o",
                "/dev/null",
                "-e",
                "trace=sendto",
                "-e",
                f"inject=sendto:signal=SIGKILL:when={kill_at}",
            ]
        )
        self.process = subprocess.Popen(
            [*trace, sys.executable, "-m", "tests.crash.worker", json.dumps(given)],
            cwd=ROOT,
            text=True,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"POLARS_MAX_THREADS": "1"},
        )
        self._text = ""

    def order(self, order: str) -> None:
        """Give an order; a dead worker hears nothing."""
        try:
            assert self.process.stdin is not None
            self.process.stdin.write(f"{order}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def hear(self, within: float = 40) -> str | None:
        """Its next line; None when it died first."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + within
        while "\n" not in self._text:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Stuck(f"a worker gave no answer within {within} s")
            if select.select([self.process.stdout], [], [], left)[0]:
                more = os.read(self.process.stdout.fileno(), 4096).decode()
                if not more:
                    return None
                self._text += more
        line, self._text = self._text.split("\n", 1)
        return line

    def signal(self, number: int) -> None:
        """Send a signal to the worker and whoever traces it."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def end(self) -> None:
        """Make sure that it is gone."""
        self.signal(signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                pass
