"""From a WSDL to rows in the warehouse: drafted, decided, served as a twin, synced through the main path on a real PostgreSQL."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import uvicorn
import yaml

from connectors import System, open_source
from connectors.errors import AuthenticationFailed
from connectors.wsdl.description import Wsdl
from connectors.wsdl.documents import read_documents
from connectors.wsdl.draft.contract import draft
from contracts.lint import UNDECIDED
from contracts.load import load_contract
from contracts.model import Contract
from hub.core.crypto import Keys
from hub.load import stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from hub.operations import reports
from tests.connectors.estonia import needs_shared, population_register
from twins.clock import Clock
from twins.wsdl.service import PATH, WsdlService

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "deployments" / "examples" / "notary"
NOW = datetime(2022, 6, 2, 10, tzinfo=UTC)
Opened = Callable[[System, Contract], Exchange]


class UngatedJudge(Validator):
    """Judges rows only: Great Expectations takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


@pytest.fixture
def opened(engine: sa.Engine, tmp_path: Path) -> Opened:
    keys = Keys(b"k" * 32)
    landing = Landing(tmp_path / "landing", keys)

    def open_(system: System, contract: Contract) -> Exchange:
        stream = f"{system.id}.{contract.name}"
        with engine.begin() as connection:
            ensure_tables(connection, contract)
            stream_state.register(connection, stream, system.id, contract.name)
        source = open_source(system, contract)
        judge = UngatedJudge(source, contract, engine, landing, keys, {}, 0.01)
        return Exchange(
            stream,
            source,
            contract,
            engine,
            landing,
            judge,
            now=lambda: NOW,
            overlap=timedelta(days=1),
            batch_records=10,
        )

    return open_


@contextmanager
def twin(wsdl: Path, **options: Any) -> Iterator[str]:
    """The address of a double of the WSDL's service."""
    app = WsdlService(wsdl, Clock(NOW), **options).app()
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, log_level="critical", date_header=False, lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}{PATH}"
    server.should_exit = True
    thread.join(5)


def system_of(path: Path, address: str, **options: object) -> System:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    given = {**data["options"], **options}
    return System(
        data["system"],
        data["title"],
        data["dialect"],
        address,
        {},
        given,
        path.parent,
        overlap=timedelta(days=1),
        now=lambda: NOW,
    )


def counted(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text(f"select count(*) from warehouse.{table}")).scalar_one())


def test_the_example_comes_in_and_a_second_reading_accepts_nothing(opened: Opened, engine: sa.Engine) -> None:
    """Nine days of a service that is known by its WSDL only; X-Road's headers go and come back; every record is accounted for."""
    contract = load_contract(EXAMPLES / "notary_office.odcs.yaml")
    with twin(EXAMPLES / "notary" / "notary.wsdl", records=8) as address:
        stream = opened(system_of(EXAMPLES / "notary.yaml", address), contract)
        first, second = (stream.sync()[1]["notary_office"] for _ in range(2))

    assert first.received == first.accepted > 20
    assert second == Counts(received=second.received, unchanged=second.received)
    assert first.accepted == counted(engine, "notary_office")


def test_landed_pages_are_judged_again_without_the_service(opened: Opened, engine: sa.Engine) -> None:
    """A replay reads the bytes as they came, and finds the same records: nothing is accepted anew."""
    contract = load_contract(EXAMPLES / "notary_office.odcs.yaml")
    with twin(EXAMPLES / "notary" / "notary.wsdl") as address:
        stream = opened(system_of(EXAMPLES / "notary.yaml", address), contract)
        first = stream.sync()[1]["notary_office"]

    again = stream.replay(None, None)[1]["notary_office"]

    assert (first.accepted, 0) == (again.unchanged, again.accepted)


def test_the_same_under_ws_security(opened: Opened) -> None:
    """Another profile of headers is another word in the system's file; a token that is not the service's is refused."""
    contract = load_contract(EXAMPLES / "notary_office.odcs.yaml")
    login = {"username": "hub", "password": "mật-khẩu-19"}
    with twin(EXAMPLES / "notary" / "notary.wsdl", credentials=login) as address:
        system = system_of(EXAMPLES / "notary.yaml", address, headers=["username_token"])
        assert opened(replace(system, credentials=login), contract).sync()[1]["notary_office"].accepted > 0
        with pytest.raises(AuthenticationFailed):
            opened(replace(system, credentials={**login, "password": "another"}), contract).sync()


def decided(text: str) -> str:
    """A draft whose every mark a person has decided (here: in the simplest way that the lint accepts)."""
    text = (
        text.replace('domain: ""', "domain: examples")
        .replace('businessName: ""', "businessName: Một trường")
        .replace('description: ""', "description: As named.")
    )
    text = (
        text.replace('value: ""}', "value: Một giá trị}")
        .replace('limitations: ""', "limitations: Synthetic.")
        .replace('name: ""', "name: Một người")
    )
    text = text.replace("classification: restricted", "classification: personal basic")
    return re.sub(f" *{UNDECIDED}.*", "", text)


@needs_shared
def test_a_list_of_the_estonian_population_register(opened: Opened, engine: sa.Engine, tmp_path: Path) -> None:
    """131 operations that nobody here drew: one is drafted, decided, served as a twin, and read day by day into the warehouse."""
    name = "RR420KMOOnElukohaTeadePoleElamisOigust"
    made = draft(Wsdl(read_documents(population_register(tmp_path))), name, system="rr", contract="residence")
    for path, content in made.files.items():
        (tmp_path / "draft" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "draft" / path).write_bytes(content)
    contract_file = tmp_path / "draft" / "residence.odcs.yaml"
    contract_file.write_text(decided(contract_file.read_text(encoding="utf-8")), encoding="utf-8")
    headers = [
        {
            "profile": "x_road",
            "client": "VN/GOV/79-HUB/mot-lan",
            "service": "EE/GOV/70008440/rr",
            "serviceVersion": "v1",
            "userId": "VN-79-HUB",
        }
    ]
    contract = load_contract(contract_file)
    with twin(tmp_path / "draft" / "rr" / "estonia_population_register_rr.wsdl") as address:
        system = system_of(
            tmp_path / "draft" / "rr.yaml", address, first_day="2022-05-20", headers=headers, timezone="Europe/Tallinn"
        )
        stream = opened(system, contract)
        first, second = (stream.sync()[1]["residence"] for _ in range(2))

    assert first.received == first.accepted + first.quarantined > 20
    assert (0, second.received) == (second.accepted, second.unchanged + second.quarantined)
    assert first.accepted == counted(engine, "residence")
    assert all(row["received"] == sum(row[term] for term in reports.TERMS[1:]) for row in _ledger(engine))


def _ledger(engine: sa.Engine) -> list[dict[str, int]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text("select * from hub.ledger")).mappings()]
