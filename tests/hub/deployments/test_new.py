"""`hub deployment new`: a folder without a fault, for a province of the national list and for one that no list has."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.cli import app
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT
from hub.deployments.check import check_deployment
from hub.deployments.new import plan, write
from hub.requirements.catalogue import ReviewState
from hub.requirements.review import read_reviewed

HCMC = ROOT / "deployments" / "hcmc"


def written(tmp_path: Path, name: str, **given: str) -> Path:
    """A new deployment's folder."""
    write(plan(name, **given), tmp_path / name, HCMC)
    return tmp_path / name


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a list."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_province_of_the_list(tmp_path: Path) -> None:
    """Its own units only, each below the one above it; its name is the list's."""
    folder = written(tmp_path, "da-nang", province="48", agency="H17")
    units = rows(folder / "reference" / "units.csv")

    assert () == check_deployment(folder, load_contracts(own=folder))
    assert [("48", "Thành phố Đà Nẵng")] == [(u["code"], u["name"]) for u in units if u["level"] == "province"]
    assert {"Quận Hải Châu", "Quận Sơn Trà"} <= {u["name"] for u in units if u["level"] == "district"}
    assert {"vouched"} == {u["basis"] for u in units}


def test_a_province_that_no_list_has(tmp_path: Path) -> None:
    """Its units are made up, and say so."""
    folder = written(tmp_path, "binh-giang", province="97", agency="H99", title="Tỉnh Bình Giang")
    units = rows(folder / "reference" / "units.csv")

    assert () == check_deployment(folder, load_contracts(own=folder))
    assert {"synthetic"} == {u["basis"] for u in units}
    assert 1 + 5 + 15 == len({u["code"] for u in units})


def test_nothing_of_the_first_city_is_in_it(tmp_path: Path) -> None:
    """No name, code or agency of it in what is the province's own."""
    folder = written(tmp_path, "binh-giang", province="97", agency="H99")
    own = [
        p
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("provinces.csv", "procedures.csv", "legal_bases.csv")
    ]

    assert [] == [
        p.name for p in own if any(w in p.read_text(encoding="utf-8") for w in ("Hồ Chí Minh", "H29", "hcmc"))
    ]


def test_nobody_has_reviewed_its_sample(tmp_path: Path) -> None:
    """Its review is synthetic: it counts in a scenario, and on the real day an officer confirms."""
    folder = written(tmp_path, "binh-giang", province="97", agency="H99")
    states = [read_reviewed(folder, scenario=each)["1.000894"][0].review for each in (True, False)]

    assert [ReviewState.CONFIRMED, ReviewState.PROPOSED] == states


def test_two_systems_are_read_and_its_contract_is_known(tmp_path: Path) -> None:
    """As the hub loads it, from a folder outside of the tree."""
    folder = written(tmp_path, "binh-giang", province="97", agency="H99")
    contracts = load_contracts(own=folder)
    deployment = load_deployment(folder, frozenset(contracts))

    assert ["one-stop-970.dossier", "one-stop-971.dossier"] == list(deployment.streams)
    assert "household_business" in contracts


@pytest.mark.parametrize(
    ("name", "province", "agency", "says"),
    [
        ("Bình Giang", "97", "H99", "no name that a deployment may have"),
        ("binh-giang", "097", "H99", "'097' is no code of a province"),
        ("binh-giang", "97", "99", "'99' is no code of a province's agencies"),
    ],
)
def test_what_no_deployment_may_be_called(name: str, province: str, agency: str, says: str) -> None:
    """Said before anything is written."""
    with pytest.raises(DeploymentInvalid, match=says):
        plan(name, province=province, agency=agency)


def test_a_folder_is_never_overwritten(tmp_path: Path) -> None:
    """What somebody filled in stays."""
    words = ["deployment", "new", "binh-giang", "--province", "97", "--agency", "H99", "--into", str(tmp_path)]
    first, second = (CliRunner().invoke(app, words) for _ in range(2))

    assert 0 == first.exit_code, first.output
    assert "5 districts, made up" in first.stdout
    assert "exists already" in str(second.exception)
