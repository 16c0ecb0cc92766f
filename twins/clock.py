"""The twins' clock: it starts at a given moment of the scenario and runs on at the machine's pace."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from contracts.local_time import LOCAL


class Clock:
    """Says what time it is for all twins: tokens, the Date header, and when a change is committed."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock's start must be aware")
        self._start, self._ticks = start, time.monotonic()

    def now(self) -> datetime:
        """Aware, Asia/Ho_Chi_Minh."""
        return (self._start + timedelta(seconds=time.monotonic() - self._ticks)).astimezone(LOCAL)

    def advance(self, seconds: float) -> None:
        """Jump forward, so that a day passes in a demonstration."""
        if seconds < 0:
            raise ValueError("a clock does not run backwards")
        self._start += timedelta(seconds=seconds)

    def set_back(self, seconds: float) -> None:
        """Go wrong by so much: what changes from now on has an earlier change time than what changed before."""
        self._start -= timedelta(seconds=seconds)

    def reach(self, moment: datetime) -> None:
        """Jump to a moment unless it is past already."""
        self.advance(max(0.0, (moment - self.now()).total_seconds()))
