"""Local time is defined in one place."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

from contracts.local_time import local_day

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "connectors", "quality", "hub", "service", "orchestration", "twins")
DEFINES = re.compile(r"""ZoneInfo\(["']Asia|timedelta\(hours=7\)""")


def test_a_day_begins_seven_hours_before_it_does_in_utc() -> None:
    """Papers carry local days."""
    assert date(2022, 6, 2) == local_day(datetime(2022, 6, 1, 17, tzinfo=UTC))
    assert date(2022, 6, 1) == local_day(datetime(2022, 6, 1, 16, 59, tzinfo=UTC))


def test_nobody_defines_it_again() -> None:
    """It was defined seven times, once by the zone's history and once by its offset: times of before 1975 were an hour apart."""
    again = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if DEFINES.search(path.read_text(encoding="utf-8"))
    ]

    assert ["contracts/local_time.py"] == again
