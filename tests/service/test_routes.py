"""Extracts, evidence, answers, prefill, dossier states and error reports over HTTP. All people are synthetic."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from hub.answers import error_reports
from hub.answers.error_reports import AlreadyClosed
from hub.app import Hub
from hub.core.actions import Actor
from hub.load.warehouse import ensure_tables

from .conftest import AN, DOSSIER, HOSPITAL, KEYS, LAN, NOW, QUAN_5, SCHOOL, STRANGER, Sign, noted, reused

CHILD, WIFE = {"personal_id": AN}, {"personal_id": LAN}


def asking(person: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"dossier": DOSSIER, "person": person} | more


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


def test_fields_requested_granted_and_needed(client: TestClient, sign: Sign, hub: Hub) -> None:
    body = asking(CHILD, type="register:birth", fields=["nksHoTen", "meHoTen"])
    assert client.post("/v1/evidence", json=body, headers=sign()).json()["values"] == {
        "nksHoTen": "Nguyễn Minh An",
        "meHoTen": "Trần Thị Hoà Lan",
    }
    school = client.post(
        "/v1/evidence", json=body | {"dossier": f"{SCHOOL}-220602-0001"}, headers=sign(SCHOOL, "school-enrolment")
    )
    assert school.json()["values"] == {"nksHoTen": "Nguyễn Minh An"}
    assert school.json()["record"] == "birth/moj-registry/1"
    assert noted(hub) == [("record", "answered")] * 2


BIRTH = asking(CHILD, type="register:birth", fields=["nksHoTen"])
PATIENT = (HOSPITAL, "patient-admission")
NOBODY = BIRTH | {"person": {"personal_id": "079190000099"}}
"""Asks for a birth of which nothing is held."""


@pytest.mark.parametrize(
    ("path", "body", "who"),
    [
        pytest.param("/v1/evidence", BIRTH, PATIENT, id="a purpose without a grant"),
        pytest.param("/v1/evidence", BIRTH, (STRANGER,), id="an agency without a grant"),
        pytest.param("/v1/evidence", NOBODY, (), id="nothing is held"),
        pytest.param("/v1/prefill", asking(CHILD), PATIENT, id="prefill without a grant"),
        pytest.param("/v1/answers", asking(WIFE, question="is_married"), PATIENT, id="an answer without a grant"),
        pytest.param("/v1/answers", asking(CHILD, question="is_married"), (), id="an answer about nothing held"),
        pytest.param("/v1/evidence", BIRTH | {"fields": ["noSuchField"]}, (), id="no such field"),
    ],
)
def test_denied_and_missing_are_one_answer(
    client: TestClient, sign: Sign, hub: Hub, path: str, body: dict[str, Any], who: tuple[str, ...]
) -> None:
    """Whatever the reason, it is word for word what is said of a birth that nobody holds; each question has its audit row."""
    replies = [
        client.post("/v1/evidence", json=NOBODY, headers=sign()),
        client.post(path, json=body, headers=sign(*who)),
    ]
    assert {each.status_code for each in replies} == {404}
    assert len({str({**each.json(), "request": ""}) for each in replies}) == 1
    assert len(noted(hub)) == len(replies)
    assert not {"answered"} & {outcome for _, outcome in noted(hub)}


@pytest.mark.parametrize("law", ["marital-status", "once-held@2026-07-01"])
def test_a_token_under_another_law_than_the_grant_s_gets_what_a_missing_one_gets(
    client: TestClient, sign: Sign, hub: Hub, put: Any, law: str
) -> None:
    """Over every route that tells something; only the audit row says why."""
    put("dossier", DOSSIER, system="one-stop-760", MaHoSo=DOSSIER, TrangThaiHoSo="4")
    number, report = reused(client, sign()), client.post("/v1/error-reports", json=WRONG, headers=sign()).json()["id"]
    before, because = len(noted(hub)), {"because": "x"}
    asked = [
        ("POST", "/v1/evidence", asking(CHILD, type="register:birth", fields=["nksHoTen"])),
        ("POST", "/v1/prefill", asking(CHILD)),
        ("POST", "/v1/answers", asking(WIFE, question="is_married")),
        ("GET", f"/v1/dossiers/{DOSSIER}/decisions", None),
        *(
            ("POST", f"/v1/decisions/{number}/{act}", because)
            for act in ("preview", "confirm", "use", "refuse", "extract")
        ),
        ("GET", f"/v1/dossiers/{DOSSIER}/status", None),
        ("POST", "/v1/error-reports", WRONG),
        ("GET", f"/v1/error-reports/{report}", None),
    ]
    replies = [client.request(method, path, json=body, headers=sign(legal_basis=law)) for method, path, body in asked]
    replies.append(client.get("/v1/dossiers/Q1-UNKNOWN/status", headers=sign()))  # missing, under the right law
    assert {each.status_code for each in replies} == {404}
    assert len({str({**each.json(), "request": ""}) for each in replies}) == 1
    assert [outcome for _, outcome in noted(hub)[before:]] == ["denied"] * len(asked) + ["nothing"]
    with hub.engine.connect() as connection:
        assert set(connection.scalars(sa.text("select asked_under from hub.audit where outcome = 'denied'"))) == {law}


def test_yes_or_no(client: TestClient, sign: Sign) -> None:
    answer = client.post("/v1/answers", json=asking(WIFE, question="is_married"), headers=sign()).json()
    assert (answer["answer"], answer["reasons"]) == (True, ["entry in force"])
    other = client.post(
        "/v1/answers",
        json=asking(CHILD | {"name": "Ai Đó"}, question="matches", dossier=f"{HOSPITAL}-220602-0001"),
        headers=sign(HOSPITAL, "patient-admission"),
    ).json()
    assert (other["answer"], other["reasons"]) == (False, ["differs: hoTen"])


def test_a_form_is_filled_in(client: TestClient, sign: Sign) -> None:
    answer = client.post(
        "/v1/prefill",
        json=asking(CHILD, facts=["hoTen", "queQuan", "danToc"], dossier=f"{QUAN_5}-220602-0001"),
        headers=sign(QUAN_5),
    ).json()["facts"]
    assert {fact: each["value"] for fact, each in answer.items()} == {"hoTen": "Nguyễn Minh An", "queQuan": "Bến Tre"}
    assert answer["queQuan"]["record"] == "birth/moj-registry/1"
    assert answer["queQuan"]["legal_basis"]


def test_how_far_a_dossier_is(client: TestClient, sign: Sign, hub: Hub, put: Any) -> None:
    put("dossier", DOSSIER, system="one-stop-760", MaHoSo=DOSSIER, MaHoSoKhac="H29.16-220602-000001", TrangThaiHoSo="4")
    for reference, by in ((DOSSIER, "number"), ("H29.16-220602-000001", "other number")):
        answer = client.get(f"/v1/dossiers/{reference}/status", headers=sign()).json()
        assert (answer["number"], answer["state"], answer["label"], answer["by"]) == (DOSSIER, "4", "Đang xử lý", by)
        assert [(each["system"], each["state"]) for each in answer["records"]] == [("one-stop-760", "4")]
        assert answer["told"] == answer["records"], "the old name works for one release"
    assert client.get(f"/v1/dossiers/{DOSSIER}/status", headers=sign(dossier=DOSSIER)).status_code == 200
    for headers in (sign(dossier="000.00.16.H29-220602-0009"),):
        assert client.get(f"/v1/dossiers/{DOSSIER}/status", headers=headers).status_code == 404
    assert client.get("/v1/dossiers/Q1-UNKNOWN/status", headers=sign()).status_code == 404
    assert client.get(f"/v1/dossiers/{LAN}/status", headers=sign()).status_code == 422
    assert noted(hub) == [("status", "answered")] * 3 + [("status", "nothing")] * 2


def test_a_dossier_s_state_is_for_whom_dossiers_are_granted(
    client: TestClient, sign: Sign, hub: Hub, put: Any, contracts: Any
) -> None:
    """By the district's opaque reference too, whose events nobody is granted."""
    with hub.engine.begin() as connection:
        ensure_tables(connection, contracts["identification_event"])
        checks = sa.text(
            "select conname from pg_constraint where conrelid = 'warehouse.identification_event'\\:\\:regclass and contype = 'c'"
        )
        for name in connection.scalars(checks).all():
            connection.execute(sa.text(f'alter table warehouse.identification_event drop constraint "{name}"'))
    put("dossier", DOSSIER, system="one-stop-760", MaHoSo=DOSSIER, TrangThaiHoSo="4")
    put("identification_event", "1", system="e-identification-760", MaHoSo=DOSSIER, maThamChieu="Q1-ONSWG4TFOQ")
    answer = client.get("/v1/dossiers/Q1-ONSWG4TFOQ/status", headers=sign()).json()
    assert (answer["number"], answer["by"]) == (DOSSIER, "reference")
    missing = client.get("/v1/dossiers/Q1-UNKNOWN/status", headers=sign())
    for headers in (sign(SCHOOL, "school-enrolment"), sign(legal_basis="extract-anywhere"), sign(STRANGER)):
        for reference in (DOSSIER, "Q1-ONSWG4TFOQ"):
            denied = client.get(f"/v1/dossiers/{reference}/status", headers=headers)
            assert (denied.status_code, denied.json() | {"request": ""}) == (404, missing.json() | {"request": ""})
    assert [outcome for _, outcome in noted(hub)] == ["answered", "nothing", *["denied"] * 6]


def test_the_second_wall_stands_behind_states_and_reports(
    client: TestClient, sign: Sign, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted faults: the rule lets everybody through."""
    put("dossier", DOSSIER, system="one-stop-760", MaHoSo=DOSSIER, TrangThaiHoSo="4")
    monkeypatch.setattr(
        "hub.access.grants.model.Grants.fields", lambda self, a, d, p, day, requested, covers=None: frozenset(requested)
    )
    monkeypatch.setattr("hub.access.grants.model.Grants.holds", lambda *_: True)
    for who, status in (
        ({}, 200),
        ({"agency": SCHOOL, "purpose": "school-enrolment"}, 404),
        ({"agency": STRANGER}, 404),
        ({"legal_basis": "marital-status"}, 404),
    ):
        assert client.get(f"/v1/dossiers/{DOSSIER}/status", headers=sign(**who)).status_code == status, who
        assert client.post("/v1/error-reports", json=WRONG, headers=sign(**who)).status_code == status, who


WRONG = {
    "dossier": DOSSIER,
    "record": "marriage/moj-registry/1",
    "field": "voNgaySinh",
    "kind": "wrong",
    "words": "Năm sinh của bà Lan là 1991",
}


def test_an_error_goes_back_to_its_source(client: TestClient, sign: Sign, hub: Hub) -> None:
    """Once, however often it is told; with an owner and a clock; its words rest sealed."""
    first, again = (client.post("/v1/error-reports", json=WRONG, headers=sign()).json() for _ in range(2))
    assert first == again
    assert (first["state"], first["record"]) == ("open", WRONG["record"])
    assert first["owner"]
    assert first["due_at"] > first["reported_at"]
    with hub.engine.connect() as connection:
        text = str(connection.execute(sa.text("select * from hub.error_report")).all())
        assert "Lan" not in text
        assert "1991" not in text
        assert error_reports.words(connection, first["id"], KEYS) == WRONG["words"]
        assert "Lan" not in repr(error_reports.one(connection, first["id"]))
    with hub.engine.begin() as connection:
        error_reports.act(connection, first["id"], "forwarded", Actor("duty", "gọi Sở Tư pháp"), NOW)
        error_reports.act(connection, first["id"], "corrected", Actor("duty", "đã cải chính"), NOW)
        with pytest.raises(AlreadyClosed):
            error_reports.act(connection, first["id"], "rejected", Actor("duty", "x"), NOW)
        assert error_reports.listed(connection) == ()
        assert len(error_reports.listed(connection, still_open=False)) == 1
    assert client.get(f"/v1/error-reports/{first['id']}", headers=sign()).json()["state"] == "corrected"
    assert client.get(f"/v1/error-reports/{first['id']}", headers=sign(QUAN_5)).status_code == 404


@pytest.mark.parametrize(
    "spoiled",
    [
        {"record": "marriage/moj-registry/2"},
        {"record": "nothing/moj-registry/1"},
        {"record": "marriage/other/1"},
        {"field": "noSuchField"},
        {"record": "recognition_scan/moj-registry/1"},
    ],
)
def test_a_report_says_nobody_what_is_held(client: TestClient, sign: Sign, hub: Hub, spoiled: dict[str, str]) -> None:
    missing = client.post("/v1/error-reports", json=WRONG | spoiled, headers=sign())
    denied = client.post("/v1/error-reports", json=WRONG, headers=sign(SCHOOL, "school-enrolment"))
    assert (missing.status_code, missing.json()["detail"]) == (
        denied.status_code,
        denied.json()["detail"],
    )
    assert missing.status_code == 404
    assert noted(hub) == [("report", "nothing")] * 2


@pytest.mark.parametrize(
    "change",
    [
        "update hub.error_report set kind = 'missing'",
        "delete from hub.error_report_act",
        "truncate hub.error_report cascade",
    ],
)
def test_reports_stay(client: TestClient, sign: Sign, hub: Hub, change: str) -> None:
    from hub.core.errors import DatabaseRefused

    client.post("/v1/error-reports", json=WRONG, headers=sign())
    with pytest.raises(DatabaseRefused, match="only ever appended"), hub.engine.begin() as connection:
        connection.execute(sa.text(change))
