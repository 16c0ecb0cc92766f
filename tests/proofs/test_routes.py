"""SOAP and REST leave identical warehouses: all four registers through the real path, the twins on a real socket."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.deployment.files import SystemFile
from contracts.yaml.models import load
from hub.app import Hub, open_hub
from hub.core.deployment import Deployment, SystemEntry, load_deployment
from hub.core.settings import ROOT, read_settings
from hub.local.embedded import EmbeddedServer
from hub.local.secrets import read_secrets
from hub.operations.digest import digests
from proofs.routes import compare, routes_to
from tests.sockets import listening
from twins.clock import Clock
from twins.population import AS_OF, build_city
from twins.serve import twin_app

REGISTERS = ("birth", "death", "marriage", "recognition")
HCMC = ROOT / "deployments" / "hcmc"
FORMS = ROOT / "tests" / "connectors" / "forms"


def with_all_forms(deployment: Deployment) -> Deployment:
    """The deployment, and the forms of the registry's REST facade that no deployment reads, as other ways to it."""
    read = [load(path, SystemFile) for path in sorted(FORMS.glob("*.yaml"))]
    forms = [SystemEntry.model_construct(**dict(each.value), file=each.file) for each in read]
    return deployment.only(deployment.systems, {**deployment.other_ways, **{form.id: form for form in forms}})


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a city of 1,500 registrations, and the file of its secrets."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.json"
    known = read_secrets(secrets, with_all_forms(load_deployment(HCMC)))
    city = build_city(1_500, 10, 5, AS_OF)
    app = twin_app(
        city,
        credentials=known,
        reference=HCMC / "reference",
        wsdl=HCMC / "systems/moj-registry/registry.wsdl",
        clock=Clock(AS_OF),
    )
    with listening(app, date_header=False, lifespan="off") as address:
        yield address, secrets


@pytest.fixture
def hub(pg_url: str, twins: tuple[str, Path], tmp_path: Path) -> Iterator[Hub]:
    address, secrets = twins
    with open_hub(read_settings(home=tmp_path, database_url=pg_url, secrets_file=secrets, twins_url=address)) as hub:
        yield replace(hub, deployment=with_all_forms(hub.deployment))


@pytest.fixture
def another_database(server: EmbeddedServer) -> Iterator[str]:
    """An empty database beside the hub's own."""
    name = f"compare_{os.urandom(6).hex()}"
    yield server.ensure(name, "tester", "tester")
    server.drop(name)


@pytest.mark.parametrize("register", REGISTERS)
def test_every_way_leaves_the_same_warehouse(hub: Hub, another_database: str, register: str) -> None:
    """XML in JSON, both JSON dialects and SOAP, under one key: the same digests, and the same cases; the hub's own warehouse stays empty."""
    ways = list(compare(hub, another_database, "moj-registry", register))

    assert routes_to(hub.deployment, "moj-registry") == tuple(way.system for way in ways)
    assert 5 == len(ways)
    assert ways[0].tables[0].rows == ways[0].accepted > 0
    assert {way.tables for way in ways} == {ways[0].tables}
    assert 1 == len({(way.received, way.accepted, way.quarantined) for way in ways})
    with hub.engine.connect() as connection:
        assert 0 == connection.scalar(sa.select(sa.func.count()).select_from(sa.table(register, schema="warehouse")))
    assert not (hub.scenario.folder / "compare").exists()


def test_a_way_that_says_something_else_shows(hub: Hub, another_database: str, tmp_path: Path) -> None:
    """A map that crosses two fields is noticed by the digest alone: the counts stay the same."""
    crossed = tmp_path / "maps" / "recognition.yaml"
    crossed.parent.mkdir()
    text = (HCMC / "systems/moj-registry-rest/register/recognition.yaml").read_text(encoding="utf-8")
    crossed.write_text(
        text.replace("cmQueQuan: cmQueQuan", "cmQueQuan: cmNoiCuTru").replace(
            "cmNoiCuTru: cmNoiCuTru", "cmNoiCuTru: cmQueQuan"
        ),
        encoding="utf-8",
    )
    way = hub.deployment.other_ways["moj-registry-rest"]
    wrong = way.model_copy(update={"options": {**way.options, "fields": str(crossed.parent)}})
    hub = replace(hub, deployment=hub.deployment.only(hub.deployment.systems, {way.id: wrong}))

    soap, rest = compare(hub, another_database, "moj-registry", "recognition")

    assert soap.received == rest.received
    assert soap.tables != rest.tables


def test_a_deployment_chooses_its_route(hub: Hub) -> None:
    """Under the system's own id the other wire goes on where the first one stopped: nothing is new, and not one row differs."""
    hub.exchange("moj-registry.recognition").sync()
    before = list(digests(hub.engine, iter([hub.contracts["recognition"]])))
    folder = hub.scenario.folder / "deployment"
    shutil.copytree(HCMC, folder)
    with (folder / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("routes: {moj-registry: moj-registry-rest}\n")
    later = replace(hub, deployment=load_deployment(folder, frozenset(hub.contracts)))

    _, counts = later.exchange("moj-registry.recognition").sync(mode="full")

    assert "moj_registry_rest" == later.deployment.systems["moj-registry"].dialect
    assert before == list(digests(hub.engine, iter([hub.contracts["recognition"]])))
    assert counts["recognition"].received == counts["recognition"].unchanged + counts["recognition"].quarantined
