"""One bad record of a SOAP source is a case, from the socket to the ledger; what is good comes in beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors import Source, open_source
from connectors.errors import Malformed
from contracts.load import load_contracts
from contracts.model import Contract
from hub.core.crypto import Keys
from hub.core.deployment import load_deployment
from hub.core.settings import Settings
from hub.load import batches, stream_state
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from hub.operations.reference_merge import ReferenceMerge, staged_again
from tests.connectors.double import served
from tests.connectors.notary_double import notary_contract
from tests.connectors.notary_service import Service, answering, office, reply
from tests.connectors.registry_double import BrokenRegistry, registry_system

from .observed import rows

Opened = Callable[[Source, Contract], Exchange]


class UngatedJudge(Validator):
    """Judges rows only: Great Expectations takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


@pytest.fixture
def opened(engine: sa.Engine, tmp_path: Path) -> Opened:
    keys = Keys(b"k" * 32)
    landing = Landing(tmp_path / "landing", keys)
    lists = load_deployment(Settings().deployment).code_lists()

    def open_(source: Source, contract: Contract) -> Exchange:
        stream = f"soap.{contract.name}"
        with engine.begin() as connection:
            ensure_tables(connection, contract)
            stream_state.register(connection, stream, "soap", contract.name)
        return Exchange(
            stream,
            source,
            contract,
            engine,
            landing,
            UngatedJudge(source, contract, engine, landing, keys, lists, 0.0),
            now=lambda: datetime(2022, 6, 2, 1, tzinfo=UTC),
            overlap=timedelta(days=1),
            batch_records=10,
        )

    return open_


def test_bad_records_of_an_operation_are_cases(opened: Opened, engine: sa.Engine, tmp_path: Path) -> None:
    """Each with its place, its clause and what is known of it; the second reading finds the same and nothing new."""
    page = reply(office(1), office(2, "<t:la/>"), "<toChuc/>", office(3))
    empty = reply()

    with answering(Service(tmp_path / "n"), lambda first, last: page if last == "2022-05-31" else empty) as source:
        exchange = opened(source, notary_contract())
        _, counts = exchange.sync()
        _, again = exchange.sync()

    assert Counts(received=4, accepted=2, quarantined=2) == counts["notary_office"]
    assert Counts(received=4, unchanged=2, quarantined=2) == again["notary_office"]
    assert [
        ("CC79000002", "toChuc/la: SCHEMAV_ELEMENT_CONTENT", 2),
        (None, "toChuc: SCHEMAV_ELEMENT_CONTENT", 2),
    ] == rows(engine, 'select record_key, detail, seen from hub."case" order by record_key')
    assert [("CC79000001",), ("CC79000003",)] == rows(engine, "select _key from warehouse.notary_office order by 1")


def test_days_before_one_that_is_no_xml_come_in(opened: Opened, engine: sa.Engine, tmp_path: Path) -> None:
    """The day is named, the position stands before it, and the next reading goes on there."""
    good = {"2022-05-30": reply(office(1)), "2022-05-31": reply(office(2))}
    broken = {**good, "2022-05-31": reply(office(2)).replace(b"ph\xc3\xb2ng", b"&")}
    answers = [broken]

    with answering(Service(tmp_path / "n"), lambda first, last: answers[-1].get(last, reply())) as source:
        exchange = opened(source, notary_contract())
        with pytest.raises(Malformed, match="2022-05-31"):
            exchange.sync()
        first = rows(engine, "select _key from warehouse.notary_office")
        answers.append(good)
        exchange.sync()

    assert [("CC79000001",)] == first
    assert [("CC79000001",), ("CC79000002",)] == rows(engine, "select _key from warehouse.notary_office order by 1")


def test_bad_records_of_the_registry_are_cases(opened: Opened, engine: sa.Engine) -> None:
    """A breach of the schema, a broken XML and an entry without an id, all in one day; the equation counts them again."""
    double = BrokenRegistry()
    double.broken = {
        "1002": lambda text: text.replace("<so>", "<soNha/><so>"),
        "1003": lambda text: text.replace("Trần", "Trần & Lê"),
    }
    double.listing = lambda text: text.replace("<hoSo><id>1007</id>", "<hoSo>")
    contract = load_contracts()["birth"]
    with served(double, "/moj/registry") as address:
        exchange = opened(open_source(registry_system(address, page_size=1000), contract), contract)
        _, counts = exchange.sync()

    assert 7 == counts["birth"].received
    assert [("1002", "hoSo/khaiSinh/soNha"), ("1003", "hoSo"), (None, "hoSo/maDonVi")] == [
        (key, detail.partition(":")[0])
        for key, detail in rows(
            engine,
            """select record_key, detail from hub."case" where 'record.unreadable' = any(rules) order by record_key""",
        )
    ]
    assert counts == _counted_again(exchange, engine)
    replayed = exchange.replay(None, None)[1]["birth"]
    assert (7, 0) == (replayed.received, replayed.accepted)


def _counted_again(exchange: Exchange, engine: sa.Engine) -> Mapping[str, Counts]:
    with engine.connect() as connection:
        only = connection.execute(sa.text("select id, serial, number from hub.batch")).one()
        batch = Batch(only.id, only.serial, only.number, None, None, None, batches.pages_of(connection, only.id))
    return ReferenceMerge(exchange.contract).apply(staged_again(exchange.validator, batch))
