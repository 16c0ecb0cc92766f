"""The agencies of a deployment: read in one place, wrong rows named with their line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.access.grants.agencies import read_agencies

ROOT = Path(__file__).resolve().parents[4]
HEAD = "code,name,unit_code,valid_from,valid_to,registers\n"
SCHOOLS = "000.05.16.H29"


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "agencies.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_citys_agencies() -> None:
    """Which of them keep registers is a column of the list; it was guessed from the beginning of their names, in Vietnamese."""
    agencies = read_agencies(ROOT / "deployments" / "hcmc")

    assert {"000.00.00.G15", "000.00.00.G22", "000.05.16.H29", "000.20.13.H29"} == {
        code for code, each in agencies.items() if not each.registers
    }
    assert "760" == agencies["000.00.16.H29"].unit


def test_an_agency_has_its_days() -> None:
    """Those of the districts ended with them."""
    schools = read_agencies(ROOT / "deployments" / "hcmc")[SCHOOLS]

    assert [True, False] == [schools.on(date(2025, 6, 30)), schools.on(date(2025, 7, 1))]


def test_a_list_that_says_nothing_of_registers_has_no_office(tmp_path: Path) -> None:
    """A list of before has no such column: nobody answers for a register then, rather than somebody by chance."""
    folder = written(tmp_path, "code,name,unit_code,valid_from,valid_to\n1,Ủy ban nhân dân Quận 1,760,2021-01-01,\n")

    assert not read_agencies(folder)["1"].registers


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("code,name\n", r"agencies\.csv:1: no column unit_code, valid_from, valid_to"),
        (f"{HEAD}1,a,760,soon,,true\n", r"agencies\.csv:2: valid_from 'soon' is no day"),
        (f"{HEAD}1,a,760,2021-01-01,,yes\n", r"agencies\.csv:2: registers 'yes' is unknown"),
        (
            f"{HEAD}1,a,760,2021-01-01,,true\n1,b,760,2021-01-01,,true\n",
            r"agencies\.csv:3: code .1. stands for the second time",
        ),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, text: str, says: str) -> None:
    """File and line."""
    with pytest.raises(DeploymentInvalid, match=says):
        read_agencies(written(tmp_path, text))


def test_no_list(tmp_path: Path) -> None:
    """Grants name agencies, so there must be some."""
    with pytest.raises(DeploymentInvalid, match=r"reference/agencies\.csv does not exist"):
        read_agencies(tmp_path)
