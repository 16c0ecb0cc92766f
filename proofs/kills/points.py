"""Points of a process at which something outside changes: files, folders, programs, sockets, statements and commits.

They are counted from the start of the process, so that "at the 1,234th point" is a moment that can be swept, and met again
on the same machine. Each statement is two points: before it is sent, and after its answer came.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import psycopg

EFFECTS = {
    "os.rename",
    "os.link",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "os.chown",
    "os.chmod",
    "subprocess.Popen",
    "socket.bind",
    "socket.connect",
}
"""Audit events of Python that change something outside."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

CLAIM = "UPDATE hub.stream SET epoch"
"""How the statement begins by which a reading takes its stream over."""


class Points:
    """Counts the points of this process, and calls `reached(number)` at each. What it does there is not counted."""

    def __init__(self, reached: Callable[[int], None]) -> None:
        self.last = 0
        self.first_claim = 0
        """The point before the first stream was claimed; 0: none was."""
        self._reached = reached
        self._numbers = itertools.count(1)
        self._within = threading.local()

    def watch(self) -> None:
        """Begin to count. There is no end: an audit hook stays for the life of the process."""
        sys.addaudithook(self._audited)
        for kind, name in ((psycopg.Cursor, "execute"), (psycopg.Cursor, "copy"), (psycopg.Connection, "commit")):
            setattr(kind, name, self._around(getattr(kind, name)))

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in EFFECTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
            self._point()

    def _around(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(of: Any, *given: Any, **named: Any) -> Any:
            if not self.first_claim and given and str(given[0]).startswith(CLAIM):
                self.first_claim = self.last + 1
            self._point()
            done = step(of, *given, **named)
            self._point()
            return done

        return stepped

    def _point(self) -> None:
        if getattr(self._within, "busy", False):
            return
        self._within.busy = True
        try:
            self.last = next(self._numbers)
            self._reached(self.last)
        finally:
            self._within.busy = False
