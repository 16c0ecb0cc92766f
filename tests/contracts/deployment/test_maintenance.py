"""Maintenance windows of a system, and how often it is watched, as its file writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contracts.deployment.files import SystemFile
from contracts.deployment.maintenance import to_maintenance

FILE = {
    "system": "one-stop-1",
    "title": "t",
    "dialect": "d",
    "address": "https://a.example",
    "owner": "o",
    "schedule": "0 * * * *",
    "contracts": (),
}


@pytest.mark.parametrize(
    ("written", "moment", "covered"),
    [
        ("01:00-03:00", "2022-06-02T01:00", True),
        ("01:00-03:00", "2022-06-02T03:00", False),
        ("22:00-04:00", "2022-06-02T23:30", True),
        ("22:00-04:00", "2022-06-02T03:59", True),
        ("22:00-04:00", "2022-06-02T12:00", False),
        ("Thu 22:00-04:00", "2022-06-02T22:00", True),
        ("Thu 22:00-04:00", "2022-06-03T02:00", True),
        ("Thu 22:00-04:00", "2022-06-02T02:00", False),
        ("Sun 01:00-05:00", "2022-06-02T02:00", False),
    ],
)
def test_a_window_covers_its_hours(written: str, moment: str, covered: bool) -> None:
    """Also past midnight, and only on its day of the week. 2 June 2022 is a Thursday."""
    assert covered == to_maintenance(written).covers(datetime.fromisoformat(moment))  # type: ignore[attr-defined]


@pytest.mark.parametrize("written", ["22-04", "25:00-26:00", "Som 01:00-02:00", "03:00-03:00", 5])
def test_what_is_no_window_is_refused(written: object) -> None:
    """A typing error must not leave a system without its hours of rest."""
    with pytest.raises(ValueError, match="maintenance"):
        SystemFile.model_validate({**FILE, "maintenance": [written]})


@pytest.mark.parametrize(
    ("written", "every"), [("3s", timedelta(seconds=3)), ("5m", timedelta(minutes=5)), ("cron", None)]
)
def test_how_often_a_system_is_watched(written: str, every: timedelta | None) -> None:
    """Seconds on twins, minutes by agreement, or never."""
    assert every == SystemFile.model_validate({**FILE, "watch": written}).watch


def test_without_an_agreement_it_is_five_minutes() -> None:
    """The default spares a system whose owner was not asked."""
    assert timedelta(minutes=5) == SystemFile.model_validate(FILE).watch


@pytest.mark.parametrize("written", ["0s", "3", "often", 3])
def test_what_is_no_interval_is_refused(written: object) -> None:
    """An interval without a unit, or of nothing, is refused with what may be written."""
    with pytest.raises(ValueError, match="watch"):
        SystemFile.model_validate({**FILE, "watch": written})
