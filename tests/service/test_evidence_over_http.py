"""Fields, answers and prefilled forms over HTTP: as granted; denied is what missing is. All people are synthetic."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from hub.app import Hub

from .conftest import DOSSIER, HOSPITAL, QUAN_5, SCHOOL, STRANGER, Sign, noted, reused
from .question_bodies import BIRTH, CHILD, NOBODY, PATIENT, WIFE, WRONG, asking


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
