"""The service under the login of its duty: it answers on every way out, and can do nothing else. All people are synthetic."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
import structlog

from hub.access.logins.duty import ROLES, Duty
from hub.access.logins.ownership import DatabaseBehind
from hub.answers.disclosure.disclosure import Disclosure
from hub.app import Hub
from hub.core.database import connect
from hub.core.errors import DatabaseRefused
from tests.databases import Databases
from tests.hub.in_force import put_in_force
from tests.hub.registers import Put
from tests.sockets import listening

from . import ways_out
from .conftest import BORN, LAN, MARRIED, QUAN_1
from .ways_out import WAYS, Service

hub = ways_out.hub


@pytest.fixture
def answering(hub: Hub, databases: Databases) -> Iterator[Hub]:
    """The hub as `hub serve` opens it in production."""
    url = hub.engine.url.render_as_string(hide_password=False)
    engine = connect(databases.login(url, ROLES[Duty.ANSWERING]))
    yield replace(hub, engine=engine)
    engine.dispose()


@pytest.fixture
def service(hub: Hub, answering: Hub, put: Put) -> Iterator[Service]:
    put("marriage", "1", **MARRIED)
    put("birth", "1", **BORN | {"nksSoDDCN": LAN})
    put_in_force(hub)
    service = Service(answering)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with listening(service) as address:
        service.address = address
        yield service


def test_every_way_out_answers(service: Service, put: Put) -> None:
    """The owner's rights were used for places within the limits, nonces, doors and alerts: the login has those, and no more."""
    statuses = {}
    for number, (way, prepare) in enumerate(WAYS.items(), 1):
        dossier = f"{QUAN_1}-220602-{number:04}"
        put("dossier", dossier, system="one-stop-760", MaHoSo=dossier, TrangThaiHoSo="4")
        method, path, body, law = prepare(service, dossier)
        statuses[way] = service.send(method, path, body, legal_basis=law)[0]
    assert statuses == dict.fromkeys(WAYS, 200)


def test_it_is_ready(service: Service) -> None:
    """The balancer asks this of each replica."""
    assert service.send("GET", "/health/ready")[0] == 200


@pytest.mark.parametrize(
    "statement",
    [
        "select * from warehouse.marriage",
        "select * from history.birth",
        "select because from hub.audit",
        "select content from hub.decision_question",
        "update hub.audit set outcome = 'nothing'",
        "delete from hub.audit",
        "insert into hub.granted (\"grant\", agency, dataset, purpose, valid_from) values ('g', 'a', 'birth', 'p', '2022-01-01')",
        "insert into hub.client_certificate (fingerprint) values ('a')",
        "update hub.alert set kind = 'hour'",
        "create table hub.mine (n integer)",
        "alter table hub.audit disable trigger all",
        "create policy mine on warehouse.birth using (true)",
        "set role tester",
        "set role hub_copier",
        "set role hub_loading",
        "set session authorization tester",
        "reset role; select * from warehouse.birth",
    ],
)
def test_nothing_else_is_allowed(answering: Hub, statement: str) -> None:
    """Whoever sends statements of his own through the service gets no row, and can't take the owner's role on."""
    with pytest.raises(DatabaseRefused, match="42501"), answering.engine.connect() as connection:
        connection.execute(sa.text(statement))


def test_a_name_finds_nobody_without_a_grant(answering: Hub, service: Service) -> None:
    """The function that looks names up asks who is logged in: without a role, it took whoever called for the owner."""
    named = sa.text(
        "select * from hub.named('marriage', 'warehouse', 'vo_ho_ten', 'vo_ngay_sinh', hub.recall_key(:n), '1990')"
    )
    with answering.engine.connect() as connection:
        assert connection.execute(named, {"n": MARRIED["voHoTen"]}).all() == []


def test_without_grants_it_does_not_start(answering: Hub) -> None:
    """The first version of the grants is not its to write; the refusal says whose it is."""
    with pytest.raises(DatabaseBehind, match="No grants are in force") as refused:
        Disclosure.of(answering)
    assert "HUB_GRANTING_URL" in str(refused.value.hint)
