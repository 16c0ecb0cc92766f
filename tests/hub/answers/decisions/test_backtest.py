"""Past dossiers against what was known on the day, and the annex that follows. All people are synthetic."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.access.legal_bases import read_legal_bases
from hub.answers.backtest import backtest
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.proposal import annex
from hub.requirements.catalogue import read_requirements
from tests.hub.answers.builders import small_hub
from tests.hub.registers import NOW, ROOT

DEPLOYMENT = ROOT / "deployments" / "hcmc"
ADOPTION = "2.001263"
"""Demands, among others, the adopters' marriage certificate (about the applicant) and the child's birth certificate."""
MARRIED = {
    "voSoGiayToTuyThan": "079190000001",
    "voHoTen": "Trần Thị Hoà Lan",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
}


@pytest.fixture
def service(engine, contracts):
    return DecisionService(small_hub(engine, contracts, reuse={"usual_age_days": 7}))


@pytest.fixture
def file(put):
    def file(dossier: str, at, procedure: str = ADOPTION) -> None:
        put(
            "dossier",
            dossier,
            system="one-stop-760",
            MaHoSo=dossier,
            DinhDanhCHS_CCCD="079190000001",
            MaTTHC=procedure,
            NgayNopHoSo=at,
        )

    return file


def tried(service, **more):
    with service.hub.engine.connect() as connection:
        found = backtest(service, connection, NOW - timedelta(days=365), NOW, **more)
    return {t.requirement.evidence_type: t for t in found}


def test_what_was_known_and_what_could_have_been(put, file, service) -> None:
    """The marriage of 2015 came into the hub a day ago: a dossier of last month could have been spared it, one of this hour is."""
    put("marriage", "1", **MARRIED)
    file("old", NOW - timedelta(days=30))
    file("new", NOW - timedelta(hours=1), "2.001263.000.00.00.H29")
    marriage = tried(service)["register:marriage"]
    assert marriage.dossiers == 2
    assert marriage.silent == 0
    assert dict(marriage.knew) == {"ask": 1, "reuse": 1}
    assert dict(marriage.could) == {"reuse": 2}


def test_a_marriage_of_the_day_of_filing_is_no_proof_of_before(put, file, service) -> None:
    put("marriage", "1", **MARRIED | {"ngayDangKy": "2022"})
    file("one", NOW - timedelta(hours=1))
    assert dict(tried(service)["register:marriage"].could) == {"ask": 1}


def test_whom_a_dossier_does_not_name_cannot_be_tried(put, file, service) -> None:
    file("one", NOW - timedelta(hours=1))
    birth = tried(service)["register:birth"]
    assert (birth.dossiers, birth.silent, dict(birth.could)) == (1, 1, {})


def test_the_annex_names_paper_evidence_law_and_dossiers(put, file, service) -> None:
    put("marriage", "1", **MARRIED)
    file("one", NOW - timedelta(days=30))
    text = annex(
        "Quận 1",
        tried(service).values(),
        {ADOPTION: "Đăng ký nuôi con nuôi"},
        read_legal_bases(DEPLOYMENT),
        date(2022, 6, 2),
        "năm 2022",
    )
    [row] = [line for line in text.splitlines() if "Sổ đăng ký kết hôn" in line]
    assert "Giấy chứng nhận kết hôn của người nhận con nuôi" in row
    assert "Nghị định 47/2020" in row
    assert "1 (dùng lại), 0 (đối chiếu)" in row
    assert "không tính được" in text
    assert "079190000001" not in text
    assert "Lan" not in text


def test_an_annex_without_dossiers_says_so() -> None:
    assert "không có thủ tục nào" in annex("Quận 1", [], {}, read_legal_bases(DEPLOYMENT), date(2022, 6, 2), "năm 2022")


def test_the_procedure_is_in_the_catalogue() -> None:
    assert {r.evidence_type for r in read_requirements(DEPLOYMENT)[ADOPTION]} >= {
        "register:marriage",
        "register:birth",
        "register:death",
    }
