"""A dossier's state over HTTP: by which reference, for whom, and behind row security. All people are synthetic."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from hub.app import Hub
from hub.load.warehouse import ensure_tables

from .conftest import DOSSIER, LAN, SCHOOL, STRANGER, Sign, noted
from .question_bodies import WRONG


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


def test_row_security_stands_behind_states_and_reports(
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
