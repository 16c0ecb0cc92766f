"""What stands around the national portal, through the main path: twins on a real socket, real landing, real PostgreSQL."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
import yaml

from connectors import System, Window, open_source
from connectors.testing.fault_proxy import FaultProxy, Request, ScriptedReply
from contracts.load import load_contracts
from hub.answers import meter
from hub.answers.dossier_status import status
from hub.core.crypto import Keys
from hub.core.deployment import load_deployment
from hub.evidence import dossier_links
from hub.load import stream_state
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from hub.operations import e_identification_figures
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE, City, build_city
from twins.serve import twin_app
from twins.services import e_identification, portal_dossiers

HCMC = Path(__file__).parents[3] / "deployments" / "hcmc"
CONTRACTS = load_contracts()
NAMES = ("client_id", "client_secret", "access_key", "secret_key", "app_name", "partner_code", "username", "password")
CREDENTIALS = {path.stem: {name: f"{path.stem}-{name}" for name in NAMES} for path in (HCMC / "systems").glob("*.yaml")}
Opened = Callable[..., Exchange]


class UngatedJudge(Validator):
    """Judges rows only: Great Expectations takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


@pytest.fixture(scope="module")
def city() -> City:
    """400 registrations and 22 x 60 dossiers."""
    return build_city(400, 60, 7, AS_OF, reference=REFERENCE)


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    """The twins of the city."""
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


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing", Keys(b"k" * 32))


@pytest.fixture
def opened(engine: sa.Engine, landing: Landing, address: str) -> Opened:
    """A shipped system's stream, ready to move."""
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


def everything(engine: sa.Engine, landing: Landing) -> Iterator[str]:
    """All that the hub holds: every row of every table as text, every landed page in the clear."""
    with engine.connect() as connection:
        tables = connection.execute(
            sa.text(
                "select schemaname, tablename from pg_tables where schemaname in ('hub', 'warehouse', 'history', 'stage')"
            )
        ).all()
        for schema, table in tables:
            yield from connection.scalars(sa.text(f'select cast(t as text) from {schema}."{table}" t'))
        for digest in connection.scalars(sa.text("select distinct sha256 from hub.landing")):
            yield landing.read(digest).decode()


def test_bad_dossiers_cost_themselves(opened: Opened, engine: sa.Engine, address: str) -> None:
    """Once one such dossier kept every other one of its desk out, in each run, without a case."""
    damages = [rb"\ud800", b"\xff", b"\n", b"C:\\", rb"\q"]
    damaged: list[bytes] = []

    def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
        if not damaged:
            damaged.extend(dict.fromkeys(re.findall(rb'"MaHoSo":"([^"]+)"', answer.body)[10:60:10]))
        body = answer.body
        for number, by in zip(damaged, damages, strict=False):
            at = b'"MaHoSo":"%b"' % number
            body = body.replace(at, at + b',"GhiChuMoi":"%b"' % by)
        return answer.with_body(body)

    with FaultProxy(address, spoil) as proxy:
        exchange = opened("one-stop-760", "dossier", proxy.address)
        _, counts = exchange.sync()
    honest = opened("one-stop-760", "dossier").source
    whole = sum(page.count for page in honest.pages(Window()))

    assert len(damaged) == 5
    assert counts["dossier"].received == whole
    with engine.connect() as connection:
        cases = connection.execute(sa.text("select record_key from hub.\"case\" where rules = '{record.unreadable}'"))
        assert {number.decode() for number in damaged} == set(cases.scalars())
        position = connection.scalar(sa.text("select position->>'changed_at' from hub.stream"))
    assert position is not None


def test_what_e_identification_must_not_say_is_nowhere(
    opened: Opened, engine: sa.Engine, landing: Landing, city: City
) -> None:
    """Records with an image, a template or a stranger's field are cases; of what they carried there is no byte in landing or database."""
    surplus = [each for each in e_identification.uses(city) if len(each) > 7]
    _, counts = opened("e-identification-760", "identification_event").sync()

    assert counts["identification_event"].quarantined == len(surplus) >= 3
    assert counts["identification_event"].accepted == len(e_identification.uses(city)) - len(surplus)
    with engine.connect() as connection:
        cases = {tuple(row) for row in connection.execute(sa.text('select record_key, rules[1] from hub."case"'))}
        assert e_identification_figures.figures(connection)[-1]["dossiers"] == counts["identification_event"].accepted
    assert cases == {(each["maSuKien"], "truongNgoaiHopDong.nothing-else") for each in surplus}
    images = [str(each["anhKhuonMat"]) for each in surplus if "anhKhuonMat" in each]
    templates = [", ".join(map(str, each["mauSinhTracHoc"][:8])) for each in surplus if "mauSinhTracHoc" in each]
    held = list(everything(engine, landing))
    assert images
    assert templates
    assert any("anhKhuonMat" in text for text in held), "the name of what was cut is told"
    for text in held:
        assert not any(value[i : i + 16] in text for value in images for i in range(0, len(value) - 16, 16))
        assert not any(value in text or value.replace(" ", "") in text for value in templates)


def test_a_dossier_filed_on_a_portal_is_reported_twice_and_counts_once(
    opened: Opened, engine: sa.Engine, city: City
) -> None:
    """The desks and both portals, whole: rewritten states are the findings, other numbers lead to the same dossier, and every meter counts it once."""
    for district in sorted({str(system) for system in city.filed.dossier["_system"].unique()}):
        opened(district, "dossier").sync()
    with engine.connect() as connection:
        before = meter.reuse_rate(connection)[-1]
    for system in ("national-portal", "city-portal"):
        _, counts = opened(system, "dossier").sync()
        held = (portal_dossiers.national if system == "national-portal" else portal_dossiers.of_city)(city)
        assert counts["dossier"].quarantined == len(held.spoilt)
        assert counts["dossier"].accepted == len(held.dossiers) - len(held.spoilt) > 10
    with engine.connect() as connection:
        found = dossier_links.disagreements(connection)
        renamed = [each for each in portal_dossiers.national(city).dossiers if each["MaHoSoKhac"]]
        assert {each.number for each in found} == portal_dossiers.national(city).disagreeing
        assert found
        assert all(each.rewritten for each in found)
        for each in renamed:
            known = status(connection, each["MaHoSo"])
            assert (known.number, known.by) == (each["MaHoSoKhac"], "other number")
        assert renamed
        assert meter.reuse_rate(connection)[-1] == before
        findings = connection.scalar(
            sa.text(
                "select count(*) from hub.finding where stream in ('national-portal.dossier', 'city-portal.dossier')"
            )
        )
    assert findings == 0


def test_the_catalogue_of_the_national_portal(opened: Opened, engine: sa.Engine) -> None:
    """Every procedure that it lists is accepted; those whose result code has no known form are findings, as in the export."""
    _, counts = opened("national-portal", "national_procedures").sync()

    assert counts["national_procedures"].accepted == counts["national_procedures"].received == 162
