"""A small city and its twins on a real socket, shared by the tests of this folder."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from twins.city.places import read_places
from twins.clock import Clock
from twins.population import REFERENCE, City, build_city
from twins.serve import twin_app

ROOT = Path(__file__).resolve().parents[2]
WSDL = ROOT / "deployments/hcmc/systems/moj-registry/registry.wsdl"
AS_OF = datetime.fromisoformat("2022-06-02T08:00:00+07:00")
SECRETS = {
    "client_id": "hub",
    "client_secret": "s3",
    "access_key": "ak",
    "secret_key": "sk",
    "app_name": "motlan",
    "partner_code": "H29",
}


@pytest.fixture(scope="session")
def wsdl() -> Path:
    """The deployment's description of the registry; its types stand beside it."""
    return WSDL


@pytest.fixture(scope="session")
def city() -> City:
    """6,000 registrations and 22 x 200 dossiers."""
    return build_city(6_000, 200, 7, AS_OF)


@dataclass
class Answer:
    """A reply as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Wire:
    """A client that knows HTTP only."""

    port: int

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def control(self, path: str, data: object) -> Answer:
        return self.call("POST", f"/control/{path}", json.dumps(data).encode())

    def token(self, unit: str, secret: str = "s3") -> Answer:
        basic = base64.b64encode(f"hub:{secret}".encode()).decode()
        return self.call(
            "POST", f"/one-stop/{unit}/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"}
        )

    def headers(self, unit: str) -> dict[str, str]:
        lgsp = {
            "AccessKey": "ak",
            "SecretKey": "sk",
            "AppName": "motlan",
            "PartnerCode": "H29",
            "PartnerCodeCus": "H29",
        }
        return {
            "Authorization": f"Bearer {self.token(unit).json()['access_token']}",
            "lgspaccesstoken": base64.b64encode(json.dumps(lgsp).encode()).decode(),
        }


@pytest.fixture(scope="session")
def credentials() -> dict[str, dict[str, str]]:
    """What the twins let in."""
    return (
        {f"one-stop-{d}": SECRETS for d in read_places(REFERENCE / "units.csv").districts}
        | {
            s: {**SECRETS, "username": "hub", "password": "pw"}
            for s in ("e-identification-760", "national-portal", "city-portal", "population-db")
        }
        | {"moj-registry": {"username": "hub", "password": "pw"}}
    )


@pytest.fixture(scope="session")
def wire_to() -> Callable[[int], Wire]:
    """A client of twins on a given port."""
    return Wire


@pytest.fixture
def wire(city: City, credentials: dict[str, dict[str, str]]) -> Iterator[Wire]:
    """The twins of the shared city, fresh for each test, on a free port."""
    app = twin_app(city, credentials=credentials, reference=REFERENCE, wsdl=WSDL, clock=Clock(AS_OF))
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, log_level="critical", date_header=False, lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield Wire(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join(5)
    assert not thread.is_alive()
