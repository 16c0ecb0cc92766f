"""What a scenario needs is said first, and what cannot end well is not started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.core.errors import NoRoom
from hub.core.settings import Settings
from hub.demonstration.needs import Needs, needs_of, require

FITS = Needs(1_000, disk=10, disk_free=10, memory=5, memory_free=5, hours=1.5)


def test_a_larger_city_needs_more_of_all(tmp_path: Path) -> None:
    """Disk, memory and time grow with the records; so do those of the districts' dossiers."""
    small, large = (needs_of(Settings(records=count), tmp_path, 22) for count in (1_000, 12_800_000))

    assert large.records > small.records > 1_000
    assert large.disk > small.disk
    assert large.memory > small.memory
    assert large.hours > small.hours


def test_what_an_earlier_run_took_is_there_again(tmp_path: Path) -> None:
    """A run that was killed near its end goes on: its own files are no reason to refuse it."""
    before = needs_of(Settings(), tmp_path, 22)
    (tmp_path / "landing").mkdir()
    with (tmp_path / "landing" / "page").open("wb") as page:
        page.truncate(1 << 40)  # a hole: it takes no room of this disk

    assert needs_of(Settings(), tmp_path, 22).disk_free > before.disk_free + (1 << 39)


def test_what_fits_is_started() -> None:
    require(FITS)
    require(FITS, most_hours=1.5)


@pytest.mark.parametrize(
    ("lacking", "needs", "most_hours"),
    [
        ("disk", replace(FITS, disk_free=9), None),
        ("memory", replace(FITS, memory_free=4), None),
        ("time", FITS, 1.4),
        ("disk and memory", replace(FITS, disk_free=9, memory_free=4), None),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(lacking: str, needs: Needs, most_hours: float | None) -> None:
    """The message says what is lacking and how much; the hint says what to do."""
    with pytest.raises(NoRoom, match=f"Not enough {lacking}: about 1,000 records need") as caught:
        require(needs, most_hours)
    assert "--anyway" in caught.value.hint
