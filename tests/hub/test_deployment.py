"""Deployment files: what is wrong, in which file, on which line, and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.deployment import load_deployment
from hub.errors import NothingSuch
from hub.settings import ROOT

HCMC = ROOT / "deployments" / "hcmc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment of one system, to be spoilt."""
    (tmp_path / "systems").mkdir()
    shutil.copy(HCMC / "deployment.yaml", tmp_path)
    shutil.copy(HCMC / "systems" / "one-stop-760.yaml", tmp_path / "systems")
    return tmp_path


def spoil(folder: Path, old: str, new: str) -> None:
    path = folder / "systems" / "one-stop-760.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_shipped_deployment_has_the_systems_of_2022() -> None:
    """22 one-stop systems, one stream each, the registry with its four books, and the books as files with their scans."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()))

    assert len(deployment.systems) == 24
    assert len(deployment.streams) == 31
    assert sorted(s.id for s in deployment.streams.values() if s.system.id == "moj-registry") == [
        "moj-registry.birth", "moj-registry.death", "moj-registry.marriage", "moj-registry.recognition",
    ]


def test_every_code_list_of_a_contract_is_in_the_deployment() -> None:
    """A rule that looks up a list finds it."""
    lists = load_deployment(HCMC).code_lists()
    wanted = {r.arguments["list"] for c in load_contracts().values() for d in c.datasets for r in d.rules if r.kind == "code_list"}

    assert wanted <= set(lists)
    assert all(lists[name] for name in wanted)


def test_missing_contract_is_told_with_file_and_line(folder: Path) -> None:
    """A deployment file naming a missing contract."""
    spoil(folder, "contracts: [dossier]", "contracts:\n  - dosier")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:11: no contract dosier"):
        load_deployment(folder, frozenset({"dossier"}))


def test_unknown_key_is_told_with_file_and_line(folder: Path) -> None:
    """A typing error in a key never goes unseen."""
    spoil(folder, "overlap: 15m", "overlapp: 15m")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:9: unknown key overlapp"):
        load_deployment(folder)


def test_broken_yaml_is_told_with_file_and_line(folder: Path) -> None:
    """Not YAML at all."""
    spoil(folder, "contracts: [dossier]", "contracts: [dossier")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:1\d: not YAML"):
        load_deployment(folder)


def test_bad_overlap_says_what_to_write(folder: Path) -> None:
    """15 minutes, not 15 somethings."""
    spoil(folder, "overlap: 15m", "overlap: 15 minutes")

    with pytest.raises(DeploymentInvalid, match="write 15m, 2h or 1d"):
        load_deployment(folder)


def test_same_system_twice_is_refused(folder: Path) -> None:
    """Two files that describe one system would silently hide each other."""
    shutil.copy(folder / "systems" / "one-stop-760.yaml", folder / "systems" / "other.yaml")

    with pytest.raises(DeploymentInvalid, match=r"already described by one-stop-760\.yaml"):
        load_deployment(folder)


def test_unknown_stream_names_its_neighbours() -> None:
    """A wrong name on the command line is answered with the right ones."""
    with pytest.raises(NothingSuch, match=r"one-stop-760\.dossier"):
        load_deployment(HCMC).stream("one-stop-76")


def test_stream_by_its_system_alone() -> None:
    """A system with one stream needs no dot."""
    assert load_deployment(HCMC).stream("one-stop-760").id == "one-stop-760.dossier"
