"""A portal repeats the papers of a dossier: evidence stays one item, and a paper that only the portal tells still is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from contracts.load import load_contracts
from hub.answers import meter
from hub.evidence import components
from hub.evidence.evidence import Moment
from hub.evidence.people import Subject
from tests.hub.registers import KEYS, NOW

ISSUED = datetime(2022, 3, 1, tzinfo=UTC)
NUMBER, OWNER = "000.00.16.H29-220301-0001", "079190000001"
TYPE = "result:KQ.G15.000038"


@pytest.fixture
def portal(engine: sa.Engine) -> str:
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "insert into hub.stream (id, system, contract, repeats) values ('national-portal.dossier', 'national-portal', 'dossier', true)"
            )
        )
    return "national-portal"


def result(put, system: str, number: str) -> None:
    put(
        "dossier",
        number,
        system=system,
        MaHoSo=number,
        DinhDanhCHS_CCCD=OWNER,
        ChuHoSo="Trần Thị Hoà Lan",
        TrangThaiHoSo="10",
        NgayTiepNhan=ISSUED,
        **({} if number == NUMBER else {"MaHoSoKhac": NUMBER}),
    )
    put(
        "dossier",
        f"{number}|KQ500001",
        "dossier_result",
        system=system,
        _parent=number,
        MaGiayToKetQua="KQ.G15.000038",
        SoKyHieu="12/UBND",
        NgayCap=ISSUED,
    )


@pytest.mark.parametrize("number", [NUMBER, "H29.16-220301-000001"])
def test_one_paper_reported_twice_is_one_item(put, look, portal: str, number: str) -> None:
    """Under the same number or another: the handling system's paper answers, for certain."""
    result(put, "one-stop-760", NUMBER)
    result(put, portal, number)
    [found] = look().find(TYPE, Subject(personal_id=OWNER))

    assert (found.evidence.system, found.certain) == ("one-stop-760", True)


def test_a_paper_that_only_the_portal_says(put, look, portal: str) -> None:
    result(put, portal, NUMBER)
    [found] = look().find(TYPE, Subject(personal_id=OWNER))

    assert found.evidence.system == portal


@pytest.mark.parametrize(("state", "given"), [("10", True), ("9", False)])
def test_a_portals_nine_proves_no_acceptance(put, engine: sa.Engine, portal: str, state: str, given: bool) -> None:
    """Senders write 9 for states in which papers are missing or wrong: such a paper is found, and not taken as given successfully."""
    put(
        "dossier",
        NUMBER,
        system=portal,
        MaHoSo=NUMBER,
        DinhDanhCHS_CCCD=OWNER,
        ChuHoSo="Trần Thị Hoà Lan",
        TrangThaiHoSo=state,
    )
    put(
        "dossier",
        f"{NUMBER}|7",
        "dossier_component",
        system=portal,
        _parent=NUMBER,
        MaThanhPhanHoSo="KQ.G15.000038",
        DuocSoHoa="1",
        DuocTaiSuDung="0",
        IsDeleted="0",
    )
    with engine.connect() as connection:
        [found] = components.of_giver(
            connection, TYPE, components.code_of(load_contracts(), TYPE), bytes.fromhex(KEYS.lookup(OWNER)), Moment(NOW)
        )

    assert (found.system, found.given) == (portal, given)


def test_the_reuse_rate_counts_a_dossier_once(put, engine: sa.Engine, portal: str) -> None:
    """By the system that handles it, whatever number the portal gave it."""
    result(put, "one-stop-760", NUMBER)
    result(put, portal, "H29.16-220301-000001")
    with engine.connect() as connection:
        assert [("one-stop-760", 1), ("all", 1)] == [
            (row["system"], row["received"]) for row in meter.reuse_rate(connection)
        ]
