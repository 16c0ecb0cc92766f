"""Dates of which a part may be unknown, against a reference written apart."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.values import cells, partial_dates
from quality.values.partial_dates import PartialDate, parse

DIGITS = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "3",
        "9",
        "12",
        "13",
        "28",
        "29",
        "30",
        "31",
        "32",
        "00",
        "02",
        "04",
        "1900",
        "2000",
        "1990",
        "0000",
        "0001",
        "9999",
        "٣",
    ]
)
SEPARATORS = st.sampled_from([".", "/", "-", "", " "])
NEARLY_DATES = st.lists(st.one_of(DIGITS, SEPARATORS), max_size=6).map("".join)
SHAPES = st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%m.%Y", "%m/%Y", "%Y", "%Y-%m-%d", "%Y-%m"])
REAL_DATES = st.builds(lambda day, shape: day.strftime(shape), st.dates(date(1000, 1, 1)), SHAPES)


def read(texts: list[str]) -> list[tuple[str, date | None, date | None]]:
    return partial_dates.read(pl.Series(texts, dtype=pl.String)).rows()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(NEARLY_DATES, REAL_DATES), min_size=1, max_size=50))
def test_frames_and_single_values_read_alike(texts):
    """The expressions and the plain function agree on what is a date, its canonical text and its span."""
    expected = [(d.text, d.first, d.last) if (d := parse(t)) else (t, None, None) for t in texts]

    assert expected == read(texts)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.none(), NEARLY_DATES, REAL_DATES), max_size=30),
    st.lists(st.one_of(st.none(), REAL_DATES), max_size=30),
)
def test_columns_are_read_as_their_values(some, others):
    """The way in which whole columns are read tells of each text what the plain function tells, in every column."""
    height = max(len(some), len(others))
    texts = {
        name: [t or None for t in column] + [None] * (height - len(column))
        for name, column in (("a", some), ("b", others))
    }

    frame = pl.DataFrame(texts, schema={"a": pl.String, "b": pl.String})
    read = cells._with_dates(frame, ["a", "b"], cells._usual_days(frame, ["a", "b"]))

    for name, column in texts.items():
        expected = [(d.text, d.first, d.last) if t and (d := parse(t)) else (t, None, None) for t in column]
        assert expected == read.select(name, f"{name}|value", f"{name}|last").rows()


@settings(deadline=None)
@given(st.dates(date(1, 1, 1)), st.integers(0, 400), SHAPES, SHAPES)
def test_a_comparison_is_never_wrong(day, later_by, shape, other_shape):
    """Whatever part of two dates is known, the earlier of them is never said to be after the later."""
    try:
        later = day + timedelta(days=later_by)
    except OverflowError:
        later = date.max

    earlier_known, later_known = (parse(_written(d, s)) for d, s in ((day, shape), (later, other_shape)))

    assert earlier_known
    assert later_known
    assert earlier_known.not_after(later_known) is not False


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ("1990", "1991", True),
        ("1990", "1990", None),
        ("1991", "1990", False),
        ("05.06.1990", "05.06.1990", True),
        ("06.1990", "05.06.1990", None),
        ("05.1990", "05.06.1990", True),
        ("07.1990", "05.06.1990", False),
        ("31.12.1990", "1990", None),
        ("1990", "31.12.1990", True),
    ],
)
def test_three_answers(a, b, answer):
    """True when every day fits, false when none does, else unknown."""
    first, second = parse(a), parse(b)

    assert first
    assert second
    assert answer is first.not_after(second)


def test_canonical_form_reads_as_itself():
    """A date at rest is read again as the same date."""
    once = parse("02/1990")

    assert once == PartialDate("1990-02", date(1990, 2, 1), date(1990, 2, 28))
    assert once == parse(once.text)


def _written(day: date, shape: str) -> str:
    # strftime does not pad the years before 1000 on every platform.
    return shape.replace("%d", f"{day.day:02}").replace("%m", f"{day.month:02}").replace("%Y", f"{day.year:04}")
