"""Partial dates: a year, a month of a year, or a day.

Old civil-status books have only what the clerk wrote, and the law itself requires only the year (Luật Hộ tịch Art.
14.1b). Therefore a date is a span of possible days, and comparing two dates has three results: true, false, unknown.
Only false breaks a rule.

Accepted are `dd.MM.yyyy`, `MM.yyyy`, `yyyy`, with dots or slashes, and the canonical form. The canonical forms are
`yyyy-MM-dd`, `yyyy-MM`, `yyyy`, so parsing a canonical text changes nothing. Digits are ASCII, days and months have
two, the year has four and is not 0000.

The expressions are for frames; the plain functions do the same for one value, written independently.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

import polars as pl

_DAY = r"^(?:[0-9]{2}\.[0-9]{2}\.[0-9]{4}|[0-9]{2}/[0-9]{2}/[0-9]{4})$"
_MONTH = r"^[0-9]{2}[./][0-9]{4}$"
_YEAR = r"^[0-9]{4}$"
_ISO_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ISO_MONTH = r"^[0-9]{4}-[0-9]{2}$"


def usual(text: pl.Expr) -> pl.Expr:
    """The day (pl.Date) of a text in the usual form `dd.MM.yyyy`; null for any other text, and for an invalid day."""
    shaped = text.str.contains(r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4}$") & ~text.str.ends_with("0000")
    return pl.when(shaped).then(text).str.to_date("%d.%m.%Y", strict=False)


def read(text: pl.Expr) -> dict[str, pl.Expr]:
    """Three expressions over a text column.

    `text`: the canonical form, or the text as received if it is not a date;
    `first` and `last`: the span of days (pl.Date, both inclusive), null if it is not a date.
    """
    part = text.str.slice
    canonical: pl.Expr = (
        pl.when(text.str.contains(_DAY))
        .then(pl.concat_str([part(6, 4), part(3, 2), part(0, 2)], separator="-"))
        .when(text.str.contains(_MONTH))
        .then(pl.concat_str([part(3, 4), part(0, 2)], separator="-"))
        .when(text.str.contains(_YEAR) | text.str.contains(_ISO_DAY) | text.str.contains(_ISO_MONTH))
        .then(text)
    )
    # Year 0000 does not exist, though the calendar of chrono, below Polars, has one.
    canonical = pl.when(~canonical.str.starts_with("0000")).then(canonical)
    size = canonical.str.len_bytes()
    first = pl.concat_str(
        [
            canonical,
            pl.when(size == 10).then(pl.lit("")).when(size == 7).then(pl.lit("-01")).otherwise(pl.lit("-01-01")),
        ]
    )
    first_day = first.str.to_date("%Y-%m-%d", strict=False)
    last_day = (
        pl.when(size == 10)
        .then(first_day)
        .when(size == 7)
        .then(first_day.dt.month_end())
        .otherwise(pl.concat_str([canonical, pl.lit("-12-31")]).str.to_date("%Y-%m-%d", strict=False))
    )
    return {
        "text": pl.when(first_day.is_not_null()).then(canonical).otherwise(text),
        "first": first_day,
        "last": pl.when(first_day.is_not_null()).then(last_day),
    }


@dataclass(frozen=True)
class PartialDate:
    """One partial date; `first` and `last` are its possible days."""

    text: str
    """Canonical."""
    first: date
    last: date

    def not_after(self, other: PartialDate) -> bool | None:
        """Whether this date is the same as the other or before it; None if this is unknown."""
        if self.last <= other.first:
            return True
        return False if self.first > other.last else None


def parse(text: str) -> PartialDate | None:
    """The partial date of a text; None if it is not a date."""
    if match := re.fullmatch(r"(?a:(?:(?:(\d\d)([./]))?(\d\d)([./]))?(\d{4}))", text):
        day, outer, month, inner, year = match.groups()
        if outer is not None and outer != inner:
            return None
    elif match := re.fullmatch(r"(?a:(\d{4})-(\d\d)(?:-(\d\d))?)", text):
        year, month, day = match.groups()
    else:
        return None
    y, m, d = int(year), int(month or 0), int(day or 0)
    if y == 0 or (month and not 1 <= m <= 12):
        return None
    if not month:
        return PartialDate(year, date(y, 1, 1), date(y, 12, 31))
    days = calendar.monthrange(y, m)[1]
    if not day:
        return PartialDate(f"{year}-{month}", date(y, m, 1), date(y, m, days))
    if not 1 <= d <= days:
        return None
    return PartialDate(f"{year}-{month}-{day}", date(y, m, d), date(y, m, d))
