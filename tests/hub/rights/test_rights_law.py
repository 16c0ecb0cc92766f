"""The clocks of a person's request, by the calendar."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from hub.rights.law import LAW, NO_LAW, RIGHTS, acknowledge_by, answer_by, law_on


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2026-03-02T08:00:00+07:00", "2026-03-04"),  # Monday: Wednesday
        ("2026-03-05T16:00:00+07:00", "2026-03-09"),  # Thursday: Monday
        ("2026-03-07T09:00:00+07:00", "2026-03-10"),  # Saturday: Tuesday
        ("2026-03-01T17:30:00+00:00", "2026-03-04"),  # a local Monday, although a Sunday in UTC
    ],
)
def test_two_working_days_to_acknowledge(received: str, last: str) -> None:
    """Saturday and Sunday do not count; the day it came does not either."""
    assert f"{last}T23:59:59+07:00" == acknowledge_by(datetime.fromisoformat(received)).isoformat()


@pytest.mark.parametrize(
    ("right", "extended", "last"),
    [
        ("view", False, "2026-03-12"),
        ("view", True, "2026-03-22"),
        ("correct", False, "2026-03-12"),
        ("object", False, "2026-03-17"),
        ("object", True, "2026-04-01"),
    ],
)
def test_the_term_of_each_right(right: str, extended: bool, last: str) -> None:
    """Ten days to view and correct, fifteen to object; each may be extended by as much, once."""
    received = datetime.fromisoformat("2026-03-02T08:00:00+07:00")

    assert f"{last}T23:59:59+07:00" == answer_by(RIGHTS[right], received, extended=extended).isoformat()


def test_the_law_is_named_from_its_first_day() -> None:
    """On a day of 2022 no clock may claim a law of 2026."""
    assert [NO_LAW, LAW] == [law_on(date(2025, 12, 31)), law_on(date(2026, 1, 1))]
