"""Timestamps: `yyyyMMddHHmmss` or ISO 8601 on the wire, UTC at rest.

Of ISO 8601 all forms are read that can mean one moment only, as databases and programs write them: `T` or a blank
before the time, seconds or none, a fraction of one to nine digits (what is finer than a microsecond is cut), an offset
`+07:00`, `+0700`, `+07` or `Z`, also after a blank, and 24:00 for the end of a day.

A text without an offset is Vietnam's time, UTC+7 without summer time since 13 June 1975; no outside system is older.
The local year and the year in UTC are within 0001 to 9999. The canonical form is `2022-05-31T01:00:00+00:00`, with six
decimals if there is a fraction, as Python writes it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl

from contracts.local_time import LOCAL

_TIME = "(?:[01][0-9]|2[0-3])%s[0-5][0-9]%s[0-5][0-9]"
_COMPACT = "^[0-9]{8}" + _TIME % ("", "") + "$"
_ISO = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T" + _TIME % (":", ":")
_ZONE = r" ?(?:[Zz]|[+-](?:(?:0[0-9]|1[0-3])(?::?[0-5][0-9])?|14(?::?00)?))"
_FRACTION = r"[.,][0-9]{1,9}"
_ANY_ISO = (
    "^[0-9]{4}-?[0-9]{2}-?[0-9]{2}[Tt ]"
    rf"(?:(?:[01][0-9]|2[0-3]):?[0-5][0-9](?::?[0-5][0-9](?:{_FRACTION})?)?|24:?00(?::?00(?:[.,]0{{1,9}})?)?)"
    rf"(?:{_ZONE})?$"
)
_PARTS = r"^([0-9]{4})(-?)([0-9]{2})(-?)([0-9]{2})[Tt ]([0-9]{2})(:?)([0-9]{2})(?:(:?)([0-9]{2}))?"
_WRITTEN = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})[Tt ]([0-9:]{4,8})(?:[.,]([0-9]{1,9}))?(?: ?([Zz]|[+-][0-9:]{2,5}))?"
)
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
    part = iso.str.extract_groups(_PARTS).struct
    # Basic form has no marks at all, the extended one has each of them: 2022-0531 is neither.
    marks = pl.concat_str(
        [part.field("2"), part.field("4"), part.field("7"), part.field("9").fill_null(part.field("7"))]
    )
    shaped = marks.is_in(["", "--::"])
    day = pl.concat_str([part.field("1"), part.field("3"), part.field("5")])
    hour, minute, second = (part.field(name).fill_null("00").cast(pl.Int64) for name in ("6", "8", "10"))
    tail = iso.str.replace(_PARTS, "")
    fraction = tail.str.extract(r"^[.,]([0-9]+)").str.head(6).str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    zone = tail.str.extract(r"([+-][0-9:]+)$").str.replace_all(":", "", literal=True)
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(3).replace("", "00").cast(pl.Int64)
    east = (
        pl.when(tail.str.contains("(?i)z$"))
        .then(0)
        .when(zone.str.starts_with("-"))
        .then(-minutes)
        .otherwise(minutes)
        .fill_null(7 * 60)
    )
    beyond = (day == "99991231") & (hour == 24)
    clock = pl.when(shaped & ~beyond).then(day).str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us"))
    seconds = hour * 3600 + minute * 60 + second
    return (
        clock + pl.duration(microseconds=seconds * 1_000_000 + fraction - east * _MINUTE, time_unit="us")
    ).dt.replace_time_zone("UTC")


def parse(text: str) -> datetime | None:
    """The time of a text, aware and in UTC; None if it is unreadable."""
    try:
        if re.fullmatch("[0-9]{14}", text):
            moment = datetime.strptime(text, "%Y%m%d%H%M%S")
        elif match := _WRITTEN.fullmatch(text):
            day, clock, fraction, zone = match.groups()
            form = r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?" if "-" in day else r"[0-9]{4}([0-9]{2})?"
            clock = clock if re.fullmatch(form, clock) else ""
            if not clock or (fraction and len(clock.replace(":", "")) < 6):
                return None
            over = clock[:2] == "24" and not (clock[2:] + (fraction or "")).strip("0:")
            moment = datetime.fromisoformat(f"{day}T{'00' + clock[2:] if over else clock}") + timedelta(days=over)
            moment += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
            if zone:
                moment = moment.replace(tzinfo=UTC) - _offset(zone)
        else:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day or time; out of the calendar in UTC
        return None


def _offset(zone: str) -> timedelta:
    """Raises ValueError: none, or more than fourteen hours."""
    if zone in "Zz":
        return timedelta()
    match = re.fullmatch(r"([+-])([0-9]{2})(?::?([0-5][0-9]))?", zone)
    away = timedelta(hours=int(match[2]), minutes=int(match[3] or 0)) if match else timedelta.max
    if match is None or away > timedelta(hours=14):
        raise ValueError(zone)
    return -away if match[1] == "-" else away
