"""Progress of the proof: rate and remaining time, on stderr every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping


class Pace:
    """A handler of sync events for city `number` of `of`, with `jobs` cities at the same time.

    `records` are a city's registrations and dossiers; copies of them in several systems come on top.
    """

    def __init__(self, number: int, of: int, jobs: int, records: int, every_s: float = 10.0) -> None:
        self._number, self._records, self._every = number, records, every_s
        self._of, self._after = of, (of - number) // jobs
        self._done, self._started, self._last, self._building = 0, time.monotonic(), time.monotonic(), 0.0

    def built(self, seconds: float) -> None:
        """The city stands; reading begins."""
        self._building, self._started = seconds, time.monotonic()
        self._say(f"city built in {seconds:.0f} s")

    def hear(self, event: str, facts: Mapping[str, object]) -> None:
        """Count what is landed."""
        if event != "batch.landed":
            return
        self._done += int(str(facts["records"]))
        if time.monotonic() - self._last > self._every:
            self._last = time.monotonic()
            rate = self._done / max(self._last - self._started, 0.001)
            left = max(0, self._records - self._done) / rate + self._after * (self._records / rate + self._building)
            self._say(
                f"{self._done:,} of about {self._records:,} records, {rate:,.0f} a second, {left / 60:.0f} min left in all"
            )

    def _say(self, text: str) -> None:
        print(f"city {self._number} of {self._of}: {text}", file=sys.stderr, flush=True)
