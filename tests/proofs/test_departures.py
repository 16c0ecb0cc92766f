"""The proof of departures, small: the four kinds of source on real sockets, files and a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub, open_hub
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, read_settings
from hub.local.embedded import EmbeddedServer
from hub.local.secrets import read_secrets
from proofs import departures
from proofs.departing_sources import DepartingSource, Dumps, births, in_sql, over_http, with_dumps
from proofs.departures import Differs, proved
from tests.sockets import listening
from twins.clock import Clock
from twins.digitised.store import fill
from twins.population import AS_OF, REFERENCE, City, build_city
from twins.serve import twin_app

NUMBER = 12
HCMC = ROOT / "deployments" / "hcmc"


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(10_000, 60, 3, AS_OF, reference=REFERENCE)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("departing")
    return with_dumps(HCMC, folder, folder / "dumps")


@pytest.fixture(scope="module")
def twins(city: City, deployment: Path) -> Iterator[str]:
    """Address of the twins."""
    known = read_secrets(deployment.parent / "secrets.json", load_deployment(deployment))
    wsdl = HCMC / "systems/moj-registry/registry.wsdl"
    app = twin_app(city, credentials=known, reference=HCMC / "reference", wsdl=wsdl, clock=Clock(AS_OF))
    with listening(app, date_header=False, lifespan="off") as address:
        yield address


@pytest.fixture
def hub(twins: str, deployment: Path, server: EmbeddedServer, pg_url: str, tmp_path: Path) -> Iterator[Hub]:
    login = json.loads((deployment.parent / "secrets.json").read_text(encoding="utf-8"))["digitised-store"]
    store = server.ensure("departing", "departing", "owner", readers={login["username"]: login["password"]})
    settings = read_settings(
        home=tmp_path,
        deployment=deployment,
        data=deployment.parent / "dumps",
        database_url=pg_url,
        twins_url=twins,
        store_url=store,
        secrets_file=deployment.parent / "secrets.json",
    )
    with open_hub(settings) as hub:
        yield hub


def source_of(kind: str, hub: Hub, city: City, twins: str, deployment: Path) -> DepartingSource:
    match kind:
        case "one-stop":
            return over_http(twins, "one-stop-760", "dossier", kind)
        case "registry":
            return over_http(twins, "moj-registry", "marriage", kind)
        case "store":
            owner = str(hub.settings.store_url and hub.settings.store_url.get_secret_value())
            fill(city, owner, hub.credentials["digitised-store"]["username"])
            return in_sql(owner)
    return Dumps(deployment.parent / "dumps", hub.scenario.now, dict(list(births(city).items())[:300])).source()


@pytest.mark.parametrize("kind", ["one-stop", "registry", "store", "dump"])
def test_the_city_equals_its_source_after_the_next_listing(
    kind: str, hub: Hub, city: City, twins: str, deployment: Path
) -> None:
    """Deletions, new keys and restorations, half of them in silence; none is ended by absence from a page."""
    found = proved(hub, source_of(kind, hub, city, twins, deployment), NUMBER, 1)

    assert (found["deleted"], found["rekeyed"], found["restored"]) == (NUMBER,) * 3
    assert found["gone"] == found["released"], "a few got two new keys, one after the other"
    assert 2 * NUMBER - 3 <= found["gone"] <= 2 * NUMBER
    silent = NUMBER - NUMBER // 2
    assert found["back"] == (0 if kind == "dump" else silent), "the others came with a reading; a dump is read whole"
    if kind != "one-stop":
        assert found["linked"] >= NUMBER - 2, "an entry without its number, or one that is a case, is linked to nothing"


def test_the_proof_can_fail(hub: Hub, twins: str, city: City, deployment: Path, monkeypatch: Any) -> None:
    """A listing that notes nothing is found out."""
    monkeypatch.setattr(departures.departures, "note_listed", lambda keys, now: 0)

    with pytest.raises(Differs):
        proved(hub, source_of("one-stop", hub, city, twins, deployment), NUMBER, 5)
