"""Maintenance windows of an outside system: when it wants no questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from contracts.yaml.faults import Wrong

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORM = re.compile(r"(?:(?P<day>[A-Z][a-z]{2}) )?(?P<begin>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2})")
HINT = 'write "22:00-04:00" for each night, "Sun 01:00-05:00" for one day of the week'


@dataclass(frozen=True)
class Maintenance:
    """A span of local time that comes every day, or on one day of the week; it may pass midnight."""

    begin: time
    end: time
    """Exclusive."""
    weekday: int | None = None
    """Monday is 0, the day on which it begins; None: every day."""

    def covers(self, local: datetime) -> bool:
        """Whether a local time lies in it."""
        clock = local.time()
        if self.begin < self.end:
            return self.begin <= clock < self.end and self._on(local)
        if clock >= self.begin:
            return self._on(local)
        return clock < self.end and self._on(local - timedelta(days=1))

    def _on(self, local: datetime) -> bool:
        return self.weekday is None or local.weekday() == self.weekday


def to_maintenance(value: object) -> object:
    """A window as a system's file writes it. Raises Wrong."""
    if isinstance(value, Maintenance):
        return value
    found = _FORM.fullmatch(value) if isinstance(value, str) else None
    if found is None or (found["day"] and found["day"] not in DAYS):
        raise Wrong("{key} {value!r} is no maintenance window", hint=HINT)
    try:
        begin, end = time.fromisoformat(found["begin"]), time.fromisoformat(found["end"])
    except ValueError:
        raise Wrong("{key} {value!r} names no time of the day", hint=HINT) from None
    if begin == end:
        raise Wrong("{key} {value!r} begins when it ends", hint=HINT)
    return Maintenance(begin, end, DAYS.index(found["day"]) if found["day"] else None)
