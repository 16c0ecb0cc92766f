"""A twin ends with the process that started it, whatever way that ended: a killed one stops nobody."""

from __future__ import annotations

import os
import sys
import threading


def end_with_starter() -> None:
    """End this process when its input ends: its starter holds the other end, and the kernel closes that at a kill."""
    threading.Thread(target=_until_input_ends, name="starter", daemon=True).start()


def _until_input_ends() -> None:
    try:
        while os.read(sys.stdin.fileno(), 1024):
            pass
    finally:
        os._exit(0)  # in the midst of anything: what is on the disk is whole at every moment
