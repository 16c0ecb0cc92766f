"""Timestamps: `yyyyMMddHHmmss` or ISO 8601 on the wire, UTC at rest.

A text without an offset is Vietnam's time, UTC+7 without summer time since 13 June 1975; no outside system is older.
The local year and the year in UTC are within 0001 to 9999. The canonical form is `2022-05-31T01:00:00+00:00`, with six
decimals if there is a fraction, as Python writes it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl

from contracts.local_time import LOCAL

_TIME = "(?:[01][0-9]|2[0-3])%s[0-5][0-9]%s[0-5][0-9]"
_COMPACT = "^[0-9]{8}" + _TIME % ("", "") + "$"
_ISO = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T" + _TIME % (":", ":")
_ANY_ISO = _ISO + r"(?:\.[0-9]{1,6})?(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?$"
_MINUTE = 60_000_000
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def read(texts: pl.Series) -> pl.Series:
    """The times (pl.Datetime, microseconds, UTC) of a text column; null if unreadable.

    The two usual forms are parsed for the whole column, all others only where they occur.
    """
    text = pl.col(texts.name)
    hanoi = (
        pl.when(text.str.contains(_ISO + r"\+07:00$"))
        .then(text)
        .str.to_datetime("%Y-%m-%dT%H:%M:%S+07:00", time_unit="us", strict=False)
    )
    compact = (
        pl.when(text.str.contains(_COMPACT)).then(text).str.to_datetime("%Y%m%d%H%M%S", time_unit="us", strict=False)
    )
    usual = (
        texts.to_frame().select(pl.coalesce(hanoi, compact).dt.offset_by("-7h").dt.replace_time_zone("UTC")).to_series()
    )
    left = (usual.is_null() & texts.is_not_null()).arg_true()
    if not left.is_empty():
        usual = usual.scatter(left, texts.gather(left).to_frame().select(_iso(text)).to_series())
    return (
        usual.to_frame()
        .select(pl.when(pl.col(texts.name).is_between(_EARLIEST, _LATEST)).then(pl.col(texts.name)))
        .to_series()
    )


def render(moment: pl.Expr) -> pl.Expr:
    """The canonical text of times."""
    whole = pl.when(moment.dt.microsecond() == 0).then(moment).dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    exact = pl.when(moment.dt.microsecond() != 0).then(moment).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
    return pl.coalesce(whole, exact)


def day_in_vietnam(moment: pl.Expr) -> pl.Expr:
    """The day (pl.Date) in Vietnam at a time."""
    return moment.dt.replace_time_zone(None).dt.offset_by("7h").dt.date()


def _iso(text: pl.Expr) -> pl.Expr:
    # Year 0000 does not exist, though chrono, below Polars, has one.
    iso = pl.when(text.str.contains(_ANY_ISO) & ~text.str.starts_with("0000")).then(text)
    tail = iso.str.slice(19)
    fraction = tail.str.extract(r"^\.([0-9]+)").str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    minutes = tail.str.extract(r"[+-]([0-9]{2}):").cast(pl.Int64) * 60 + tail.str.extract(r":([0-9]{2})$").cast(
        pl.Int64
    )
    east = (
        pl.when(tail.str.contains("-", literal=True))
        .then(-minutes)
        .when(tail.str.ends_with("Z"))
        .then(0)
        .otherwise(minutes)
    )
    clock = iso.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    return (
        clock + pl.duration(microseconds=fraction - east.fill_null(7 * 60) * _MINUTE, time_unit="us")
    ).dt.replace_time_zone("UTC")


def parse(text: str) -> datetime | None:
    """The time of a text, aware and in UTC; None if it is unreadable."""
    try:
        if re.fullmatch("[0-9]{14}", text):
            moment = datetime.strptime(text, "%Y%m%d%H%M%S")
        elif re.fullmatch(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,6})?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?", text
        ):
            head, fraction, zone = re.fullmatch(r"(.{19})(\.[0-9]+)?(.*)", text).groups()  # type: ignore[union-attr]  # just matched
            moment = datetime.fromisoformat(head + (fraction or ".").ljust(7, "0") + zone)
        else:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day or time; out of the calendar in UTC
        return None
