"""A decision's copy over HTTP: seen before it is had, in three forms, and refused when it does not hold any more."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from hub.app import Hub

from .conftest import DOSSIER, LAN, QUAN_5, Sign, noted, reused


def test_a_copy_as_data_page_and_pdf(client: TestClient, sign: Sign, hub: Hub) -> None:
    number = reused(client, sign())
    early = client.post(f"/v1/decisions/{number}/extract", json={"because": "tại quầy"}, headers=sign())
    assert (early.status_code, early.json()["type"]) == (409, "urn:motlan:problem:not-now"), (
        "a copy was had without a look"
    )
    assert (
        client.post(f"/v1/decisions/{number}/preview", json={"because": "tại quầy"}, headers=sign()).status_code == 200
    )
    data, page, pdf = (
        client.post(f"/v1/decisions/{number}/extract?form={form}", json={"because": "tại quầy"}, headers=sign())
        for form in ("data", "page", "pdf")
    )
    assert data.json()["number"] == "1/2022/TLKH-BS"
    assert data.json()["agency"] == "Ủy ban nhân dân Quận 1"
    assert ["Chồng", "Vợ"] == [part["heading"] for part in data.json()["parts"]][:2]
    assert page.headers["content-type"].startswith("text/html")
    assert "1/2022/TLKH-BS" in page.text
    assert "Trần Thị Hoà Lan" in page.text
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert noted(hub)[1:] == [("extract", "nothing"), ("preview", "answered"), *[("extract", "answered")] * 3]
    assert (
        client.post(f"/v1/decisions/{number}/extract", json={"because": "x"}, headers=sign(QUAN_5)).status_code == 404
    )


def test_what_does_not_hold_any_more_is_a_409(client: TestClient, sign: Sign, hub: Hub, put: Any) -> None:
    """After a death the earlier decision was previewed, used and copied with 200; each refusal has its audit row, and names what stands instead."""
    number, because = reused(client, sign()), {"because": "x"}
    put(
        "death",
        "9",
        nktSoGiayToTuyThan=LAN,
        nktHoTen="Trần Thị Hoà Lan",
        so="1",
        quyenSo="01/2022",
        ngayDangKy="2022-06-01",
    )
    answer = [
        client.post(f"/v1/decisions/{number}/{act}", json=because, headers=sign())
        for act in ("preview", "use", "confirm", "refuse", "extract")
    ]
    assert {(each.status_code, each.json()["type"]) for each in answer} == {(409, "urn:motlan:problem:ask-anew")}
    assert all("alive" in each.json()["detail"] for each in answer)
    assert all(each.json()["next"] for each in answer)
    assert noted(hub)[1:] == [(act, "nothing") for act in ("preview", "use", "confirm", "refuse", "extract")]
    first, *_, last = [
        each
        for each in client.get(f"/v1/dossiers/{DOSSIER}/decisions", headers=sign()).json()["decisions"]
        if each["evidence_type"] == "register:marriage"
    ]
    assert (first["superseded_by"], first["superseded_because"], last["supersedes"], last["outcome"]) == (
        last["id"],
        ["alive"],
        number,
        "ask",
    )


def test_an_officer_confirms_before_a_copy(client: TestClient, sign: Sign, hub: Hub) -> None:
    """By another name it is to be confirmed: looked at, compared, answered for; then the copy has its number."""
    person = {"personal_id": LAN, "name": "Trần Thị Lam"}
    answer = client.post(
        "/v1/decisions",
        json={"dossier": DOSSIER, "procedure": "2.001263", "people": {"applicant": person}},
        headers=sign(),
    ).json()
    [found] = [each for each in answer["decisions"] if each["outcome"] == "confirm"]
    said = [
        client.post(f"/v1/decisions/{found['id']}/{act}", json={"because": "đã đối chiếu"}, headers=sign())
        for act in ("confirm", "preview", "extract", "confirm", "extract")
    ]
    assert [each.status_code for each in said] == [409, 200, 409, 200, 200]
    assert said[3].json()["decision"]["acts"] == ["previewed", "confirmed"]
    assert said[4].json()["number"] == "1/2022/TLKH-BS"
