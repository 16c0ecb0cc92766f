"""What is due on which day: frequency, latency and the calendar of offices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.errors import DeploymentInvalid
from contracts.service_level import ServiceLevel, service_level
from hub.service_levels.periods import periods_of
from hub.service_levels.working_days import NATIONAL, read_working_days

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = read_working_days(NATIONAL.parent)


def level(frequency: str, latency: str = "24 h", **more: str) -> ServiceLevel:
    found = service_level({"frequency": frequency, "latency": latency, **more})
    assert found is not None
    return found


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def days_of(year: int, month: int, wanted: ServiceLevel) -> list[int]:
    """The days of a month on which something is due."""
    first = date(year, month, 1)
    days = [first + timedelta(days=number) for number in range(31)]
    return [day.day for day in days if day.month == month and periods_of(wanted, day, ZONE, CALENDAR)]


def test_a_day_is_due_a_latency_after_its_end() -> None:
    """Of 2 June, with 24 hours: until the end of 3 June."""
    [period] = periods_of(level("1 d"), date(2022, 6, 2), ZONE, CALENDAR)
    assert (local("2022-06-03"), local("2022-06-04")) == (period.end, period.due)


def test_parts_of_a_day_are_due_one_by_one() -> None:
    """A quarter of an hour with an hour's latency: 96 of them, the last one due at one in the night."""
    periods = periods_of(level("15 min", "1 h"), date(2022, 6, 2), ZONE, CALENDAR)
    assert 96 == len(periods)
    assert local("2022-06-02T01:15") == periods[0].due
    assert local("2022-06-03T01:00") == periods[-1].due


def test_a_week_and_a_month_are_due_on_their_last_day() -> None:
    """The Sundays of June 2022, and its last day; of a quarter, the last day of March."""
    assert [5, 12, 19, 26] == days_of(2022, 6, level("1 w"))
    assert [30] == days_of(2022, 6, level("1 m"))
    assert [31] == days_of(2022, 3, level("3 m"))
    assert [] == days_of(2022, 2, level("3 m"))
    assert [31] == days_of(2022, 12, level("1 y"))


def test_under_working_days_they_are_due_on_the_last_working_day() -> None:
    """Fridays; and before the weekend of 30 and 31 July, Friday the 29th."""
    calendar = {"calendar": "working days"}
    assert [3, 10, 17, 24] == days_of(2022, 6, level("1 w", **calendar))
    assert [29] == days_of(2022, 7, level("1 m", **calendar))


def test_nothing_is_due_on_change() -> None:
    assert [] == days_of(2022, 6, level("on change"))


def test_tet_of_2022_owes_nothing() -> None:
    """Monday to Friday after the last Sunday of the year: offices are closed from 29 January to 6 February."""
    working = level("1 d", calendar="working days")
    assert 28 == max(days_of(2022, 1, working))
    assert 7 == min(days_of(2022, 2, working))
    assert "Tết Nguyên đán" == CALENDAR.closed_for(date(2022, 2, 1))


def test_what_falls_due_on_a_holiday_is_due_on_the_next_working_day() -> None:
    """The Friday before Tết, with 24 hours: the end of Monday 7 February."""
    [period] = periods_of(level("1 d", calendar="working days"), date(2022, 1, 28), ZONE, CALENDAR)
    assert local("2022-02-08") == period.due


def test_a_saturday_that_makes_up_for_a_swapped_day_owes() -> None:
    """29 April 2024 was free for Saturday 4 May."""
    assert not CALENDAR.works(date(2024, 4, 29))
    assert CALENDAR.works(date(2024, 5, 4))


def test_each_holiday_of_the_national_list_is_a_weekday_and_has_a_source() -> None:
    """A Sunday needs no entry; a Saturday stands there only if it is worked."""
    assert all((day.weekday() < 5) != special.works for day, special in CALENDAR.special.items())
    assert {2022, 2023, 2024, 2025, 2026} == CALENDAR.years


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("2022-02-30,off,Tết,law,luật", "no day"),
        ("2022-02-01,free,Tết,law,luật", "unknown"),
        ("2022-02-01,off,Tết,law,", "empty"),
        ("2022-02-01,off,Tết,law,luật\n2022-02-01,off,Tết,law,luật", "second time"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, word: str) -> None:
    """A deployment's own list takes the place of the national one, and is read as strictly."""
    (tmp_path / "working_days.csv").write_text(f"day,kind,name,basis,source\n{row}\n", encoding="utf-8")
    with pytest.raises(DeploymentInvalid, match=word):
        read_working_days(tmp_path)
