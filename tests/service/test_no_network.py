"""No socket is opened while an answer's transaction is open: an outside source is asked before. All people are synthetic."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.app import Hub, open_hub
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, read_settings
from hub.evidence.people import Subject
from hub.local.secrets import read_secrets
from tests.hub.registers import Put
from tests.sockets import listening
from twins.clock import Clock
from twins.population import AS_OF, build_city
from twins.serve import twin_app

from . import ways_out
from .conftest import QUAN_1
from .ways_out import WAYS, Service

hub = ways_out.hub
service = ways_out.service

HCMC = ROOT / "deployments" / "hcmc"
ADOPTION_AND_BIRTH, RESIDENCE = "2.001263", "1.000080"
"""Procedures that demand a birth certificate of a child, and a proof that the population database gives."""


@dataclass
class Watch:
    """Sockets that were opened while an answer's transaction was open, and all others."""

    open: set[sa.Connection] = field(default_factory=set)
    inside: list[object] = field(default_factory=list)
    outside: list[object] = field(default_factory=list)

    def connects(self, address: object) -> None:
        """A socket is connected, in whichever thread."""
        (self.inside if self.open else self.outside).append(address)


@contextmanager
def watched(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watch all sockets of Python's; the database's own are its driver's. A transaction is an answer's from the moment that it takes the reader's role."""
    watch = Watch()

    def began(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if "set_config('role'" in statement:
            watch.open.add(connection)

    for name in ("connect", "connect_ex"):

        def connect(self: socket.socket, address: Any, real: Any = getattr(socket.socket, name)) -> Any:
            watch.connects(address)
            return real(self, address)

        monkeypatch.setattr(socket.socket, name, connect)
    ends = [("commit", watch.open.discard), ("rollback", watch.open.discard)]
    sa.event.listen(engine, "before_cursor_execute", began)
    for name, end in ends:
        sa.event.listen(engine, name, end)
    try:
        yield watch
    finally:
        sa.event.remove(engine, "before_cursor_execute", began)
        for name, end in ends:
            sa.event.remove(engine, name, end)
    assert watch.open == set(), "an answer's transaction stays open"


def test_no_way_out_opens_a_socket(service: Service, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way out over a real socket, whose own connection is made before; each took the reader's role."""
    for number, (way, prepare) in enumerate(WAYS.items(), 1):
        dossier = f"{QUAN_1}-220602-{number:04}"
        put("dossier", dossier, system="one-stop-760", MaHoSo=dossier, TrangThaiHoSo="4")
        ask = prepare(service, dossier)
        with monkeypatch.context() as patch, watched(service.hub.engine, patch) as watch:
            assert service.send(*ask[:3], legal_basis=ask[3])[0] == 200, way
        assert (watch.inside, len(watch.outside)) == ([], 1), way


def test_a_socket_inside_is_seen(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch can fail: a source that is asked in the middle of an answer is found."""
    inquiry = Inquiry(QUAN_1, "officer-1", "civil-status", "H1")
    with (
        watched(service.hub.engine, monkeypatch) as watch,
        service.app.state.decisions.way_out.answering(inquiry, "record") as session,
    ):
        socket.create_connection(("127.0.0.1", int(service.address.rpartition(":")[2]))).close()
        session.nothing()
    assert len(watch.inside) == 1


@pytest.fixture
def synced(pg_url: str, tmp_path: Path) -> Iterator[Hub]:
    """A hub that reads births of a city's twins, with a deadline that a busy machine keeps."""
    secrets = tmp_path / "secrets.json"
    city = build_city(400, 10, 3, AS_OF)
    known = read_secrets(secrets, load_deployment(HCMC))
    app = twin_app(
        city,
        credentials=known,
        reference=HCMC / "reference",
        wsdl=HCMC / "systems/moj-registry/registry.wsdl",
        clock=Clock(AS_OF),
    )
    with listening(app) as address:
        settings = read_settings(home=tmp_path, database_url=pg_url, secrets_file=secrets, twins_url=address)
        with open_hub(settings) as opened:
            reuse = {**opened.deployment.reuse, "deadline_s": 300}
            hub = replace(opened, deployment=replace(opened.deployment, reuse=reuse))
            hub.exchange("moj-registry.birth").sync()
            yield hub


def ask(hub: Hub, procedure: str, part: str, subject: Subject) -> list[tuple[str, str]]:
    """Outcome and last reason of each paper that somebody holds."""
    question = Question(
        Inquiry(QUAN_1, "officer-1", "civil-status", f"{QUAN_1}-220602-0001"), procedure, {part: subject}
    )
    return [(each.outcome, each.why[-1]["value"]) for each in DecisionService(hub).ask(question) if each.evidence_type]


@pytest.mark.timeout(600)
def test_sources_are_asked_before_the_answer(synced: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh ran a whole exchange inside the question's transaction, and the population database was asked in it: a slow source held its locks."""
    hub = synced
    with hub.engine.begin() as connection:
        born = connection.execute(
            sa.text("""
            select b.nks_so_ddcn, b.nks_ho_ten, b.nks_ngay_sinh from warehouse.birth b
            where b.nks_so_ddcn ~ '^[0-9]{12}$' and not b._disputed order by b._key limit 1""")
        ).one()
        connection.execute(sa.text("update hub.run set ended_at = ended_at - interval '30 days'"))
    child = Subject(personal_id=born[0], name=born[1], born=born[2])
    with watched(hub.engine, monkeypatch) as watch:
        refreshed = ask(hub, ADOPTION_AND_BIRTH, "child", child)
        reads = len(watch.outside)
        confirmed = ask(hub, RESIDENCE, "applicant", child)
    assert ("reuse", "asked at its source just now") in refreshed
    assert {reason.split(":")[0] for _, reason in confirmed} <= {"agrees", "unknown", "differs"}, "it was asked"
    assert (watch.inside, reads > 0, len(watch.outside) > reads) == ([], True, True)
    with hub.engine.connect() as connection:
        rows = connection.execute(sa.text("select what, outcome from hub.audit order by id")).all()
    assert [row.what for row in rows] == ["decisions", "decisions"], "an attempt that was given up has no row"
