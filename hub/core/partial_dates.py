"""Partial dates as text: `yyyy-MM-dd`, `yyyy-MM` or `yyyy`."""

from __future__ import annotations

import calendar
import re
from datetime import date

PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def dates_agree(one: str | None, other: str | None) -> bool:
    """Whether two partial dates can be the same day; a missing date agrees with any."""
    return not one or not other or one.startswith(other) or other.startswith(one)


def first_and_last(partial: str) -> tuple[date, date]:
    """First and last day that a partial date may mean. Raises ValueError."""
    if len(partial) == 10:
        return (day := date.fromisoformat(partial)), day
    year = int(partial[:4])
    if len(partial) == 4:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(partial[5:])
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
