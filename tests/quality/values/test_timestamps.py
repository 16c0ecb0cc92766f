"""Moments, against a reference written apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.values import timestamps

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)
WRITTEN = st.one_of(
    MOMENTS.map(datetime.isoformat),
    MOMENTS.map(lambda m: m.replace(tzinfo=None).isoformat()),
    MOMENTS.map(lambda m: m.replace(microsecond=0).isoformat().replace("+00:00", "Z")),
    MOMENTS.map(lambda m: f"{m.year:04}{m.month:02}{m.day:02}{m.hour:02}{m.minute:02}{m.second:02}"),
)
NEARLY = st.builds(
    lambda text, at, put: text[:at] + put + text[at + 1 :], WRITTEN, st.integers(0, 30), st.sampled_from("09563TZ+-.: ")
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(WRITTEN, NEARLY), min_size=1, max_size=40))
def test_frames_and_single_values_read_alike(texts):
    """The column reader and the plain function agree on what is a moment, and on which."""
    assert [timestamps.parse(t) for t in texts] == timestamps.read(pl.Series("t", texts)).to_list()


@settings(deadline=None)
@given(MOMENTS)
def test_canonical_text_is_pythons_own(moment):
    """A moment at rest is written as Python writes it in UTC, and read again as itself."""
    series = timestamps.read(pl.Series("t", [moment.isoformat()]))

    text = pl.select(timestamps.render(pl.lit(series))).item()

    assert moment.astimezone(UTC).isoformat() == text
    assert moment == timestamps.parse(text)


def test_a_clock_without_offset_is_vietnams():
    """Eight in the morning in the city is one o'clock in UTC."""
    expected = datetime(2022, 5, 31, 1, tzinfo=UTC)

    assert expected == timestamps.parse("20220531080000") == timestamps.parse("2022-05-31T08:00:00")


def test_the_day_in_vietnam():
    """Five in the afternoon in UTC is the next day in the city."""
    late = timestamps.read(pl.Series("t", ["2022-05-31T17:00:00Z", "2022-05-31T16:59:59Z"]))

    days = pl.select(timestamps.day_in_vietnam(pl.lit(late))).to_series().cast(pl.String).to_list()

    assert ["2022-06-01", "2022-05-31"] == days
