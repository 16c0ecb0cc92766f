"""What a comparison says, and what a process spent: the two things that every file of this folder shares."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.core.settings import ROOT


@dataclass(frozen=True)
class Row:
    """One comparison: a row of `bench/results.json` and of `docs/benchmarks.md`."""

    work: str
    """What was done, and the unit of both figures: `first load over SOAP, records a CPU second`."""
    ours: float
    peer: float | None
    peer_version: str
    ratio: float | None
    """How much better ours is: above 1 is better for speeds; for costs it is peer / ours as well."""
    n: int
    """Measurements a side; medians are shown."""
    with_: Mapping[str, object] = field(default_factory=dict)
    """Records, machine, settings: what another measurement must repeat. Written as `with`."""
    must: float | None = None
    """Least ratio that is promised."""
    aim: float | None = None
    """Ratio that is wanted later."""


def machine() -> dict[str, object]:
    """What of this machine a row says."""
    return {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}


@dataclass(frozen=True)
class Spent:
    """What a process and the children it waited for have used."""

    cpu: float
    """Seconds of CPU, user and system."""
    wall: float
    """Seconds on the clock."""
    peak_mb: float
    """Largest resident set of the process itself, in MB."""
    output: str


def spent(command: Sequence[str | Path], env: Mapping[str, str] | None = None, expect: int = 0) -> Spent:
    """Run a command to its end. Its errors are shown as they are.

    Raises:
        subprocess.CalledProcessError: it ended with another exit code than expected.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        peak = Peak(process.pid)
        peak.start()
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode != expect:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command], output)
    return Spent(usage.ru_utime + usage.ru_stime, wall, peak.mb, output)


class Peak(threading.Thread):
    """Watches the most memory of a process (VmHWM) until it ends.

    `ru_maxrss` says no less than what this process held when it started the other: a child begins as its copy.
    """

    EVERY_S = 0.02

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.mb = 0.0
        self._status = Path(f"/proc/{pid}/status")

    def run(self) -> None:
        while (kb := self._read()) is not None:
            self.mb = max(self.mb, kb / 1024)
            time.sleep(self.EVERY_S)

    def _read(self) -> int | None:
        """Kilobytes; None once the process has ended."""
        try:
            lines = self._status.read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
