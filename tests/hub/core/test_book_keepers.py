"""`book_keepers.yaml`: what is wrong with it is named with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.core.book_keepers import read_keepers
from hub.core.units import Units, read_units

from .spoilt import HCMC

GOOD = '{unit: "760", ended: 2025-06-30, keeper: "26737", from: 2025-07-01, basis: Biên bản}'


@pytest.fixture(scope="module")
def units() -> Units:
    return read_units(HCMC / "reference")


def written(folder: Path, *entries: str, otherwise: str = "Sở Tư pháp") -> Path:
    lines = "\n".join(f"  - {each}" for each in entries)
    (folder / "book_keepers.yaml").write_text(f"otherwise: {otherwise}\nkeepers:\n{lines}\n", encoding="utf-8")
    return folder


def test_the_shipped_table_is_read(units: Units) -> None:
    """Whom it does not name goes to the Justice department."""
    keepers = read_keepers(HCMC, units)
    district = next(unit for unit in units if unit.code == "760")

    assert keepers is not None
    assert keepers.of(district, date(2026, 1, 1)) == "Sở Tư pháp Thành phố Hồ Chí Minh"


def test_a_deployment_may_have_none(units: Units, tmp_path: Path) -> None:
    """Then no unit of it has ended, or nobody has written down who keeps its books."""
    assert read_keepers(tmp_path, units) is None


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (GOOD.replace("760", "999"), "no unit 999 ended"),
        (GOOD.replace("2025-06-30", "2024-06-30"), "no unit 760 ended on 2024-06-30"),
        (GOOD.replace("2025-07-01", "2025-06-30"), "kept its own books"),
        (GOOD.replace("from: 2025-07-01", "from: 2025-09-01, to: 2025-08-01"), "ends before it begins"),
        (GOOD.replace('"26737"', '"99999"'), "no unit ever had the code 99999"),
        (GOOD.replace('"26737"', '""'), "keeper or basis is empty"),
        (GOOD.replace("Biên bản", '""'), "keeper or basis is empty"),
        (GOOD.replace("2025-07-01", "hôm qua"), "is no day"),
        (GOOD.replace(", basis: Biên bản", ""), "basis"),
        (GOOD.replace("basis", "because"), "because"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(units: Units, tmp_path: Path, entry: str, what: str) -> None:
    """The second entry is wrong: the message says line 4 of the file."""
    good = GOOD.replace("760", "761")

    with pytest.raises(DeploymentInvalid, match=what) as refused:
        read_keepers(written(tmp_path, good, entry), units)

    assert "book_keepers.yaml:4" in refused.value.message


def test_two_keepers_on_one_day_are_refused(units: Units, tmp_path: Path) -> None:
    """A case has one owner."""
    with pytest.raises(DeploymentInvalid, match="two keepers"):
        read_keepers(written(tmp_path, GOOD, GOOD.replace("2025-07-01", "2026-01-01")), units)


def test_without_a_last_resort_it_is_refused(units: Units, tmp_path: Path) -> None:
    """Somebody must have the cases of every unit."""
    with pytest.raises(DeploymentInvalid, match="otherwise is empty"):
        read_keepers(written(tmp_path, GOOD, otherwise='" "'), units)
