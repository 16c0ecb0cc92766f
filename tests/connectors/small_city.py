"""All twins over a small city on a socket, and the shipped systems pointed at them.

A test file that wants these fixtures names both: `twins, nothing_scripted = small_city.twins, ...`.
"""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from connectors import Source, System, open_source
from contracts.load import load_contracts
from contracts.model import Contract
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE, City, build_city
from twins.serve import twin_app

SYSTEMS = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems"
FORMS = Path(__file__).parent / "forms"
"""Forms of the registry's REST facade that no deployment reads."""
FACADES = ("moj-registry-rest", "moj-registry-result", "moj-registry-json")


class Twins:
    """All twins over a small city, and the shipped systems pointed at them."""

    def __init__(
        self, address: str, clock: Clock, credentials: dict[str, dict[str, str]], contracts: dict[str, Contract]
    ) -> None:
        self.address, self.clock, self.contracts, self._credentials = address, clock, contracts, credentials

    def system(self, name: str, **options: object) -> System:
        folder = FORMS if (FORMS / f"{name}.yaml").exists() else SYSTEMS
        entry = yaml.safe_load((folder / f"{name}.yaml").read_text())
        address = entry["address"].replace("{twins}", self.address)
        options = {**entry.get("options", {}), "attempts": 1, **options}
        return System(
            name,
            entry["title"],
            entry["dialect"],
            address,
            self._credentials[name],
            options,
            folder,
            now=self.clock.now,
        )

    def open(self, name: str, contract: str, **options: object) -> Source:
        return open_source(self.system(name, **options), self.contracts[contract])

    def play(self, *faults: dict[str, Any]) -> None:
        """Script what goes wrong next."""
        for method, body in (("DELETE", b""), ("POST", json.dumps(faults).encode())):
            urllib.request.urlopen(
                urllib.request.Request(f"{self.address}/control/faults", body, method=method), timeout=5
            ).close()

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}/control/state", timeout=5) as reply:
            found: dict[str, Any] = json.load(reply)
            return found


@cache
def city() -> City:
    """400 registrations and 22 x 40 dossiers, built once a process: the twins keep what changes to themselves."""
    return build_city(400, 40, 7, AS_OF, reference=REFERENCE)


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    """The twins over the city, in which nothing has changed yet."""
    names = (
        "client_id",
        "client_secret",
        "access_key",
        "secret_key",
        "app_name",
        "partner_code",
        "username",
        "password",
    )
    systems = [path.stem for folder in (SYSTEMS, FORMS) for path in folder.glob("*.yaml")]
    credentials = {system: {name: f"{system}-{name}" for name in names} for system in systems}
    clock = Clock(AS_OF)
    app = twin_app(
        city(),
        credentials=credentials,
        reference=REFERENCE,
        wsdl=SYSTEMS / "moj-registry" / "registry.wsdl",
        clock=clock,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, date_header=False, server_header=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Twins(f"http://127.0.0.1:{listener.getsockname()[1]}", clock, credentials, load_contracts())
    server.should_exit = server.force_exit = True  # some tests leave their connection open on purpose
    thread.join(10)


@pytest.fixture(autouse=True)
def nothing_scripted(twins: Twins) -> Iterator[None]:
    """What a test scripted and did not use ends with it."""
    yield
    twins.play()
