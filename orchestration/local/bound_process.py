"""Becomes a command that gets SIGTERM when its starter ends, also by a kill: `python -I bound_process.py STARTER COMMAND...`

Airflow's processes have no input that could end. Linux alone can bind a process so; elsewhere the command runs unbound, and
the next start ends it (`local_processes.py`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Of prctl(2). What is set outlives the exec that follows."""


def main() -> None:
    """Bind this process to the starter of the given number, and become the command."""
    starter, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(starter):
            sys.exit("the starter has ended")
    os.execv(command[0], command)  # noqa: S606 - becomes the command, no shell between


if __name__ == "__main__":
    main()
