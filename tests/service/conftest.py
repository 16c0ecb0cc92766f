"""The service over a real database with a few synthetic people, asked through its ASGI door. Signed by the scenario's own key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub.access.tokens import Claims, machine_now
from hub.app import Hub
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.load.landing import Landing
from hub.local.scenario import Scenario
from service.app import create_app
from tests.hub import registers
from tests.hub.registers import KEYS, NOW, ROOT, Put

contracts = registers.contracts
engine = registers.indexed_engine
put = registers.put
units = registers.units

QUAN_1, QUAN_5, SCHOOL, HOSPITAL, STRANGER = (
    "000.00.16.H29",
    "000.00.28.H29",
    "000.05.16.H29",
    "000.20.13.H29",
    "999.00.00.H29",
)
LAN, AN = "079190000001", "079316000001"
DOSSIER, ADOPTION = "000.00.16.H29-220602-0001", "2.001263"
MARRIED = {
    "voSoGiayToTuyThan": LAN,
    "voHoTen": "Trần Thị Hoà Lan",
    "voNgaySinh": "1990",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
    "noiDangKy": "26734",
}
BORN = {
    "nksSoDDCN": AN,
    "nksHoTen": "Nguyễn Minh An",
    "nksNgaySinh": "2016-05-12",
    "nksQueQuan": "Bến Tre",
    "so": "12",
    "quyenSo": "01/2016",
    "ngayDangKy": "2021-03-04",
    "noiDangKy": "26734",
    "meHoTen": "Trần Thị Hoà Lan",
    "meSoGiayToTuyThan": LAN,
}


class StillScenario(Scenario):
    """A scenario whose clock stands, where the people of the tests were put."""

    def now(self) -> datetime:
        return NOW


@pytest.fixture(autouse=True)
def logged_as_served() -> None:
    """A command line that another test ran in this process may have silenced events; `hub serve` tells them."""
    structlog.reset_defaults()


@pytest.fixture
def hub(engine: sa.Engine, contracts: Any, tmp_path: Path) -> Hub:
    deployment = load_deployment(ROOT / "deployments" / "hcmc").only({})
    return Hub(
        read_settings(home=tmp_path),
        deployment,
        StillScenario(tmp_path, NOW, NOW),
        contracts,
        engine,
        KEYS,
        Landing(tmp_path / "landing", KEYS),
    )


@pytest.fixture
def app(hub: Hub, put: Put) -> FastAPI:
    put("marriage", "1", **MARRIED)
    put("birth", "1", **BORN)
    return create_app(hub)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


Sign = Callable[..., dict[str, str]]


@pytest.fixture
def sign(app: FastAPI) -> Sign:
    """Headers with a good token; of District 1's civil-status desk unless told otherwise."""

    def sign(
        agency: str = QUAN_1, purpose: str = "civil-status", dossier: str = "", legal_basis: str = "once-held"
    ) -> dict[str, str]:
        token = app.state.tokens.sign(
            Claims(agency, "officer-1", purpose, legal_basis, dossier), machine_now(), timedelta(minutes=5)
        )
        return {"Authorization": f"Bearer {token}"}

    return sign


def question(dossier: str = DOSSIER, number: str = LAN) -> dict[str, Any]:
    return {"dossier": dossier, "procedure": ADOPTION, "people": {"applicant": {"personal_id": number}}}


def reused(client: TestClient, headers: dict[str, str]) -> int:
    """The number of a decision that reuses the marriage."""
    answer = client.post("/v1/decisions", json=question(), headers=headers).json()
    [found] = [each["id"] for each in answer["decisions"] if each["outcome"] == "reuse"]
    return int(found)


def noted(hub: Hub) -> list[tuple[str, str]]:
    """What stands in the audit log, oldest first."""
    with hub.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text("select what, outcome from hub.audit order by id"))]
