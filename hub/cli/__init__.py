"""The command line `hub`. Each file of this folder is one group of commands.

More than fifteen modules stand on this level on purpose: one file is one group of commands, named as it is typed.

Here is the entry of the console script, which imports nothing before it can be interrupted; `application` has the
commands and the exit codes.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.cli.application import app

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""

TERMINATED = 143
"""Exit code after SIGTERM, which a service manager or `kill` sends: 128 + SIGTERM."""


class Terminated(SystemExit):
    """SIGTERM: the command ends as after Ctrl-C, and stops what it has started."""

    def __init__(self) -> None:
        super().__init__(TERMINATED)


__all__ = ["Terminated", "app", "main"]


def main() -> None:
    """Entry of the console script: a known error is a message and an exit code, never a traceback."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # nothing has begun while modules are imported
    from hub.cli.application import run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except RuntimeError as error:  # Python wraps what interrupts the making of a class (`__set_name__`)
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise SystemExit(INTERRUPTED) from None
        if isinstance(error.__cause__, Terminated):
            raise error.__cause__ from None
        raise
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the interpreter ends: no traceback, 130 in a shell
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminate(number: int, frame: object) -> None:
    """The handler of SIGTERM. Raises Terminated."""
    signal.signal(number, signal.SIG_IGN)  # a second one does not break off what the first has begun to stop
    raise Terminated


def __getattr__(name: str) -> Any:
    if name == "app":
        from hub.cli import application

        return application.app
    raise AttributeError(name)
