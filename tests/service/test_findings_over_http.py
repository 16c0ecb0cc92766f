"""Every answer that carries a record says what the hub doubts about it: rule, since when, whether somebody looked.

All people are synthetic.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from hub.app import Hub
from tests.hub.registers import NOW

from .conftest import DOSSIER, QUAN_5, Sign, question
from .question_bodies import CHILD, WIFE, asking

RULE = "birth.identity-matches-birth"


@pytest.fixture
def doubted(hub: Hub) -> Any:
    """Note a finding of a record."""

    def doubted(dataset: str, key: str, rule: str = RULE, **more: datetime) -> None:
        system = "one-stop-760" if dataset == "dossier" else "moj-registry"
        stream = f"{system}.{dataset}"
        given = {"s": stream, "d": dataset, "k": key, "r": rule, "now": NOW - timedelta(hours=1)}
        given |= {"until": None, "seen": None, **more}
        with hub.engine.begin() as connection:
            for statement in (
                "insert into hub.batch (id, run, stream, epoch, number, state, contract_version, landed_at)"
                " values (:s, 'run-' || :d, :s, 1, 1, 'applied', '1', :now) on conflict do nothing",
                "insert into hub.finding (stream, dataset, record_key, rule, batch, found_at, until, acknowledged_at)"
                " values (:s, :d, :k, :r, :s, :now, :until, :seen)",
            ):
                connection.execute(sa.text(statement), {k: v for k, v in given.items() if f":{k}" in statement})

    return doubted


SAID = {"rule": RULE, "since": "2022-06-02T02:00:00Z", "state": "open"}


def said(findings: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without the sentence, which is the contract's; it must be there."""
    assert all(each["sentence"] for each in findings)
    return [{name: value for name, value in each.items() if name != "sentence"} for each in findings]


def test_fields_come_with_the_findings_of_their_entry(client: TestClient, sign: Sign, doubted: Any) -> None:
    """Once an office got the fields of a record that two people had let in, and nothing said so."""
    doubted("birth", "1")

    body = asking(CHILD, type="register:birth", fields=["nksHoTen"])
    answer = client.post("/v1/evidence", json=body, headers=sign()).json()

    assert said(answer["findings"]) == [SAID]


def test_without_findings_the_list_is_empty(client: TestClient, sign: Sign) -> None:
    """It is there all the same: a missing word could mean anything."""
    body = asking(CHILD, type="register:birth", fields=["nksHoTen"])

    assert client.post("/v1/evidence", json=body, headers=sign()).json()["findings"] == []


def test_a_looked_at_finding_says_so(client: TestClient, sign: Sign, doubted: Any) -> None:
    """It stays with the record until the source sends it without."""
    doubted("birth", "1", seen=NOW)

    body = asking(CHILD, type="register:birth", fields=["nksHoTen"])
    answer = client.post("/v1/evidence", json=body, headers=sign()).json()

    assert said(answer["findings"]) == [SAID | {"state": "acknowledged"}]


def test_yes_or_no_comes_with_the_findings_of_its_entry(client: TestClient, sign: Sign, doubted: Any) -> None:
    doubted("marriage", "1", "record.left-source")

    answer = client.post("/v1/answers", json=asking(WIFE, question="is_married"), headers=sign()).json()

    assert answer["answer"] is True
    assert [each["rule"] for each in answer["findings"]] == ["record.left-source"]


def test_each_fact_of_a_form_comes_with_the_findings_of_its_entry(client: TestClient, sign: Sign, doubted: Any) -> None:
    doubted("birth", "1")

    body = asking(CHILD, facts=["hoTen", "queQuan"], dossier=f"{QUAN_5}-220602-0001")
    facts = client.post("/v1/prefill", json=body, headers=sign(QUAN_5)).json()["facts"]

    assert {fact: said(each["findings"]) for fact, each in facts.items()} == {"hoTen": [SAID], "queQuan": [SAID]}


def test_a_preview_and_a_copy_come_with_the_findings(client: TestClient, sign: Sign, doubted: Any, put: Any) -> None:
    """The officer who confirms, and the official who signs, see what is doubted; the copy itself is the book's."""
    doubted("marriage", "1", "record.left-source")
    answer = client.post("/v1/decisions", json=question(), headers=sign()).json()
    [number] = [each["id"] for each in answer["decisions"] if each["outcome"] == "confirm"]

    shown = client.post(f"/v1/decisions/{number}/preview", json={"because": "x"}, headers=sign()).json()
    client.post(f"/v1/decisions/{number}/confirm", json={"because": "x"}, headers=sign())
    copies = {
        form: client.post(f"/v1/decisions/{number}/extract?form={form}", json={"because": "x"}, headers=sign())
        for form in ("data", "page", "pdf")
    }

    left = [SAID | {"rule": "record.left-source"}]
    assert said(shown["findings"]) == left
    assert said(copies["data"].json()["findings"]) == left
    assert "Cảnh báo cho người ký" in copies["page"].text
    assert copies["pdf"].content.startswith(b"%PDF")


def test_a_dossier_s_state_comes_with_its_findings(client: TestClient, sign: Sign, doubted: Any, put: Any) -> None:
    """Whoever is granted a dossier's papers sees what is doubted about the dossier: row security hid it, and papers of a
    dossier under an expired waiver were *reuse*.
    """
    put("dossier", DOSSIER, system="one-stop-760", MaHoSo=DOSSIER, TrangThaiHoSo="4")
    doubted("dossier", DOSSIER, "record.left-source")

    answer = client.get(f"/v1/dossiers/{DOSSIER}/status", headers=sign()).json()

    assert said(answer["records"][0]["findings"]) == [SAID | {"rule": "record.left-source"}]


def test_a_denied_asker_learns_of_no_finding(client: TestClient, sign: Sign, doubted: Any) -> None:
    """That a record is doubted says that it is held."""
    doubted("birth", "1")
    body = asking(CHILD, type="register:birth", fields=["nksHoTen"])

    assert "finding" not in client.post("/v1/evidence", json=body, headers=sign("999.00.00.H29")).text


def test_a_waiver_that_ended_ends_the_answer(client: TestClient, sign: Sign, doubted: Any) -> None:
    """Nobody answers for the record any more, whether or not anybody has noted the day."""
    doubted("birth", "1", until=NOW - timedelta(minutes=1))

    body = asking(CHILD, type="register:birth", fields=["nksHoTen"])
    assert client.post("/v1/evidence", json=body, headers=sign()).status_code == 404
