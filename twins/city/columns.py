"""Small tools to write whole columns at once: draws, look-ups, and dates as day numbers.

A day is an int32 count from 1970-01-01 (so that born, married and died compare as numbers);
`NEVER` is the day that does not come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Rng = np.random.Generator
Days = NDArray[np.int32]
Index = NDArray[np.int32]
Mask = NDArray[np.bool_]

NEVER = np.int32(2**30)


def stream(seed: int, name: str) -> Rng:
    """A generator of its own for each part, so that one part's draws never shift another's."""
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")])


def weighted(rng: Rng, weights: Sequence[float] | NDArray[np.float64], size: int) -> Index:
    """Indexes drawn by weight."""
    edges = np.cumsum(np.asarray(weights, float))
    drawn: Index = np.searchsorted(edges, rng.random(size) * edges[-1], side="right").astype(np.int32)
    return drawn


def exactly(rng: Rng, size: int, share: float) -> Mask:
    """A mask in which exactly round(share * size) are true: a proportion that also holds in a small city."""
    mask = np.zeros(size, bool)
    mask[rng.permutation(size)[: round(share * size)]] = True
    return mask


def day(year: int, month: int = 1, of_month: int = 1) -> int:
    """The number of a day."""
    return (date(year, month, of_month) - date(1970, 1, 1)).days


def year_of(days: NDArray[np.integer]) -> NDArray[np.int64]:
    """The calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def month_of(days: NDArray[np.integer]) -> NDArray[np.int64]:
    """1..12."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def day_of_month(days: NDArray[np.integer]) -> NDArray[np.int64]:
    """1..31."""
    as_days = days.astype("datetime64[D]")
    number: NDArray[np.int64] = (as_days - as_days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    return number


def pick(values: Sequence[str] | pl.Series, index: NDArray[np.integer]) -> pl.Series:
    """values[index] as a String column; -1 gives null."""
    series = values if isinstance(values, pl.Series) else pl.Series(list(values), dtype=pl.String)
    where = pl.Series(index.astype(np.int64))
    if len(index) and int(index.min()) < 0:
        where = pl.select(pl.when(where >= 0).then(where)).to_series()
    return series.gather(where)


def where(mask: Mask, yes: pl.Series | str | None, no: pl.Series | str | None) -> pl.Series:
    """One column out of two, row by row; a bare text or None stands for a whole column."""
    length = len(mask)

    def column(value: pl.Series | str | None) -> pl.Series:
        return value if isinstance(value, pl.Series) else pl.Series([value], dtype=pl.String).new_from_index(0, length)

    return column(yes).zip_with(pl.Series(mask), column(no))


def dotted(days: Days, precision: NDArray[np.integer] | None = None) -> pl.Series:
    """Days as the books write them: dd.MM.yyyy, MM.yyyy (precision 1) or yyyy (precision 2); NEVER gives null."""
    known = days != NEVER
    dates = pl.Series(np.where(known, days, 0).astype(np.int32)).cast(pl.Date)
    text = where(known, dates.dt.to_string("%d.%m.%Y"), None)
    if precision is None:
        return text
    return pl.select(
        pl.when(pl.Series(precision == 1))
        .then(text.str.slice(3))
        .when(pl.Series(precision == 2))
        .then(text.str.slice(6))
        .otherwise(text)
    ).to_series()


def stamps(seconds: NDArray[np.int64], form: str = "%Y%m%d%H%M%S") -> pl.Series:
    """Local seconds since 1970-01-01T00:00 Asia/Ho_Chi_Minh as text; a negative number gives null."""
    times = pl.Series(np.maximum(seconds, 0) * 1000).cast(pl.Datetime("ms"))
    return where(seconds >= 0, times.dt.to_string(form), None)
