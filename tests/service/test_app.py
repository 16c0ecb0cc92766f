"""The door and what stands behind it. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub.access.answering import WayOut
from hub.app import Hub
from service.auth import MOST_BYTES, OPEN

from .conftest import ADOPTION, AN, DOSSIER, LAN, QUAN_5, STRANGER, Sign, noted, question, reused


def test_without_a_token_nothing_is_answered(client: TestClient, app: FastAPI, hub: Hub) -> None:
    """The same 401 at every address, known or not, and nothing of the body is read."""
    known = [
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if path not in OPEN
    ]
    assert len(known) > 4
    for method, path in [*known, ("GET", "/v1/nowhere"), ("POST", "/"), ("GET", "/docs")]:
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
            reply = client.request(
                method, path.replace("{decision}", "1").replace("{dossier}", DOSSIER), content=b"{", headers=headers
            )
            assert reply.status_code == 401, (method, path)
            assert reply.headers["www-authenticate"].startswith("Bearer"), (method, path)
            assert reply.headers["content-type"] == "application/problem+json"
            assert set(reply.json()) <= {
                "type",
                "title",
                "status",
                "detail",
                "request",
                "next",
            }
    assert noted(hub) == []


def test_health_is_open_and_says_the_clock_alone(client: TestClient) -> None:
    """A scenario's day is no secret, and nobody shall take it for the real one."""
    said = {"status": "ok", "now": "2022-06-02T03:00:00Z", "scenario_of": "2022-06-02T03:00:00Z"}
    assert client.get("/health/live").json() == client.get("/health/ready").json() == said


def test_one_question_has_one_answer(client: TestClient, sign: Sign, hub: Hub) -> None:
    first, again = (client.post("/v1/decisions", json=question(), headers=sign()) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    [reuse] = [each for each in first.json()["decisions"] if each["outcome"] == "reuse"]
    assert reuse["record"] == "marriage/moj-registry/1"
    assert {"condition", "effect", "value", "sentence"} == set(reuse["why"][0])
    assert client.get(f"/v1/dossiers/{DOSSIER}/decisions", headers=sign()).json() == first.json()
    assert noted(hub) == [("decisions", "answered")] * 3


def test_looked_at_before_it_is_used(client: TestClient, sign: Sign, hub: Hub) -> None:
    number, because = reused(client, sign()), {"because": "hồ sơ tại quầy"}
    assert client.post(f"/v1/decisions/{number}/use", json=because, headers=sign()).status_code == 409
    shown = client.post(f"/v1/decisions/{number}/preview", json=because, headers=sign()).json()
    assert (shown["record"], shown["registered"], shown["book"], shown["entry"]) == (
        "marriage/moj-registry/1",
        "2015-02-03",
        "01/2015",
        "3",
    )
    used = client.post(f"/v1/decisions/{number}/use", json=because, headers=sign())
    assert used.json()["portal"] | {"MaThanhPhanHoSo": ""} == {
        "MaThanhPhanHoSo": "",
        "DuocTaiSuDung": "2",
        "DuocSoHoa": "1",
        "MaKetQuaThayThe": "KQ.G15.000032",
    }
    assert used.json()["decision"]["acts"] == ["previewed", "used"]
    assert client.post(f"/v1/decisions/{number}/refuse", json=because, headers=sign()).status_code == 409
    assert noted(hub)[1:] == [("use", "nothing"), ("preview", "answered"), ("use", "answered"), ("refuse", "nothing")]


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ({"agency": QUAN_5}, "nothing"),
        ({"dossier": "000.00.16.H29-220602-0002"}, "nothing"),
        ({"legal_basis": "extract-anywhere"}, "nothing"),
        ({"agency": STRANGER}, "denied"),
        ({"purpose": "school-enrolment"}, "denied"),
        ({"legal_basis": "marital-status"}, "denied"),
        ({"legal_basis": "once-held@2026-07-01"}, "denied"),
    ],
)
def test_somebody_elses_looks_like_nobodys(
    client: TestClient, sign: Sign, hub: Hub, who: dict[str, str], outcome: str
) -> None:
    number = reused(client, sign())
    before = len(noted(hub))
    replies = [
        client.post(f"/v1/decisions/{n}/{act}", json={"because": "x"}, headers=sign(**who))
        for act in ("preview", "use", "refuse")
        for n in (number, 10**9)
    ]
    answers = [(each.status_code, {**each.json(), "request": ""}) for each in replies]
    assert {status for status, _ in answers} == {404}
    assert all(answer == answers[0] for answer in answers)
    assert len(noted(hub)) == before + 6
    assert {each for _, each in noted(hub)[before:]} == {outcome}


def test_a_token_bound_to_a_dossier(client: TestClient, sign: Sign) -> None:
    bound = sign(dossier="000.00.16.H29-220602-0002")
    assert client.post("/v1/decisions", json=question(), headers=bound).status_code == 403
    assert client.get(f"/v1/dossiers/{DOSSIER}/decisions", headers=bound).status_code == 403
    assert client.post("/v1/decisions", json=question("000.00.16.H29-220602-0002"), headers=bound).status_code == 200


@pytest.mark.parametrize(
    "spoiled",
    [
        {"dossier": "x"},
        {"procedure": ""},
        {"people": {"applicant": {"personal_id": 79190000001}}},
        {"people": {"applicant": {"personal_id": "07919000000１"}}},
        {"people": {"applicant": {"personal_id": LAN, "secret": "1"}}},
        {"people": {LAN: {}}},
        {"people": {"applicant": {"born": "2021-02-30"}}},
        {"people": {"applicant": {"name": "A\x00"}}},
        {"people": {"applicant": {"name": "\ud800"}}},
        {"extra": 1},
        {"people": None},
    ],
)
def test_what_is_not_described_is_refused_by_place(
    client: TestClient, sign: Sign, hub: Hub, spoiled: dict[str, object]
) -> None:
    """The answer says where and what, never the value; nothing was asked, so nothing is noted."""
    import json

    reply = client.post("/v1/decisions", content=json.dumps(question() | spoiled), headers=sign())
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert LAN not in reply.text
    assert 'secret"' not in reply.text.replace('secret",', "")
    assert noted(hub) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b"1"])
def test_what_is_no_question(client: TestClient, sign: Sign, body: bytes) -> None:
    reply = client.post("/v1/decisions", content=body, headers=sign() | {"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"


def test_a_body_has_an_end(client: TestClient, sign: Sign) -> None:
    assert client.post("/v1/decisions", content=b" " * (MOST_BYTES + 1), headers=sign()).status_code == 413


def test_the_hours_limit(client: TestClient, sign: Sign, hub: Hub) -> None:
    with hub.engine.begin() as connection:
        connection.execute(
            sa.text("""
            insert into hub.audit (asked_at, agency, who, what, purpose, reference, subjects, datasets, grants, legal_bases, outcome, answer_sha256)
            select now(), '000.00.16.H29', 'x', 'decisions', 'civil-status', 'H', '{}', '{}', '{}', '{}', 'nothing', '' from generate_series(1, 5000)""")
        )
    for reply in (
        client.post("/v1/decisions", json=question(), headers=sign()),
        client.get(f"/v1/dossiers/{DOSSIER}/decisions", headers=sign()),
    ):
        assert reply.status_code == 429
        assert 3500 < int(reply.headers["retry-after"]) <= 3600
    assert noted(hub)[-2:] == [("decisions", "limit")] * 2
    assert client.post("/v1/decisions", json=question(f"{QUAN_5}-220602-0001"), headers=sign(QUAN_5)).status_code == 200


def test_the_hour_is_looked_at_once_a_request(client: TestClient, sign: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, look = [], WayOut._reserve
    monkeypatch.setattr(WayOut, "_reserve", lambda self, entry: looks.append(entry.what) or look(self, entry))
    number = reused(client, sign())
    for act in ("preview", "use", "extract"):
        assert client.post(f"/v1/decisions/{number}/{act}", json={"because": "x"}, headers=sign()).status_code == 200
    assert looks == ["decisions", "preview", "use", "extract"]


def test_an_unknown_procedure_is_noted_too(client: TestClient, sign: Sign, hub: Hub) -> None:
    reply = client.post("/v1/decisions", json=question() | {"procedure": "9.999999"}, headers=sign())
    assert reply.status_code == 404
    assert noted(hub) == [("decisions", "nothing")]


def test_a_fault_of_ours_is_reported_by_number_only(
    client: TestClient, sign: Sign, hub: Hub, app: FastAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """No words of the error leave: they might quote a record."""
    from structlog.testing import capture_logs

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"record of {LAN}")

    object.__setattr__(app.state.decisions, "decide", broken)
    with capture_logs() as logs:
        reply = client.post("/v1/decisions", json=question(), headers=sign())
    assert reply.status_code == 500
    assert LAN not in reply.text
    assert LAN not in str(logs) + "".join(capsys.readouterr())
    [failed] = [each for each in logs if each["event"] == "request.failed"]
    assert failed["request"] == reply.json()["request"] == reply.headers["x-request-id"]
    assert "agency_view.py" in failed["about"]


def test_the_database_is_away(client: TestClient, sign: Sign, hub: Hub) -> None:
    """Nothing is answered that cannot be noted: 503, and when to come back."""
    with hub.engine.begin() as connection:
        connection.execute(sa.text("alter table hub.audit rename to gone"))
    reply = client.post("/v1/decisions", json=question(number=AN), headers=sign())
    assert reply.status_code == 500
    assert "audit" not in reply.text
    assert ADOPTION not in reply.text
