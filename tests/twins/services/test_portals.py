"""Portals, e-identification and the population database as twins, by a client that knows HTTP only."""

from __future__ import annotations

import base64
import json
from typing import Any

import polars as pl
import pytest

from twins.population import REFERENCE, City
from twins.services import e_identification, portal_dossiers
from twins.services.population_register import Residents

NATIONAL = {"dstcode": "VN:GOV:000.00.00.G22:dvcqg"}
LGSP = {"AccessKey": "ak", "SecretKey": "sk", "AppName": "motlan", "PartnerCode": "H29", "PartnerCodeCus": "H29"}


def post(wire: Any, path: str, data: object, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = wire.call(
        "POST", path, json.dumps(data).encode(), {"Content-Type": "application/json", **(headers or {})}
    ).json()
    return answer


def session(wire: Any) -> str:
    return str(post(wire, "/portal/national/login", {"username": "hub", "secret": "pw"}, NATIONAL)["session"])


def bearer(wire: Any, path: str) -> dict[str, str]:
    basic = base64.b64encode(b"hub:s3").decode()
    token = wire.call(
        "POST", f"{path}/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"}
    ).json()["access_token"]
    return {"Authorization": f"Bearer {token}", "lgspaccesstoken": base64.b64encode(json.dumps(LGSP).encode()).decode()}


def asked(wire: Any, **more: str) -> dict[str, Any]:
    return post(
        wire,
        "/portal/national/api",
        {"session": session(wire), "madonvi": "000.00.00.H29", "service": "TraCuuHoSo", **more},
        NATIONAL,
    )


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        ({"username": "hub", "secret": "no"}, NATIONAL),
        ({"username": "hub", "secret": "pw"}, {"dstcode": "VN:other"}),
        ([], NATIONAL),
    ],
)
def test_a_wrong_login_gives_no_session(wire: Any, data: object, headers: dict[str, str]) -> None:
    """Wrong secret, wrong destination, no login at all: a code, no session."""
    answer = post(wire, "/portal/national/login", data, headers)

    assert answer["error_code"] == -1
    assert "session" not in answer


def test_dossiers_by_pages(wire: Any, city: City) -> None:
    """The cursor leads through every dossier once, and those filed elsewhere are not there."""
    numbers: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = asked(wire, soLuong="30", **cursor)
        numbers += [each["MaHoSo"] for each in answer["result"]]
        if not answer["hasMore"]:
            break
        cursor = {"tuNgay": answer["result"][-1]["NgayCapNhat"], "sauMaHoSo": answer["result"][-1]["MaHoSo"]}

    assert sorted(numbers) == sorted(each["MaHoSo"] for each in portal_dossiers.national(city).dossiers)
    assert {each["NoiNopHoSo"] for each in portal_dossiers.national(city).dossiers} == {"1"}


def test_a_session_ends_by_the_clock_and_says_so_in_words(wire: Any) -> None:
    """Half an hour later: HTTP 200, a code, and the text."""
    known = session(wire)
    wire.control("clock", {"advance_s": 1801})
    answer = post(wire, "/portal/national/api", {"session": known, "madonvi": "H29", "service": "TraCuuHoSo"}, NATIONAL)

    assert answer["error_code"] != "0"
    assert "hết hạn" in answer["message"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"madonvi": ""}, "-4"),
        ({"service": "XoaHoSo"}, "-6"),
        ({"tuNgay": "2022-06-01"}, "-2"),
        ({"soLuong": "1001"}, "-3"),
        ({"sauMaHoSo": "x"}, "-2"),
    ],
)
def test_wrong_questions_are_refused_by_code(wire: Any, more: dict[str, str], code: str) -> None:
    assert asked(wire, **more)["error_code"] == code


def test_one_procedure(wire: Any) -> None:
    """LayThuTuc answers what the list says, or nothing."""
    listed = asked(wire, service="LayDanhSachTTHC", soLuong="1")["result"]

    assert asked(wire, service="LayThuTuc", MaTTHC=listed[0]["MaTTHC"])["result"] == listed
    assert asked(wire, service="LayThuTuc", MaTTHC="9.999999")["result"] == []


def test_the_citys_portal_takes_a_token_and_writes_otherwise(wire: Any, city: City) -> None:
    """No session there; times with blanks, owners by another list, and a few codes of none."""
    proof = bearer(wire, "/portal/city")
    answer = post(
        wire,
        "/portal/city/api",
        {"madonvi": "H29", "service": "TraCuuHoSo", "tuNgay": "2022-01-01 00:00:00", "soLuong": "1000"},
        proof,
    )

    assert {"0", "1", "9"} == {each["LoaiDoiTuong"] for each in answer["result"]}
    assert all(len(each["NgayCapNhat"]) == 19 for each in answer["result"])
    assert sum(each["LoaiDoiTuong"] == "9" for each in answer["result"]) == len(portal_dossiers.of_city(city).spoilt)


def test_uses_of_e_identification(wire: Any, city: City) -> None:
    """Only District 1's dossiers, and only the planted records carry what they must not."""
    answer = wire.call(
        "GET", "/e-identification/760/suKienDinhDanh?soLuong=1000", headers=bearer(wire, "/e-identification/760")
    ).json()
    allowed = {"maSuKien", "maThamChieu", "MaHoSo", "soTruongDienSan", "soTruongDaSua", "thoiDiem", "ngayCapNhat"}
    spoilt = {each["maSuKien"] for each in answer["result"] if set(each) - allowed}

    assert spoilt == set(e_identification.truth(city)["record_id"])
    assert 3 <= len(spoilt) < len(answer["result"]) / 4
    assert {each["MaHoSo"].split("-")[0] for each in answer["result"]} == {"000.00.16.H29"}


def test_the_population_database_answers_yes_or_no(wire: Any, city: City) -> None:
    """The living by number; a question without purpose is refused, one about a dead person finds nobody."""
    proof, residents = bearer(wire, "/population"), Residents.of(city.people)
    number = f"{int(residents.numbers[5]):012d}"
    name, born = residents.find(number) or ("", "")
    question = {
        "maYeuCau": "1",
        "madonvi": "H29",
        "maHoSo": "H1",
        "mucDich": "civil-status",
        "soDinhDanh": number,
        "hoTen": name.upper(),
        "ngaySinh": born[:4],
    }
    dead = city.people.personal_id.filter(pl.Series(city.people.died < 2**30)).drop_nulls()[0]

    assert post(wire, "/population/xacThucCongDan", question, proof)["khop"] == {"hoTen": True, "ngaySinh": True}
    assert post(wire, "/population/xacThucCongDan", {**question, "hoTen": "Ai Khác"}, proof)["khop"] == {
        "hoTen": False,
        "ngaySinh": True,
    }
    assert post(wire, "/population/xacThucCongDan", {**question, "soDinhDanh": dead}, proof) == {
        "error_code": "0",
        "message": "Thành công",
        "tonTai": False,
    }
    assert post(wire, "/population/xacThucCongDan", {**question, "mucDich": ""}, proof)["error_code"] == "-2"
    assert wire.call("POST", "/population/xacThucCongDan", b"{}").status == 401


def test_what_the_portals_hold_is_the_citys(city: City) -> None:
    """Nothing planted in a desk's dossier comes again through a portal, and numbers of the portal lead back to the desk's."""
    faulty = set(
        city.truth.filter(pl.col("dataset").str.starts_with("dossier"))["record_id"].str.split("|").list.first()
    )
    own = set(city.filed.dossier["MaHoSo"])
    answer = [*portal_dossiers.national(city).dossiers, *portal_dossiers.of_city(city).dossiers]

    assert not faulty & {each["MaHoSo"] for each in answer}
    assert {each["MaHoSoKhac"] or each["MaHoSo"] for each in answer} <= own
    assert len(portal_dossiers.catalogue(REFERENCE, "20220401070000")) == 162
