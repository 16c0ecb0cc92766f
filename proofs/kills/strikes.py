"""Ways to strike the processes of a state folder. They are found by the folder that they work in or were given."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

KILLS = ("hub", "group", "everything")
"""Ways to kill a hub: it alone, with its process group, with all that it has started."""

CRASHES = ("database", "postmaster", "session", "immediate")
"""Ways to crash a database: all its processes, the first one alone, one session (as when memory is short), `pg_ctl -m immediate`."""


def processes(home: Path) -> list[int]:
    """Processes that work below a state folder, or were started for it; never this one."""
    return sorted(pid for pid in _all() if pid != os.getpid() and (_works_below(pid, home) or _given(pid, home)))


def database(home: Path) -> list[int]:
    """Processes of the databases of a state folder, the first of each before the others."""
    found = [pid for pid in _all() if _works_below(pid, home) and _name(pid) == "postgres"]
    return sorted(found, key=lambda pid: (_parent(pid) in found, pid))


def strike(way: str, home: Path, hub: int, chance: random.Random) -> bool:
    """Strike; False: there was nobody to strike. `hub` is the process of the hub, which leads its group."""
    if way == "hub":
        return _signal([hub], signal.SIGKILL)
    if way == "group":
        with suppress(ProcessLookupError):
            os.killpg(hub, signal.SIGKILL)
            return True
        return False
    if way == "everything":
        others = [pid for pid in processes(home) if pid != hub]
        return _signal([*others, hub], signal.SIGKILL)
    servers = database(home)
    if not servers:
        return False
    if way == "database":
        return _signal(servers, signal.SIGKILL)
    if way == "postmaster":
        return _signal(servers[:1], signal.SIGKILL)
    if way == "immediate":
        return _signal(servers[:1], signal.SIGQUIT)
    assert way == "session"
    sessions = [pid for pid in servers[1:] if b"hub hub" in _command(pid)]
    return _signal([chance.choice(sessions)], signal.SIGKILL) if sessions else False


def end(pids: list[int]) -> None:
    """Kill processes of a state folder."""
    _signal(pids, signal.SIGKILL)


def _signal(pids: list[int], number: int) -> bool:
    met = False
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            met = True
    return met


def _all() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _works_below(pid: int, home: Path) -> bool:
    with suppress(OSError):
        return Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(home)
    return False


def _given(pid: int, home: Path) -> bool:
    with suppress(OSError):
        return f"HUB_HOME={home}".encode() in _bytes(f"/proc/{pid}/environ").split(b"\0")
    return False


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return _bytes(f"/proc/{pid}/cmdline").replace(b"\0", b" ")
    return b""


def command_of(pid: int) -> str:
    """What a process was started as, for a message."""
    return f"{pid} {_command(pid).decode(errors='replace').strip()[:160]}"


def _name(pid: int) -> str:
    with suppress(OSError):
        return _bytes(f"/proc/{pid}/comm").decode().strip()
    return ""


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(_bytes(f"/proc/{pid}/stat").rsplit(b")", 1)[1].split()[1])
    return 0


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def state_of(pid: int) -> str:
    """The kernel's letter for what a process does: T is stopped."""
    with suppress(OSError):
        return _bytes(f"/proc/{pid}/stat").rsplit(b")", 1)[1].split()[0].decode()
    return ""
