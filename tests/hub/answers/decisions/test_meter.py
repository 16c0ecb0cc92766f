"""The once-only meter. All people are synthetic."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.answers import meter
from hub.evidence import indexes
from hub.evidence.dossier_links import counted
from hub.evidence.registers import plain_result_code
from tests.hub.registers import LAN, NOW

FILED = NOW - timedelta(hours=1)


@pytest.fixture
def file(put):
    """A dossier of Lan with one component."""

    def file(
        dossier: str,
        code: str = "KQ.G15.000031",
        at=FILED,
        procedure: str = "1.000894",
        reused: str = "0",
        **more: object,
    ) -> None:
        put(
            "dossier",
            dossier,
            system="one-stop-760",
            MaHoSo=dossier,
            DinhDanhCHS_CCCD="079190000001",
            MaTTHC=procedure,
            NgayNopHoSo=at,
            NgayTiepNhan=at,
        )
        put(
            "dossier",
            f"{dossier}|1",
            "dossier_component",
            system="one-stop-760",
            _parent=dossier,
            MaThanhPhanHoSo=code,
            DuocTaiSuDung=reused,
            **more,
        )

    return file


def found(engine, contracts, **window):
    with engine.connect() as connection:
        return meter.incidents(connection, contracts, **window)


def test_a_paper_the_hub_held_was_asked_for_again(put, file, engine, contracts) -> None:
    put("birth", "1", **LAN)
    file("H1")
    [one] = found(engine, contracts)
    assert (one.dossier, one.paper, one.record, one.held, one.reason, one.month) == (
        "H1",
        "register:birth",
        "birth/moj-registry/1",
        True,
        "",
        "2022-06",
    )
    assert meter.by([one], "paper") == [
        {
            "paper": "register:birth",
            "asked_again": 1,
            "held_by_hub": 1,
            "lawful: updating": 0,
            "lawful: verifying": 0,
            "lawful: poor quality": 0,
            "without_reason": 1,
        }
    ]


def test_what_the_hub_did_not_hold_yet_is_said(put, file, engine, contracts) -> None:
    put("birth", "1", **LAN)
    file("H1", at=NOW - timedelta(days=20))
    [one] = found(engine, contracts)
    assert not one.held
    put(
        "birth",
        "1",
        **LAN,
        _known_from=NOW - timedelta(days=40),
        _known_to=NOW - timedelta(days=1),
        _version=NOW - timedelta(days=50),
    )
    assert [each.held for each in found(engine, contracts)] == [True]  # an older version of it was known


@pytest.mark.parametrize(
    "spared", [{"reused": "2"}, {"IsDeleted": "True"}, {"code": "KQ.G15.000099"}, {"at": NOW - timedelta(days=900)}]
)
def test_no_incident(put, file, engine, contracts, spared) -> None:
    """Reused; withdrawn; another paper; filed before the birth was registered."""
    put("birth", "1", **LAN)
    file("H1", **spared)
    assert found(engine, contracts) == []


def test_registered_in_the_year_of_filing_is_no_proof(put, file, engine, contracts) -> None:
    put("birth", "1", **LAN | {"ngayDangKy": "2022"})
    file("H1")
    assert found(engine, contracts) == []


def test_a_marriage_that_ended_is_no_evidence(put, file, engine, contracts) -> None:
    wife = {"voSoGiayToTuyThan": "079190000001", "so": "1", "quyenSo": "01/2015", "ngayDangKy": "2015-02-03"}
    put("marriage", "1", **wife, tinhTrangKetHon="đã ly hôn")
    file("H1", code="000.00.00.G15-KQ000032")
    assert found(engine, contracts) == []
    put("marriage", "2", **wife, tinhTrangKetHon="không có thông tin")
    assert [each.record for each in found(engine, contracts)] == ["marriage/moj-registry/2"]


def test_lawful_reasons(put, file, engine, contracts) -> None:
    put("birth", "1", **LAN)
    file("H1", procedure="1.004859")
    assert [each.reason for each in found(engine, contracts)] == ["updating"]
    with engine.begin() as connection:
        connection.execute(sa.text("update warehouse.dossier set ma_tthc = '1.000894'"))
        connection.execute(sa.text("update warehouse.birth set _disputed = true"))
    assert [each.reason for each in found(engine, contracts)] == ["poor quality"]


def test_both_readings_of_the_reuse_rate(put, file, engine) -> None:
    file("H1", reused="2")
    file("H2", DuocSoHoa="1")
    file("H3")
    file("H4", reused="1", IsDeleted="1")
    with engine.connect() as connection:
        one, everything = meter.reuse_rate(connection)
        assert (one["system"], everything["system"]) == ("one-stop-760", "all")
        assert (everything["received"], everything["4.3 digitised"], everything["4.3 reused"]) == (4, 25.0, 25.0)
        assert meter.reuse_rate(connection, since=NOW + timedelta(days=1))[-1]["4.3 reused"] is None


@pytest.mark.parametrize("code", ["000.00.00.G15-KQ000032", "KQ.G15.000032", "TK", ""])
def test_sql_reads_codes_as_python_does(engine, code: str) -> None:
    with engine.connect() as connection:
        sql = meter.PLAIN_CODE.replace("c.ma_thanh_phan_ho_so", "cast(:code as text)")
        assert connection.scalar(sa.text(f"select {sql}"), {"code": code}) == plain_result_code(code)


def test_whether_a_dossier_counts_is_looked_up(engine, contracts) -> None:
    """In a city of full size the meter took minutes: for each row of a portal all dossiers were read to find who else tells it."""
    indexes.build(engine, contracts)
    with engine.begin() as connection:
        connection.execute(sa.text("set local enable_seqscan = off"))
        query = f"explain select count(*) from warehouse.dossier d where {counted('d')}"
        plan = "\n".join(connection.scalars(sa.text(query)))

    assert 2 == plan.count("Index Cond: (_key = ")  # by the same number, and by the number that the row names besides
