"""A portal: two logins, sessions that end, two ways of writing, and codes that are mapped or marked, never copied across."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors import Window, open_source
from connectors.errors import AuthenticationFailed
from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts

CONTRACTS = load_contracts()
NUMBERS = [f"000.00.01.H29-220601-{n:04d}" for n in range(1, 8)]


def read(source: Any, dataset: str = "dossier") -> list[dict[str, object]]:
    rows = [
        row for page in source.pages(Window()) for row in source.records(page.body, page.media_type)[dataset].to_dicts()
    ]
    source.close()
    return rows


def test_by_session(portal: Any) -> None:
    """One login for all pages; each call carries session, unit and service."""
    assert NUMBERS == [row["MaHoSo"] for row in read(portal.open())]
    assert portal.double.sessions == 1
    assert {(a["session"], a["madonvi"], a["service"]) for a in portal.double.asked} == {
        ("session-1", "000.00.00.H29", "TraCuuHoSo")
    }


def test_by_token(portal: Any) -> None:
    """The newer dialect sends a token and no session."""
    assert NUMBERS == [row["MaHoSo"] for row in read(portal.open(login="oauth"))]
    assert not any("session" in asked for asked in portal.double.asked)


@pytest.mark.parametrize("login", ["session", "oauth"])
def test_a_session_that_ends_on_the_way(portal: Any, login: str) -> None:
    """Told inside HTTP 200 by its text: one new login, and reading goes on where it was."""
    source = portal.open(login=login)
    pages = source.pages(Window())
    first = next(pages)
    portal.double.revoked = 1
    rest = list(pages)

    assert [3, 3, 1] == [page.count for page in (first, *rest)]
    assert 2 == max(portal.double.sessions, portal.double.tokens)


def test_a_session_that_ends_at_once(portal: Any) -> None:
    """Logging in for ever helps nobody: one new login, then the error."""
    portal.double.revoked = 99

    with pytest.raises(AuthenticationFailed, match="right after the login"):
        read(portal.open())
    assert portal.double.sessions == 2


def test_a_wrong_secret(portal: Any) -> None:
    """Refused at the login, without quoting what was sent or said."""
    system = replace(
        portal.system(portal.address), credentials={**portal.system("").credentials, "password": "khác hẳn"}
    )

    with pytest.raises(AuthenticationFailed) as raised:
        read(open_source(system, portal.contract))
    assert "khác hẳn" not in str(raised.value)
    assert "không thành công" not in str(raised.value)


def test_local_times_and_foreign_codes(portal: Any) -> None:
    """`yyyy-MM-dd HH:mm:ss` becomes the compact form for pages, cursor and fields; a code that the map does not have is marked."""
    for number, each in enumerate(portal.double.dossiers):
        stamp = str(each["NgayCapNhat"])
        each["NgayCapNhat"] = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}"
        each["LoaiDoiTuong"] = str(number % 4) if number else ""
    system = portal.system(portal.address, times="local", codes={"LoaiDoiTuong": {"0": "1", "1": "2", "2": "4"}})
    source = open_source(system, CONTRACTS["dossier"])
    end = [page.end for page in source.pages(Window())][-1]
    rows = read(source)

    assert end is not None
    assert end.changed_at.isoformat() == "2022-06-01T01:00:00+00:00"
    assert [None, "2", "4", "?3", "1", "2", "4"] == [row["LoaiDoiTuong"] for row in rows]
    assert "20220601080000" == rows[-1]["NgayCapNhat"]


def test_the_catalogue(portal: Any) -> None:
    """Its fields by the map that stands beside the system, and LayThuTuc agrees with the list."""
    source = open_source(portal.system(portal.address), CONTRACTS["national_procedures"])

    assert [line.ok for line in source.check()] == [True, True, None, None, True, True, True]
    assert ["1.001193", "1.001194", "1.001195"] == [row["ma_tthc"] for row in read(source, "national_procedures")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"login": "kerberos"}, "login must be one of session, oauth"),
        ({"times": "unix"}, "times must be one of"),
        ({"madonvi": None}, "madonvi"),
        ({"codes": {"LoaiDoiTuong": {"0": "7"}}}, "the contract has no 7"),
        ({"codes": {"MaHoSo": {"0": "1"}}}, "codes of MaHoSo"),
        ({"codes": []}, "codes must be"),
    ],
)
def test_options_are_checked_at_the_start(portal: Any, options: dict[str, object], message: str) -> None:
    with pytest.raises(DeploymentInvalid, match=message):
        open_source(portal.system(portal.address, **options), CONTRACTS["dossier"])


def test_what_a_portal_does_not_say(portal: Any) -> None:
    with pytest.raises(DeploymentInvalid, match="has no birth"):
        open_source(portal.system(portal.address), CONTRACTS["birth"])


def test_the_shipped_map_names_every_field() -> None:
    """A field of the catalogue that the map forgot would be null for ever."""
    from connectors.mapping import read_mapping

    path = Path(__file__).parents[3] / "deployments/hcmc/systems/national-portal/national_procedures.yaml"
    assert len(read_mapping(path, CONTRACTS["national_procedures"]).wire_names) == 14
