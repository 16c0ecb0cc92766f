"""Reports of errors over HTTP: back to their source, with an owner and a clock, kept. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from hub.answers import error_reports
from hub.answers.error_reports import AlreadyClosed
from hub.app import Hub
from hub.core.actions import Actor

from .conftest import KEYS, NOW, QUAN_5, SCHOOL, Sign, noted
from .question_bodies import WRONG


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
