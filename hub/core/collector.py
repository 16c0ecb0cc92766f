"""Python's garbage collector around the start and the end of a process.

Loading modules, contracts and a deployment makes half a million objects that live as long as the process. The collector
would walk over them again and again while they are loaded, and three times more when the process ends: together half of
the CPU of a command that does little.
"""

from __future__ import annotations

import atexit
import gc
from functools import cache


def pause() -> None:
    """Collect nothing while a command loads what it needs; `resume` ends it."""
    gc.disable()


def resume() -> None:
    """Collect again, but never what the first call finds; at the end of the process, leave everything as it is."""
    _freeze()
    gc.enable()


@cache  # once: a process that opens many hubs would keep the garbage of each
def _freeze() -> None:
    gc.freeze()
    atexit.register(gc.freeze)
