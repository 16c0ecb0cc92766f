"""Airflow's processes on one machine: one set a folder, and none that outlives whoever started it for good."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from contracts.errors import Permanent
from hub.core.state_files import locked
from orchestration.local.rest import wait


class AirflowBusy(Permanent):
    """Another program uses the port, or an Airflow of this folder still runs."""


@contextmanager
def only_one(folder: Path, port: int, noted: Sequence[int], patience_s: float = 10.0) -> Iterator[None]:
    """Be the only one who runs an Airflow of a folder, until the block ends.

    `noted`: processes that were started last. If their starter was killed, they are ended: nobody else does it, and the
    new ones go on with their work.

    Raises:
        AirflowBusy: it runs already, or another program uses the port.
    """
    starter = folder / "starter.lock"
    starter.touch()
    with locked(starter, wait=False) as mine:
        ours = [pid for pid in noted if _is_airflow_of(pid, folder)]
        if not mine:
            message = f"Airflow already runs on {folder} (process {', '.join(map(str, ours))})"
            raise AirflowBusy(message, hint="end it with Ctrl-C in its terminal, or end these processes")
        for pid in ours:
            signal_group(pid, signal.SIGTERM)
        wait(lambda: not any(_is_airflow_of(pid, folder) for pid in ours), patience_s, 0.1)
        for pid in ours:
            signal_group(pid, signal.SIGKILL)  # and whatever still runs in its group
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise AirflowBusy(
                    f"Another program uses port {port} of 127.0.0.1; Airflow needs it",
                    hint="set HUB_PORT_BASE to a free range",
                )
        yield


def signal_group(pid: int, number: int) -> None:
    """Signal a process and whatever runs in its group, if it is there."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _is_airflow_of(pid: int, folder: Path) -> bool:
    try:
        return f"AIRFLOW_HOME={folder}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
