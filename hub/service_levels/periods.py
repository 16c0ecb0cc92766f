"""The periods that a day of a stream consists of, and when each is due: frequency, latency and calendar, carried out.

A period belongs to the day on which it ends. Parts of a day belong to their day; a day, a week, a month or a year to
the last day of it on which something may be due. The due moment is the end plus the latency; under `working days` one
that falls on a closed day moves to the same time of the next working day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.service_level import MINUTES_A_DAY, ServiceLevel
from hub.service_levels.working_days import WorkingDays

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DuePeriod:
    """One period that a stream owes."""

    end: datetime
    """A reading that begins now or later covers it."""
    due: datetime
    """By now such a reading must have ended."""


def periods_of(level: ServiceLevel, day: date, zone: ZoneInfo, calendar: WorkingDays) -> Sequence[DuePeriod]:
    """The periods of a day, in order; none if nothing is due on it."""
    if level.frequency is None or not _open(level, day, calendar):
        return ()
    begin = datetime.combine(day, time(), zone)
    if level.frequency.unit == "min":
        step = timedelta(minutes=level.frequency.count)
        ends = [begin + step * number for number in range(1, MINUTES_A_DAY // level.frequency.count + 1)]
    elif _last_of_period(level, day, calendar):
        ends = [begin + _DAY]
    else:
        return ()
    return [DuePeriod(end, _due(level, end, calendar)) for end in ends]


def _open(level: ServiceLevel, day: date, calendar: WorkingDays) -> bool:
    return not level.working_days or calendar.works(day)


def _last_of_period(level: ServiceLevel, day: date, calendar: WorkingDays) -> bool:
    """Whether no later day of the same week, month or year may owe something."""
    later = day + _DAY
    while _same(level, day, later):
        if _open(level, later, calendar):
            return False
        later += _DAY
    return True


def _same(level: ServiceLevel, one: date, other: date) -> bool:
    """Whether two days lie in one period."""
    assert level.frequency is not None
    count = level.frequency.count
    match level.frequency.unit:
        case "w":
            return one.isocalendar()[:2] == other.isocalendar()[:2]
        case "m":
            return (one.year, (one.month - 1) // count) == (other.year, (other.month - 1) // count)
        case "y":
            return one.year == other.year
        case _:
            return one == other


def _due(level: ServiceLevel, end: datetime, calendar: WorkingDays) -> datetime:
    due = end + level.latency
    day = (due - timedelta(microseconds=1)).date()  # due at midnight is the evening before
    if not level.working_days or calendar.works(day):
        return due
    return due + (calendar.next(day) - day)
