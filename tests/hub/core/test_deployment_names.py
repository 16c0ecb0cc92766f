"""Names in a deployment's files are names: they become paths, stream ids and statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.core.deployment import load_deployment

from .spoilt import spoil

NAMES = ("../x", "..", "/x", "One-Stop-760", "a\\0b", "a b", "x')) or true --", "one_stop", "7", "")


@pytest.mark.parametrize("name", NAMES)
def test_an_id_that_is_none_is_reported_with_its_line(folder: Path, name: str) -> None:
    """The id of a system is part of file names (keys, certificates, maps), of stream ids and of statements."""
    spoil(folder, "system: one-stop-760", f'system: "{name}"')

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:\d+: (no name|a text with a NUL)"):
        load_deployment(folder)


def test_a_file_called_otherwise_than_its_system_is_reported(folder: Path) -> None:
    """`hub systems new` looks for a file of the id: it would describe the system again, in a second file."""
    (folder / "systems" / "one-stop-760.yaml").rename(folder / "systems" / "one-stop-761.yaml")

    with pytest.raises(
        DeploymentInvalid, match=r"one-stop-761\.yaml:2: the file of system one-stop-760 is called otherwise"
    ):
        load_deployment(folder)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: hcmc", "name: ../hcmc", "no name that a deployment"),
        ("file: units.csv", "file: ../../units.csv", "no name that a file"),
        ("file: units.csv", "file: /etc/passwd", "no name that a file"),
        ("as_of: ", "as_of: soon # ", "as_of is no moment"),
    ],
)
def test_names_in_the_deployments_own_file(folder: Path, old: str, new: str, says: str) -> None:
    """Its name is the state folder's, and its lists are files of `reference/`."""
    spoil(folder, old, new, "deployment.yaml")

    with pytest.raises(DeploymentInvalid, match=rf"deployment\.yaml:\d+: {says}"):
        load_deployment(folder)


@pytest.mark.parametrize("contracts", ['["../dossier"]', '["x; drop"]', "dossier", "[[dossier]]"])
def test_contracts_of_a_system_are_names(folder: Path, contracts: str) -> None:
    """Also where nobody says which contracts are known: stream ids and maps are called after them."""
    spoil(folder, "contracts: [dossier]", f"contracts: {contracts}")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:12: (no name|contracts 'dossier' is no list)"):
        load_deployment(folder)
