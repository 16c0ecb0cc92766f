"""Processes of a PostgreSQL server by its data folder: who runs there, and who was left behind by a kill.

A server's processes work in its data folder. On Linux `/proc` says so, and a process number that was given to another
program since is not taken for a server. Elsewhere the pid file alone decides.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_SAYS_WHERE = PROC / "self" / "cwd"

PATIENCE_S = 5.0
"""How long processes of a dead server may take to notice that it is dead."""


def names_a_process(pid_file: Path) -> bool:
    """Whether a pid file names a process that lives and is not somebody else's, or is still being written."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError, PermissionError, OverflowError):
        return False
    except ValueError:
        return True
    return works_in(pid, pid_file.parent)


def works_in(pid: int, folder: Path) -> bool:
    """Whether a process works in a folder; also where nobody can say so."""
    if not _SAYS_WHERE.exists():
        return True
    try:
        return (PROC / str(pid) / "cwd").readlink() == folder.resolve()
    except OSError:  # it ended, or it is another user's
        return False


def end_left_behind(data: Path, account: int, patience_s: float = PATIENCE_S) -> int:
    """End the processes of a server whose first process was killed, and return their number.

    Until they are gone no other server starts on the folder. Most notice within moments that the first one is dead; one
    that computes does not. `account` is the only user whose processes are ended.
    """
    if wait_until(lambda: not _of(data, account), patience_s):
        return 0
    left = _of(data, account)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)  # PostgreSQL: end at once; what was committed is in the log
    wait_until(lambda: not _of(data, account), patience_s)
    return len(left)


def wait_until(done: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
    """Wait until something is so; False: it was not within so many seconds."""
    deadline = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _of(data: Path, account: int) -> list[int]:
    """The processes of an account that work in the data folder."""
    found: list[int] = []
    if not _SAYS_WHERE.exists():
        return found
    for each in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if each.stat().st_uid == account and works_in(int(each.name), data):
                found.append(int(each.name))
    return found


def listening(port: int) -> bool:
    """Whether a program of this machine listens on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
