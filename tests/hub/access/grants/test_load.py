"""grants.yaml and purposes.yaml: what is wrong is named with file and line."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.access.grants.load import read_grants

ROOT = Path(__file__).resolve().parents[4]
CONTRACTS = load_contracts()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "deployments" / "hcmc" / "reference", tmp_path / "hcmc" / "reference")
    for name in ("grants.yaml", "purposes.yaml"):
        shutil.copy(ROOT / "deployments" / "hcmc" / name, tmp_path / "hcmc")
    return tmp_path / "hcmc"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "grants.yaml",
            "legal_basis: once-held",
            "legal_basis: nowhere",
            r"hcmc/grants.yaml:\d+: no legal basis nowhere",
        ),
        (
            "grants.yaml",
            "legal_basis: once-held",
            "legal_basis: prefill",
            r"hcmc/grants.yaml:\d+: prefill is not in force on 2022-01-01",
        ),
        ("grants.yaml", "purpose: civil-status", "purpose: curiosity", r"hcmc/grants.yaml:\d+: no purpose curiosity"),
        (
            "grants.yaml",
            "    territory: city",
            "    territory: '999'",
            r"hcmc/grants.yaml:\d+: no unit 999 on 2022-01-01",
        ),
        (
            "grants.yaml",
            "    territory: city",
            "    territory: '760'",
            r"dossier_component, dossier_result, population has no place of registration",
        ),
        ("grants.yaml", "000.00.16.H29", "000.99.16.H29", r"hcmc/grants.yaml:\d+: no agency 000.99.16.H29"),
        (
            "grants.yaml",
            "valid_from: 2022-01-01",
            "valid_from: 2025-07-02",
            r"000.00.16.H29 was no agency on 2025-07-02",
        ),
        ("grants.yaml", "hourly_limit: 5000", "hourly_limit: 0", r"0 is no limit"),
        (
            "grants.yaml",
            "hourly_limit_without_grant: 60",
            "hourly_limit_without_grant: 0",
            r"hcmc/grants.yaml:\d+: 0 is no limit",
        ),
        (
            "grants.yaml",
            "hourly_limit_without_grant: 60",
            "hourly_limit_for_nobody: 60",
            r"hcmc/grants.yaml:\d+: unknown key hourly_limit_for_nobody",
        ),
        ("grants.yaml", "hourly_misses: 100", "hourly_misses: none", r"hcmc/grants.yaml:\d+: 'none' is no limit"),
        ("grants.yaml", "daily_answers: 10000", "daily_answers: -1", r"hcmc/grants.yaml:\d+: -1 is no limit"),
        (
            "grants.yaml",
            "agency_limits: {}",
            "agency_limits: {000.99.16.H29: {hourly_misses: 1}}",
            r"hcmc/grants.yaml:\d+: no agency 000.99.16.H29",
        ),
        (
            "grants.yaml",
            "agency_limits: {}",
            "agency_limits: {000.00.16.H29: {misses: 1}}",
            r"hcmc/grants.yaml:\d+: unknown key misses",
        ),
        (
            "grants.yaml",
            "agency_limits: {}",
            "agency_limits: [1]",
            r"hcmc/grants.yaml:\d+: agency_limits .* is no mapping",
        ),
        ("grants.yaml", "nktNgayChet", "nktNguyenNhanChet", r"nktNguyenNhanChet of death rest sealed"),
        ("grants.yaml", "[is_married, is_deceased", "[is_rich, is_deceased", r"no answer 'is_rich'"),
        (
            "purposes.yaml",
            "legal_basis: once-held",
            "legal_basis: nowhere",
            r"hcmc/purposes.yaml:\d+: no legal basis nowhere",
        ),
        ("purposes.yaml", "      birth: [id,", "      births: [id,", r"hcmc/purposes.yaml:\d+: no dataset births"),
        ("purposes.yaml", "nksGioiTinh", "tuoi", r"hcmc/purposes.yaml:\d+: birth has no field tuoi"),
        (
            "purposes.yaml",
            "id: school-enrolment",
            "id: civil-status",
            r"hcmc/purposes.yaml:\d+: purpose civil-status stands for the second time",
        ),
        ("purposes.yaml", "    title: Tuyển sinh đầu cấp\n", "", r"hcmc/purposes.yaml:\d+: title missing"),
    ],
)
def test_wrong_is_refused(folder: Path, file: str, old: str, new: str, said: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(DeploymentInvalid, match=said):
        read_grants(folder, CONTRACTS)


def test_a_grant_ends_with_its_agency_and_its_law(folder: Path) -> None:
    grants = read_grants(folder, CONTRACTS)
    district, hospital = "000.00.16.H29", "000.20.13.H29"
    assert grants.permission(district, "birth", "civil-status", date(2025, 6, 30)).granted
    assert not grants.permission(district, "birth", "civil-status", date(2025, 7, 1)).granted
    assert grants.answering(hospital, "is_deceased", "patient-admission", date(2025, 10, 21))
    assert not grants.answering(hospital, "is_deceased", "patient-admission", date(2025, 10, 22)), (
        "the law's status is unverified from this day on"
    )
    assert grants.answering(hospital, "is_deceased", "patient-admission", date(2026, 7, 1)), (
        "another law in force says it again"
    )


def test_answers_alone_permit_no_evidence(folder: Path) -> None:
    assert (
        not read_grants(folder, CONTRACTS)
        .permission("000.20.13.H29", "birth", "patient-admission", date(2022, 6, 2))
        .granted
    )


def test_no_purposes_nothing_is_needed(folder: Path) -> None:
    (folder / "grants.yaml").unlink()
    assert read_grants(folder, CONTRACTS).all == ()


def test_the_hour_of_an_agency(folder: Path) -> None:
    """By its grants for the purpose, else by any of them, else by what the deployment lays down for those who have none, else by the usual."""
    day, school, stranger = date(2022, 6, 2), "000.05.16.H29", "999.00.00.H29"
    grants = read_grants(folder, CONTRACTS)
    assert [
        grants.hourly_limit(*who, day)
        for who in ((school, "school-enrolment"), (school, "civil-status"), (stranger, "civil-status"))
    ] == [500, 500, 60]
    assert grants.hourly_limit(school, "school-enrolment", date(2021, 1, 1)) == 60
    text = (folder / "grants.yaml").read_text()
    for line, limit in (("hourly_limit_without_grant: 7\n", 7), ("", 60)):
        (folder / "grants.yaml").write_text(text.replace("hourly_limit_without_grant: 60\n", line))
        assert read_grants(folder, CONTRACTS).hourly_limit(stranger, "x", day) == limit


def test_misses_answers_and_denials_of_an_agency(folder: Path) -> None:
    """As the deployment lays down, for all or for one; else the usual."""
    day, district, school = date(2022, 6, 2), "000.00.16.H29", "000.05.16.H29"
    text = (folder / "grants.yaml").read_text()
    own = text.replace(
        "agency_limits: {}", f"agency_limits: {{{district}: {{hourly_misses: 300, hourly_denied: 50}}}}"
    ).replace("daily_answers: 10000", "daily_answers: 20000")
    for said, limit in (
        (text, [(100, 10_000, 100)] * 2),
        (own, [(300, 20_000, 50), (100, 20_000, 100)]),
        (text.replace("hourly_misses: 100\n", "").replace("hourly_denied: 100\n", ""), [(100, 10_000, 100)] * 2),
    ):
        (folder / "grants.yaml").write_text(said)
        limits = [
            read_grants(folder, CONTRACTS).allowance(each, "civil-status", day).limits for each in (district, school)
        ]
        assert [(each.hourly_misses, each.daily_answers, each.hourly_denied) for each in limits] == limit


def test_officers_and_persons_have_limits_of_their_own(folder: Path) -> None:
    """A program that asks for many officers gets more of them, and no other agency does."""
    portal, day = "000.05.16.H29", date(2022, 6, 2)
    text = (folder / "grants.yaml").read_text()
    (folder / "grants.yaml").write_text(
        text.replace("agency_limits: {}", f"agency_limits: {{{portal}: {{officer_subjects: 900, subject_daily: 20}}}}")
    )
    grants = read_grants(folder, CONTRACTS)
    found = [grants.allowance(each, "civil-status", day).limits for each in (portal, "000.00.16.H29")]
    assert [(each.officer_hourly, each.officer_subjects, each.subject_daily) for each in found] == [
        (1000, 900, 20),
        (1000, 100, 300),
    ]
