"""Another way to a system is checked and compared, and read only when a route chooses it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.core.deployment import load_deployment
from hub.core.errors import NotFound
from hub.core.settings import read_settings
from hub.demonstration.twin_process import twin_command
from hub.local.scenario import Scenario

from .spoilt import HCMC, spoil


def test_another_way_to_a_system_is_not_read() -> None:
    """The same registration told by two systems would stand in the warehouse twice: other ways are checked and compared only."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()))

    assert {"moj-registry"} == {way.instead_of for way in deployment.other_ways.values()}
    assert not deployment.other_ways.keys() & deployment.systems.keys()
    with pytest.raises(NotFound, match="another way to moj-registry"):
        deployment.stream("moj-registry-rest.birth")


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ("{moj-registry: one-stop-760}", "one-stop-760 is no other way to moj-registry"),
        ("{one-stop-760: moj-registry-rest}", "moj-registry-rest is no other way to one-stop-760"),
        ("{moj-registry: moj-registry-xml}", "no system moj-registry-xml"),
        ("{moj-regstry: moj-registry-rest}", "no system moj-regstry"),
        ("moj-registry-rest", "routes 'moj-registry-rest' is no mapping"),
    ],
)
def test_a_route_that_leads_nowhere_is_reported(tmp_path: Path, routes: str, says: str) -> None:
    """A misspelt route would leave the system on its own wire in silence."""
    shutil.copytree(HCMC, tmp_path / "hcmc")
    with (tmp_path / "hcmc" / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write(f"routes: {routes}\n")

    with pytest.raises(DeploymentInvalid, match=rf"hcmc/deployment\.yaml:\d+: {says}"):
        load_deployment(tmp_path / "hcmc")


def test_a_chosen_route_keeps_the_systems_streams_and_owner(tmp_path: Path) -> None:
    """Airflow runs the same DAG; wire, options and credentials are the other way's, which is none any more."""
    shutil.copytree(HCMC, tmp_path / "hcmc")
    with (tmp_path / "hcmc" / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("routes: {moj-registry: moj-registry-rest}\n")

    before, after = load_deployment(HCMC), load_deployment(tmp_path / "hcmc")
    read = after.systems["moj-registry"]

    assert list(before.streams) == list(after.streams)
    assert ("moj_registry_rest", "moj-registry-rest", before.systems["moj-registry"].owner) == (
        read.dialect,
        read.credentials_of,
        read.owner,
    )
    assert "moj-registry-rest" not in after.other_ways


def test_twins_start_for_a_chosen_route(tmp_path: Path) -> None:
    """The registry's twin serves all its wires, so it wants the WSDL and the login of the one that is not read."""
    shutil.copytree(HCMC, tmp_path / "hcmc")
    with (tmp_path / "hcmc" / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("routes: {moj-registry: moj-registry-rest}\n")
    deployment = load_deployment(tmp_path / "hcmc")
    settings = read_settings(home=tmp_path, database_url="postgresql://u:p@127.0.0.1:9/nowhere")

    command = twin_command(settings, Scenario(tmp_path, deployment.as_of, deployment.as_of), deployment)

    assert str(tmp_path / "hcmc" / "systems" / "moj-registry" / "registry.wsdl") in command
    assert {"moj-registry", "moj-registry-rest", "moj-registry-signed"} <= set(
        json.loads((tmp_path / "secrets.json").read_text())
    )


def test_another_way_to_nothing_is_reported(folder: Path) -> None:
    """A misspelt `instead_of` would leave the system out in silence."""
    spoil(folder, "overlap: 15m\n", "overlap: 15m\ninstead_of: moj-regstry\n")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:1: instead_of moj-regstry"):
        load_deployment(folder)
