"""Twins of a city on a real socket, and streams of the shipped systems that read them into a database.

A plain module: what needs it names `served` and `opener`.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import uvicorn
import yaml

from connectors import System, open_source
from contracts.load import load_contracts
from hub.core.crypto import Keys
from hub.core.deployment import load_deployment
from hub.load import stream_state
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE, City
from twins.serve import twin_app

HCMC = Path(__file__).parents[2] / "deployments" / "hcmc"
CONTRACTS = load_contracts()
NAMES = ("client_id", "client_secret", "access_key", "secret_key", "app_name", "partner_code", "username", "password")
CREDENTIALS = {path.stem: {name: f"{path.stem}-{name}" for name in NAMES} for path in (HCMC / "systems").glob("*.yaml")}
Opened = Callable[..., Exchange]


class UngatedJudge(Validator):
    """Judges rows only: Great Expectations takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


@contextmanager
def served(city: City) -> Iterator[str]:
    """The address of the twins of a city."""
    wsdl = HCMC / "systems" / "moj-registry" / "registry.wsdl"
    app = twin_app(city, credentials=CREDENTIALS, reference=REFERENCE, wsdl=wsdl, clock=Clock(AS_OF))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, date_header=False, server_header=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = server.force_exit = True
    thread.join(10)


def opener(engine: sa.Engine, landing: Landing, address: str) -> Opened:
    """What opens a shipped system's stream, ready to move."""
    keys, lists = Keys(b"k" * 32), load_deployment(HCMC).code_lists()

    def open_(system: str, contract: str, place: str = "") -> Exchange:
        entry = yaml.safe_load((HCMC / "systems" / f"{system}.yaml").read_text(encoding="utf-8"))
        promised, stream = CONTRACTS[contract], f"{system}.{contract}"
        with engine.begin() as connection:
            ensure_tables(connection, promised)
            stream_state.register(connection, stream, system, contract, repeats=entry.get("repeats", False))
        at = entry["address"].replace("{twins}", place or address)
        source = open_source(
            System(
                system,
                "",
                entry["dialect"],
                at,
                CREDENTIALS[system],
                entry.get("options", {}),
                HCMC / "systems",
                now=lambda: AS_OF,
            ),
            promised,
        )
        judge = UngatedJudge(source, promised, engine, landing, keys, lists, 0.01)
        return Exchange(
            stream,
            source,
            promised,
            engine,
            landing,
            judge,
            now=lambda: AS_OF,
            overlap=timedelta(minutes=15),
            batch_records=10_000,
        )

    return open_
