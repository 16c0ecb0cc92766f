"""Stream x day: delivered, delivered zero, late, missing, excused, from the runs and the ledger."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from hub.core.actions import Actor
from hub.core.database import connect
from hub.core.errors import NotFound
from hub.service_levels import deliveries, excuses
from hub.service_levels.excuses import NotExcusable

from .conftest import STREAM, District, local

LAN = Actor("Lan", "Hệ thống dừng theo thông báo.")
DAY = "2022-06-07"
"""A Tuesday; the stream was first read on the day before."""


@pytest.fixture
def begun(district: District) -> District:
    district.read("2022-06-06T08:00", accepted=100)
    return district


def test_a_day_that_was_read_in_time_is_delivered(begun: District) -> None:
    """The reading of the next morning brought its records."""
    begun.read("2022-06-08T03:15", "2022-06-08T03:20", accepted=3, unchanged=9, quarantined=2)
    [row] = begun.days(DAY, DAY, "2022-06-08T08:00")
    assert ("delivered", 14, 5, 2) == (row.state, row.received, row.new, row.quarantined)
    assert (1, 1) == (row.periods, row.in_time)
    assert local("2022-06-08T03:20") == row.covered_at


def test_a_reading_within_the_day_does_not_cover_it(begun: District) -> None:
    """What happened after it is not here."""
    begun.read("2022-06-07T23:59", accepted=3)
    assert "not due yet" == begun.state(DAY, "2022-06-08T08:00")
    assert "missing" == begun.state(DAY, "2022-06-09T00:00")


def test_a_day_without_a_new_record_is_delivered_zero(begun: District) -> None:
    """It was asked, and it had nothing: that is no missing delivery."""
    begun.read("2022-06-08T03:15", unchanged=40)
    assert "delivered zero" == begun.state(DAY, "2022-06-08T08:00")


def test_a_reading_after_the_due_moment_is_late(begun: District) -> None:
    begun.read("2022-06-09T03:15", accepted=3)
    assert "late" == begun.state(DAY, "2022-06-09T08:00")


@pytest.mark.parametrize("how", ["held", "open", "window", "replay"])
def test_what_is_no_whole_reading_delivers_nothing(begun: District, how: str) -> None:
    """A held batch, a reading that broke off, a window of days, a replay of landed bytes."""
    begun.read(
        "2022-06-08T03:15",
        None if how in ("held", "open") else "",
        mode=how if how in ("window", "replay") else "live",
        state="held" if how == "held" else "applied",
        accepted=5,
    )
    assert "missing" == begun.state(DAY, "2022-06-10T00:00")


def test_nothing_is_owed_before_the_first_reading(district: District) -> None:
    """Neither before the hub, nor before the system was connected; from then on, whether it answers or not."""
    assert ["nothing due"] * 2 == district.states("2022-06-05", "2022-06-06", "2022-06-08T08:00")
    district.read("2022-06-06T08:00", None)
    assert ["nothing due", "missing"] == district.states("2022-06-05", "2022-06-06", "2022-06-08T08:00")


def test_parts_of_a_day_are_judged_one_by_one(begun: District) -> None:
    """An hourly promise with two hours: silent from nine to one, then it came back. One day, five hours late."""
    begun.promised = {"frequency": "1 h", "latency": "2 h"}
    for hour in [*range(10), *range(14, 24)]:
        begun.read(f"2022-06-07T{hour:02d}:30")
    begun.read("2022-06-08T00:30", accepted=1)
    [row] = begun.days(DAY, DAY, "2022-06-08T08:00")
    assert ("late", 24) == (row.state, row.periods)
    assert 21 == row.in_time  # 10, 11 and 12 o'clock were due by 12, 13 and 14, and came at 14:30


def test_completeness_says_how_many_must_be_in_time(begun: District) -> None:
    """The same day under a promise of 85 percent."""
    begun.promised = {"frequency": "1 h", "latency": "2 h", "completeness": "85 percent"}
    for hour in [*range(10), *range(14, 24)]:
        begun.read(f"2022-06-07T{hour:02d}:30")
    begun.read("2022-06-08T00:30", accepted=1)
    assert "delivered" == begun.state(DAY, "2022-06-08T08:00")


def test_a_weekend_owes_nothing_and_its_records_are_mondays(begun: District) -> None:
    """Under working days: what Saturday's reading brings belongs to Friday, the last day that owed."""
    begun.promised = {"frequency": "1 d", "latency": "24 h", "calendar": "working days"}
    for day in ("2022-06-11", "2022-06-12", "2022-06-13"):
        begun.read(f"{day}T03:15", accepted=1)
    rows = begun.days("2022-06-10", "2022-06-12", "2022-06-13T08:00")
    assert [("delivered", 3), ("nothing due", 0), ("nothing due", 0)] == [(r.state, r.new) for r in rows]
    assert ["", "Cuối tuần", "Cuối tuần"] == [r.closed for r in rows]


def test_what_is_delivered_on_change_is_shown_and_never_missing(begun: District) -> None:
    begun.promised = {"frequency": "on change", "latency": "7 d"}
    begun.read("2022-06-07T10:00", accepted=4)
    [row] = begun.days(DAY, DAY, "2022-07-07T08:00")
    assert ("nothing due", 4) == (row.state, row.new)


def test_an_excuse_stands_until_it_is_withdrawn(begun: District) -> None:
    """By an act, with name and reason; both entries stay."""
    with begun.engine.begin() as connection:
        days = (date(2022, 6, 7), date(2022, 6, 7))
        number = excuses.excuse(connection, STREAM, *days, "Công văn 12/UBND", LAN, local("2022-06-08T09:00"))
    [row] = begun.days(DAY, DAY, "2022-06-10T08:00")
    assert ("excused", number) == (row.state, row.excuse)
    assert [] == deliveries.missing([row])
    assert "missing" == begun.state("2022-06-08", "2022-06-10T08:00")

    with begun.engine.begin() as connection:
        excuses.withdraw(connection, number, Actor("Minh", "Không đúng ngày."), local("2022-06-09T09:00"))
    assert "missing" == begun.state(DAY, "2022-06-10T08:00")
    with begun.engine.begin() as connection, pytest.raises(NotFound):
        excuses.withdraw(connection, number, LAN, local("2022-06-09T09:00"))
    with begun.engine.connect() as connection:
        assert ["Lan", "Minh"] == list(connection.scalars(sa.text("select who from hub.delivery_excuse order by id")))


def test_what_came_needs_no_excuse(begun: District) -> None:
    """A delivered day stays delivered, whoever excused it before."""
    begun.read("2022-06-08T03:15", accepted=3)
    with begun.engine.begin() as connection:
        days = (date(2022, 6, 7), date(2022, 6, 7))
        excuses.excuse(connection, STREAM, *days, "Công văn 12/UBND", LAN, local("2022-06-08T09:00"))
    assert "delivered" == begun.state(DAY, "2022-06-10T08:00")


def test_an_excuse_without_an_act_or_days_is_refused(begun: District) -> None:
    with begun.engine.begin() as connection:
        for first, last, act in (
            (date(2022, 6, 7), date(2022, 6, 7), " "),
            (date(2022, 6, 7), date(2022, 6, 6), "Công văn"),
            (date(2022, 6, 7), date(2024, 6, 7), "Công văn"),
        ):
            with pytest.raises(NotExcusable):
                excuses.excuse(connection, STREAM, first, last, act, LAN, local("2022-06-08T09:00"))


def test_an_excuse_is_never_changed(begun: District, pg_url: str) -> None:
    """The database refuses it, whoever asks."""
    with begun.engine.begin() as connection:
        days = (date(2022, 6, 7), date(2022, 6, 7))
        excuses.excuse(connection, STREAM, *days, "Công văn 12/UBND", LAN, local("2022-06-08T09:00"))
    other = connect(pg_url)
    with pytest.raises(Exception, match="only ever appended"), other.begin() as connection:
        connection.execute(sa.text("update hub.delivery_excuse set why = 'khác'"))
    other.dispose()
