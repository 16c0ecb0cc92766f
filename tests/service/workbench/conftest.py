"""The workbench over a small city that the real path has read from twins; one synthetic officer a role."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hub.app import Hub, open_hub
from hub.core import events
from hub.core.settings import read_settings
from hub.demonstration import showcase_people
from service.workbench.app import create_workbench
from tests.databases import Databases
from tests.small_city import HCMC, small_city

STREAMS = ("one-stop-760.dossier", "one-stop-770.dossier", "one-stop-764.dossier", "moj-registry.birth")


@pytest.fixture(scope="session")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that has read two districts and two registers, with the scenario's accounts."""
    folder = tmp_path_factory.mktemp("bench")
    secrets = folder / "secrets.json"
    deployment = shutil.copytree(HCMC, folder / "hcmc")  # a jurist writes into it
    with small_city(secrets, dossiers=60) as address, databases.fresh() as url:
        given = read_settings(
            home=folder / "home",
            deployment=deployment,
            database_url=url,
            twins_url=address,
            secrets_file=secrets,
            store_url="postgresql://nobody:nothing@127.0.0.1:1/never-asked",
        )
        with open_hub(given) as hub:
            for stream in STREAMS:
                hub.exchange(stream, on_event=events.ignore).sync(mode="full")
            showcase_people.signed_in_as(hub)
            yield hub


@pytest.fixture(scope="session")
def bench(city: Hub) -> Starlette:
    return create_workbench(city, secure=False)


Enter = Callable[[str], TestClient]


@pytest.fixture
def enter(bench: Starlette, city: Hub) -> Iterator[Enter]:
    """A browser in which an officer is signed in, by login."""
    password = (city.scenario.folder / showcase_people.FILE).read_text()
    clients: list[TestClient] = []

    def enter(login: str) -> TestClient:
        client = TestClient(bench, follow_redirects=False)
        done = client.post("/signin", data={"login": login, "password": password, "next": "/"})
        assert 303 == done.status_code
        clients.append(client)
        return client

    yield enter
    for client in clients:
        client.close()


def token(page: str) -> str:
    """What a form of a page brings back."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]
