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
from functools import cache

import polars as pl

_DAY = r"^(?:[0-9]{2}\.[0-9]{2}\.[0-9]{4}|[0-9]{2}/[0-9]{2}/[0-9]{4})$"
_MONTH = r"^[0-9]{2}[./][0-9]{4}$"
_FIRST, _LAST = date(1850, 1, 1), date(2099, 12, 31)
_ANY_ISO = r"^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$"


def usual(text: pl.Expr) -> pl.Expr:
    """The day (pl.Date) of a text in the usual form `dd.MM.yyyy`; null for any other text, and for an invalid day."""
    shaped = text.str.contains(r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4}$") & ~text.str.ends_with("0000")
    return pl.when(shaped).then(text).str.to_date("%d.%m.%Y", strict=False)


def canonical(days: pl.Series) -> pl.Series:
    """The canonical text of each day: looked up, where all are of the years that are in use."""
    first, last = days.min(), days.max()
    if not (isinstance(first, date) and isinstance(last, date) and _FIRST <= first and last <= _LAST):
        return days.dt.to_string("iso:strict")
    return _written().gather(days.to_physical() - (_FIRST - date(1970, 1, 1)).days).alias(days.name)


@cache
def _written() -> pl.Series:
    return pl.date_range(_FIRST, _LAST, eager=True).dt.to_string("iso:strict")


def read(texts: pl.Series) -> pl.DataFrame:
    """Three columns for a column of texts.

    `text`: the canonical form, or the text as received if it is not a date;
    `first` and `last`: the span of days (pl.Date, both inclusive), null if it is not a date.
    """
    # Step by step: as one query, planning takes longer than reading the few texts that are not in the usual form.
    text, canonical, size = pl.col("text"), pl.col("canonical"), pl.col("canonical").str.len_bytes()
    part = text.str.slice
    shaped = (
        pl.when(text.str.contains(_DAY))
        .then(pl.concat_str([part(6, 4), part(3, 2), part(0, 2)], separator="-"))
        .when(text.str.contains(_MONTH))
        .then(pl.concat_str([part(3, 4), part(0, 2)], separator="-"))
        .when(text.str.contains(_ANY_ISO))
        .then(text)
    )
    frame = texts.alias("text").to_frame().with_columns(shaped.alias("canonical"))
    # Year 0000 does not exist, though the calendar of chrono, below Polars, has one.
    frame = frame.with_columns(pl.when(~canonical.str.starts_with("0000")).then(canonical).alias("canonical"))
    missing = pl.when(size == 10).then(pl.lit("")).when(size == 7).then(pl.lit("-01")).otherwise(pl.lit("-01-01"))
    first = (canonical + missing).str.to_date("%Y-%m-%d", strict=False)
    frame = frame.with_columns(first.alias("first"))
    last = (
        pl.when(size == 10)
        .then("first")
        .when(size == 7)
        .then(pl.col("first").dt.month_end())
        .otherwise(pl.date(canonical.str.slice(0, 4).cast(pl.Int32, strict=False), 12, 31))
    )
    valid = pl.col("first").is_not_null()
    return frame.select(
        pl.when(valid).then(canonical).otherwise(text).alias("text"), "first", pl.when(valid).then(last).alias("last")
    )


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
