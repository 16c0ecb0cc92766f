"""Partial dates of people. All of them are synthetic."""

from __future__ import annotations

from datetime import date

import pytest

from hub.core.partial_dates import first_and_last
from hub.evidence.people import NotAPerson, Subject


@pytest.mark.parametrize(
    ("partial", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2024-02-03", date(2024, 2, 3), date(2024, 2, 3)),
        ("9999", date(9999, 1, 1), date.max),
        ("9999-12", date(9999, 12, 1), date.max),
        ("0001", date.min, date(1, 12, 31)),
    ],
)
def test_the_days_that_a_partial_date_may_mean(partial: str, first: date, last: date) -> None:
    """The last one was looked for a day before the year after, and 9999 has none."""
    assert (first, last) == first_and_last(partial)


@pytest.mark.parametrize("partial", ["0000", "2024-00", "2024-13", "2023-02-29", "0000-01-01"])
def test_what_is_no_day(partial: str) -> None:
    with pytest.raises(ValueError):
        first_and_last(partial)
    with pytest.raises(NotAPerson):
        Subject(born=partial)
