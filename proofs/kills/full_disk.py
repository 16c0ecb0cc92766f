"""The state folder lies on a disk that is too small: a named error; with room the next run ends well."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from proofs.kills.city import RUN, StruckCity
from proofs.kills.trials import Result, Undisturbed, plainly, traceback_of

SIZES = (4, 200)
"""Megabytes: less than a database's first files, and about what a small city needs."""

ROOM = 4_096
"""Megabytes with which the next run must end well."""

NAMED = (70, 75, 1)
"""Exit codes: somebody must act, try again later, a stream failed (its error was printed)."""


def possible() -> bool:
    """Whether this machine lets us mount a small disk in memory."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


def full(city: StruckCity, usual: Undisturbed, chance: random.Random) -> Result:
    """A first start on a disk of any size up to what it needs, then with room."""
    city.empty()
    result = Result()
    size = chance.randint(*SIZES)
    with _disk(city, size):
        done = city.run(*RUN)
        result.strikes = int(done.code != 0)
        where = f"a disk of {size} MB"
        result.violations += traceback_of(where, done)
        if done.code not in (0, *NAMED):
            result.violations += (f"{where}: exit {done.code}: {done.text[-1500:]}",)
        if done.code != 0 and "make room" not in done.text and "No space" not in done.text:
            result.violations += (f"{where}: the message does not say so: {done.text[-1500:]}",)
        subprocess.run(["mount", "-o", f"remount,size={ROOM}m", str(city.home)], check=True)
        return plainly(city, usual, result)


@contextmanager
def _disk(city: StruckCity, size: int) -> Iterator[None]:
    """A disk in memory of so many megabytes as the city's home."""
    city.home.mkdir(parents=True, exist_ok=True)
    given = f"size={size}m,mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", given, "kill-proof", str(city.home)], check=True)
    try:
        yield
    finally:
        city.end_all()
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", str(city.home)], check=True)
