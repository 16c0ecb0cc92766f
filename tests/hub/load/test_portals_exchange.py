"""What stands around the national portal, through the main path: twins on a real socket, real landing, real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors import Window
from connectors.testing.fault_proxy import FaultProxy, Request, ScriptedReply
from hub.answers import meter
from hub.answers.dossier_status import status
from hub.core.crypto import Keys
from hub.evidence import dossier_links
from hub.load.landing import Landing
from hub.operations import e_identification_figures
from tests.hub.twin_streams import Opened, opener, served
from twins.population import AS_OF, REFERENCE, City, build_city
from twins.services import e_identification, online_services, portal_dossiers


@pytest.fixture(scope="module")
def city() -> City:
    """400 registrations and 22 x 60 dossiers."""
    return build_city(400, 60, 7, AS_OF, reference=REFERENCE)


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    """The twins of the city."""
    with served(city) as address:
        yield address


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing", Keys(b"k" * 32))


@pytest.fixture
def opened(engine: sa.Engine, landing: Landing, address: str) -> Opened:
    """A shipped system's stream, ready to move."""
    return opener(engine, landing, address)


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


def test_what_units_offer_online(opened: Opened, engine: sa.Engine, city: City) -> None:
    """Every row of the city's portal comes; a level of no list and an end before the beginning are cases."""
    _, counts = opened("city-portal", "offered_procedure").sync()

    planted = online_services.truth(city)
    assert counts["offered_procedure"].received == len(online_services.offered(city)) == 22 * 195
    assert counts["offered_procedure"].quarantined == len(planted) == 5
    with engine.connect() as connection:
        cases = set(connection.scalars(sa.text('select record_key from hub."case"')))
        ours = connection.execute(
            sa.text("""
            select count(*) filter (where truc_tuyen in ('1', '2')) as online, count(*) as listed, count(ngay_dua_len) as dated
            from warehouse.offered_procedure where ma_don_vi = '000.00.24.H29'""")
        ).one()
    assert cases == set(planted["record_id"])
    assert (ours.online, ours.dated) == (34, 34)
    assert ours.listed in range(190, 196), "but for what is a case"
