"""A hub that has read nothing yet, or only some registers: every question is answered, *not held*, and noted. All people are synthetic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from contracts.load import load_contracts
from hub.access import row_security
from hub.access.tokens import Claims, machine_now, tokens_of
from hub.answers.ministry.codes import MINISTRY
from hub.app import Hub
from hub.core.database import connect
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.load.landing import Landing
from hub.load.warehouse import ensure_tables
from service.app import create_app
from tests.hub.registers import KEYS, NOW, ROOT

from .conftest import AN, DOSSIER, LAN, QUAN_1, StillScenario, noted
from .ministry_calls import DATA, asked
from .signed_message import message

CONTRACTS = dict(load_contracts())
PERSON = {
    "personal_id": AN,
    "old_id": "023456789",
    "name": "Nguyễn Minh An",
    "born": "2016-05-12",
    "parent": "Trần Thị Hoà Lan",
    "entry": {"number": "12", "book": "01/2016", "place": "26734", "registered": "2021-03-04"},
}
WAYS = (
    {"personal_id": AN},
    {"old_id": "023456789"},
    {"entry": PERSON["entry"]},
    {"name": PERSON["name"], "born": PERSON["born"]},
    PERSON,
)
"""Everything by which a person can be looked for."""
TYPES = ("register:birth", "register:marriage", "register:death", "register:recognition")
ROLES = ("applicant", "child", "mother", "father", "spouse", "deceased")


@pytest.fixture(params=["nothing", "birth", "dossier", "death", "an older version"])
def hub(request: pytest.FixtureRequest, pg_url: str, tmp_path: Any) -> Iterator[Hub]:
    """A migrated database in which only that register was ever read, or all by a contract of fewer fields."""
    engine = connect(pg_url)
    with engine.begin() as connection:
        row_security.apply(connection, row_security.policies(CONTRACTS))
        if request.param in CONTRACTS:
            ensure_tables(connection, CONTRACTS[request.param])
        if request.param == "an older version":
            for contract in CONTRACTS.values():
                if contract.domain == "civil_registry":
                    older = tuple(
                        replace(
                            d, fields=tuple(f for f in d.fields if f.required or f.name.endswith(("HoTen", "NgaySinh")))
                        )
                        for d in contract.datasets
                    )
                    ensure_tables(connection, replace(contract, datasets=older))
    deployment = load_deployment(ROOT / "deployments" / "hcmc")
    deployment = deployment.only({"moj-registry": deployment.systems["moj-registry"]}, reuse={})
    yield Hub(
        read_settings(home=tmp_path),
        deployment,
        StillScenario(tmp_path, NOW, NOW),
        CONTRACTS,
        engine,
        KEYS,
        Landing(tmp_path / "landing", KEYS),
    )
    engine.dispose()


def decided(hub: Hub, outcome: str, dataset: str) -> int:
    """A decision on record, of a hub whose warehouse was filled once."""
    with hub.engine.begin() as connection:
        return int(
            connection.scalar(
                sa.text("""
            insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome, evidence_type, dataset, system,
                                      record_key, role, version, legal_basis, asked_under, why, known_at, decided_at)
            values (:a, :o || :d, 's', 'r', 'x', 'civil-status', :o, :type, :d, 'moj-registry', '1', null, now(), 'once-held', '', '[]', now(), now())
            returning id"""),
                {
                    "a": QUAN_1,
                    "o": outcome,
                    "d": dataset,
                    "type": "result:KQ.G15.000038" if dataset.startswith("dossier") else f"register:{dataset}",
                },
            )
            or 0
        )


def test_every_question_is_answered_and_noted(hub: Hub) -> None:
    """Before a register's first sync its tables did not exist: a school's first question got 500, and left no row."""
    numbers = [
        decided(hub, "reuse", each)
        for each in ("birth", "marriage", "death", "recognition", "dossier_result", "dossier_component")
    ]
    app = create_app(hub)
    signed = app.state.tokens.sign(Claims(QUAN_1, "officer-1", "civil-status", "once-held", ""), machine_now())
    copies = app.state.tokens.sign(Claims(QUAN_1, "officer-1", "civil-status", "extract-anywhere", ""), machine_now())
    questions: list[tuple[str, str, Any, set[int]]] = [
        *(
            (
                "POST",
                "/v1/evidence",
                {
                    "dossier": DOSSIER,
                    "person": each,
                    "type": type_,
                    "fields": [CONTRACTS[type_[9:]].datasets[0].fields[3].name],
                },
                {404},
            )
            for each in WAYS
            for type_ in TYPES
        ),
        *(
            (
                "POST",
                "/v1/answers",
                {"dossier": DOSSIER, "person": PERSON, "question": question, "other": {"personal_id": LAN}},
                {404},
            )
            for question in ("is_married", "is_deceased", "matches", "parent_of")
        ),
        *(("POST", "/v1/prefill", {"dossier": DOSSIER, "person": each}, {404}) for each in WAYS),
        *(
            (
                "POST",
                "/v1/decisions",
                {"dossier": f"{DOSSIER[:-4]}{n:04}", "procedure": procedure, "people": dict.fromkeys(ROLES, each)},
                {200},
            )
            for n, (procedure, each) in enumerate(
                (p, w) for p in ("2.001263", *sorted(app.state.decisions.requirements)[::60]) for w in WAYS[::2]
            )
        ),
        *(
            ("POST", f"/v1/decisions/{number}/{act}", {"because": "x"}, {404, 409})
            for number in numbers
            for act in ("preview", "use", "extract")
        ),
        ("GET", f"/v1/dossiers/{DOSSIER}/decisions", None, {200, 404}),
        ("GET", f"/v1/dossiers/{DOSSIER}/status", None, {404}),
        ("GET", "/v1/dossiers/Q1-UNKNOWN/status", None, {404}),
        *(
            (
                "POST",
                "/v1/error-reports",
                {"dossier": DOSSIER, "record": f"{d}/moj-registry/1", "field": "", "kind": "wrong", "words": "x"},
                {404},
            )
            for d in ("birth", "marriage", "death", "recognition", "dossier", "dossier_result", "scan", "agencies")
        ),
    ]
    with TestClient(app, raise_server_exceptions=False) as client:
        for method, path, body, expected in questions:
            before = len(noted(hub))
            reply = client.request(
                method,
                path,
                json=body,
                headers={"Authorization": f"Bearer {copies if path.endswith('extract') else signed}"},
            )
            assert reply.status_code in expected, (path, reply.json())
            assert before + 1 == len(noted(hub)), path
    assert "answered" not in {outcome for what, outcome in noted(hub) if what not in ("decisions",)}
    with hub.engine.connect() as connection:
        assert {"ask"} == set(connection.scalars(sa.text("select outcome from hub.decision where requirement <> 'r'")))


def test_the_ministry_is_reported_that_it_is_not_held(hub: Hub) -> None:
    """Over REST and SOAP: the question waits, its state can be asked, there is no result; each call has its row."""
    app = create_app(hub)
    signed = tokens_of(hub.scenario.folder, hub.deployment.name).sign(
        Claims(MINISTRY, "hotich.moj", "civil-status", "extract-anywhere"), machine_now()
    )
    which = {"maDonVi": "760", "maHoSo": "H-2"}
    kinds = ("KS", "KH", "KT", "NCMC")
    with TestClient(app, raise_server_exceptions=False) as client:
        for operation, more in (
            ("dangKyHoTich", {"module": "BS", "ngayTiepNhan": "2022-06-02", "data": DATA}),
            ("traTrangThaiHoSo", {}),
            ("ketQuaDangKyHS", {}),
        ):
            before = len(noted(hub))
            reply = client.post(
                f"/ministry/{operation}", json=which | more, headers={"Authorization": f"Bearer {signed}"}
            )
            assert reply.status_code == 200, reply.json()
            assert not reply.json().get("value")
            assert before + 1 == len(noted(hub))
        for operation, more in (
            ("dangKyHoTich", asked()),
            ("traTrangThaiHoSo", "<maHoSo>H-1</maHoSo>"),
            ("ketQuaDangKyHS", "<maHoSo>H-1</maHoSo>"),
        ):
            before = len(noted(hub))
            inside = f'<{operation} xmlns="urn:motlan:ministry-asks:drawn:1"><maDonVi>760</maDonVi>{more}</{operation}>'
            reply = client.post("/ministry/soap", content=message(hub, inside), headers={"Content-Type": "text/xml"})
            assert reply.status_code == 200, reply.text
            assert before + 1 == len(noted(hub))
        for number, kind in enumerate(kinds):
            data = json.dumps({"loaiBanSao": kind, "cbsSoDDCN": "079190000001"})
            reply = client.post(
                "/ministry/dangKyHoTich",
                headers={"Authorization": f"Bearer {signed}"},
                json={
                    "maDonVi": "760",
                    "maHoSo": f"K-{number}",
                    "module": "BS",
                    "ngayTiepNhan": "2022-06-02",
                    "data": data,
                },
            )
            assert reply.status_code == 200, reply.json()
