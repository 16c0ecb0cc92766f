"""The service level of a contract: what each promise may say, and the values by which it is kept.

    latency        after a period has ended, its changes are here within this time
    frequency      the periods: a part of a day, a day, a week, months, a year; or `on change`: none is due
    completeness   share of a day's periods that must come in time; without it all of them
    calendar       `every day` (also without it), or `working days`: what is closed owes nothing
    retention      `permanent`, or `sharing agreement`: as long as a person says. Nothing erases by a clock, so no term

A promise in any other form is one that nothing would keep; the lint refuses it. `hub/service_levels/` keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

PROMISES = ("latency", "frequency", "retention")
"""The service level of every contract."""

MORE_PROMISES = ("completeness", "calendar")
"""What a contract may promise beside, for its expected deliveries."""

CASE_DAYS, MOST_CASE_DAYS = "case_days", 3650
"""What a contract may promise beside: after how many days a case is overdue."""

UNITS: Mapping[str, tuple[str, ...]] = {
    "latency": ("s", "min", "h", "d"),
    "frequency": ("min", "h", "d", "w", "m", "y"),
    "retention": (),
    "completeness": ("percent",),
    "calendar": (),
}
"""Promise -> units of its number."""
WORDS: Mapping[str, tuple[str, ...]] = {
    "latency": (),
    "frequency": ("on change",),
    "retention": ("permanent", "sharing agreement"),
    "completeness": (),
    "calendar": ("every day", "working days"),
}
"""Promise -> what it may say instead of a number."""

MINUTES_A_DAY = 1440
SECONDS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3600, "d": 86400}
MONTHS = (1, 2, 3, 4, 6)
"""Numbers of months that divide a year."""
PERIODS = "One that divides a day (15 min, 6 h), 1 d, 1 w, 1 m, 2 m, 3 m, 4 m, 6 m or 1 y; or `on change`, where nothing is due."

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


@dataclass(frozen=True)
class Frequency:
    """How often something is due: each so many minutes of a day, or each day, week, months or year."""

    count: int
    unit: Literal["min", "d", "w", "m", "y"]


@dataclass(frozen=True)
class ServiceLevel:
    """The promises about deliveries, as values."""

    frequency: Frequency | None
    """None: on change."""
    latency: timedelta
    completeness: float = 100.0
    """In percent of a day's periods."""
    working_days: bool = False
    """Whether nothing is due on days when offices are closed."""


def fault(promise: str, said: str) -> tuple[str, str] | None:
    """What is wrong with a promise as it is written, `24 h`, and what it may be; None if it is one.

    A promise that is none of ours is no fault here.
    """
    if promise not in UNITS or said in WORDS[promise]:
        return None
    number, _, unit = said.partition(" ")
    what = f"promises a {promise} of `{said}`"
    words = " or ".join(f"`{word}`" for word in WORDS[promise])
    if not UNITS[promise]:
        why = " Nothing erases by a clock: a term of years would be a promise that nothing keeps."
        return what, f"Write {words}.{why if promise == 'retention' else ''}"
    if not (_NUMBER.fullmatch(number) and float(number) > 0 and unit in UNITS[promise]):
        return what, f"A number above 0 with unit {', '.join(UNITS[promise])}{f'; or {words}' if words else ''}."
    if promise == "frequency" and _frequency(said) is None:
        return f"{what}, by which nobody could tell the day on which something is due", PERIODS
    if promise == "completeness" and float(number) > 100:
        return what, "A share of at most 100 percent."
    return None


def contradiction(promised: Mapping[str, str]) -> tuple[str, str] | None:
    """What no two promises may say together, and what to do; None if they agree."""
    if promised.get("frequency") == "on change" and (idle := [name for name in MORE_PROMISES if name in promised]):
        what = f"promises a {idle[0]}, and its frequency is `on change`: nothing is ever due that it could be about"
        return what, f"Leave {idle[0]} out, or promise a frequency."
    return None


def service_level(promised: Mapping[str, str]) -> ServiceLevel | None:
    """The promises of a contract as values; None where one is missing or in a form that the lint refuses."""
    if any(name not in promised for name in ("latency", "frequency")):
        return None
    if any(fault(name, promised[name]) for name in UNITS if name in promised):
        return None
    number, _, unit = promised["latency"].partition(" ")
    return ServiceLevel(
        None if promised["frequency"] == "on change" else _frequency(promised["frequency"]),
        timedelta(seconds=float(number) * SECONDS[unit]),
        float(promised.get("completeness", "100 percent").partition(" ")[0]),
        promised.get("calendar") == "working days",
    )


def _frequency(said: str) -> Frequency | None:
    """A frequency by which the day of each period is known; None: no such one."""
    number, _, unit = said.partition(" ")
    if not number.isdigit():
        return None
    count = int(number)
    if unit in ("min", "h"):
        minutes = count * SECONDS[unit] // 60
        return Frequency(minutes, "min") if MINUTES_A_DAY % minutes == 0 and minutes < MINUTES_A_DAY else None
    if unit in ("d", "w", "y"):
        return Frequency(1, unit) if count == 1 else None  # type: ignore[arg-type]  # one of the three
    return Frequency(count, "m") if count in MONTHS else None
