"""What a sheet shows of a date: a day, a month or a year, by the parts that the cell's format has.

A spreadsheet program keeps a whole day for `May-90` and for `1984`. The format says how much of it was ever written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from .shown_numbers import sections_of

_ASIDE = re.compile(r'"[^"]*"|\\.|[_*].|\[\$?-?[0-9A-Fa-f,]+\]|\[\$-[^\]]*\]|\[[a-z]{3,}\]|AM/PM|A/P', re.IGNORECASE)
_PART = re.compile(r"y+|m+|d+|h+|s+|[bge]|\[[hms]+\]|.", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class DateParts:
    """The parts of a date that a format shows."""

    year: bool = False
    month: bool = False
    day: bool = False
    clock: bool = False
    strange: bool = False
    """Another calendar, or an elapsed time."""


@lru_cache(maxsize=1024)
def parts(form: str) -> DateParts:
    """The parts that a format shows."""
    section = _ASIDE.sub("", sections_of(form)[0])
    found = [token.lower() for token in _PART.findall(section)]
    letters = [token for token in found if token[0] in "ymdhsbge["]
    minutes = {
        at
        for at, token in enumerate(letters)
        if token[0] == "m"
        and ((at and letters[at - 1][0] == "h") or (at + 1 < len(letters) and letters[at + 1][0] == "s"))
    }
    return DateParts(
        year=any(token[0] == "y" for token in letters),
        month=any(token[0] == "m" and at not in minutes for at, token in enumerate(letters)),
        day=any(token in ("d", "dd") for token in letters),
        clock=any(token[0] == "h" for token in letters),
        strange=any(token[0] in "bge[" for token in letters),
    )


def shown(value: datetime | date | time, form: str) -> str | None:
    """`dd.MM.yyyy`, `MM.yyyy` or `yyyy`, with the time behind a day that has one, or the time alone; None: it shows
    something of which nobody can say what was meant, a day without a year for one.
    """
    seen = parts(form)
    if seen.strange:
        return None
    if isinstance(value, time):
        return f"{value:%H:%M:%S}" if seen.clock and not (seen.year or seen.month or seen.day) else None
    if seen.year and seen.month and seen.day:
        day = f"{value:%d.%m.}{value.year:04d}"
        at = value.time() if isinstance(value, datetime) else time()
        return f"{day} {at:%H:%M:%S}" if seen.clock and at != time() else day
    if seen.year and not seen.day and not seen.clock:
        return f"{value:%m.}{value.year:04d}" if seen.month else f"{value.year:04d}"
    return None


def moment(value: datetime | date, form: str) -> str | None:
    """A moment in ISO 8601, where the format shows day and time; None where it does not."""
    seen = parts(form)
    if seen.strange or not (seen.year and seen.month and seen.day and seen.clock) or not isinstance(value, datetime):
        return None
    return value.isoformat()
