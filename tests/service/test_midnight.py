"""One running service over the night of 30 June to 1 July 2025: what holds on a day holds from its first second."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient

from hub.access.tokens import Claims, machine_now
from hub.app import Hub
from hub.local.scenario import Scenario
from service.app import create_app
from tests.hub.registers import NOW, ROOT, Put

from .conftest import AN, BORN, QUAN_1

COMMUNE = "000.26.740.H29"
"""An agency that begins with the reform."""


@dataclass(frozen=True)
class Moving(Scenario):
    """A scenario whose clock the test moves, through midnight and back to no earlier moment."""

    at: list[datetime]

    def now(self) -> datetime:
        return self.at[-1]


@pytest.fixture
def clock() -> list[datetime]:
    return [datetime.fromisoformat("2025-06-30T23:59:59+07:00")]


@pytest.fixture
def client(hub: Hub, put: Put, tmp_path: Path, clock: list[datetime]) -> Iterator[TestClient]:
    """The service, started on the eve and never again; a commune is granted from 1 July on what District 1 has."""
    put("birth", "1", **BORN)
    folder = tmp_path / "deployment"
    shutil.copytree(ROOT / "deployments" / "hcmc", folder)
    with (folder / "reference" / "agencies.csv").open("a", encoding="utf-8") as file:
        file.write(f"{COMMUNE},Ủy ban nhân dân Phường Sài Gòn,26740,commune,2025-07-01,,true,true,mẫu,mẫu\n")
    grants = yaml.safe_load((folder / "grants.yaml").read_text(encoding="utf-8"))
    desks = next(each for each in grants["grants"] if each["id"] == "civil-status-desks")
    begins = datetime.fromisoformat("2025-07-01").date()
    grants["grants"].append(desks | {"id": "commune-desks", "agencies": [COMMUNE], "valid_from": begins})
    (folder / "grants.yaml").write_text(yaml.safe_dump(grants, allow_unicode=True), encoding="utf-8")
    scenario = Moving(hub.scenario.folder, NOW, NOW, clock)
    deployment = replace(hub.deployment, folder=folder, clock=scenario.now)
    with TestClient(create_app(replace(hub, deployment=deployment, scenario=scenario))) as client:
        yield client


def asked(client: TestClient, agency: str, dossier: str) -> int:
    """The status of a question about the child's birth."""
    body = {"dossier": dossier, "person": {"personal_id": AN}, "type": "register:birth", "fields": ["nksHoTen"]}
    token = client.app.state.tokens.sign(Claims(agency, "officer-1", "civil-status", "once-held"), machine_now())  # type: ignore[attr-defined]
    reply = client.post("/v1/evidence", json=body, headers={"Authorization": f"Bearer {token}"})
    return int(reply.status_code)


def test_grants_end_and_begin_at_midnight_without_a_restart(client: TestClient, clock: list[datetime]) -> None:
    """District 1 is answered until its last second, the commune from its first; the day is local, not UTC's."""
    before = [asked(client, QUAN_1, f"{QUAN_1}-250630-0001"), asked(client, COMMUNE, f"{COMMUNE}-250630-0001")]

    clock.append(datetime.fromisoformat("2025-07-01T00:00:00+07:00"))

    after = [asked(client, QUAN_1, f"{QUAN_1}-250701-0001"), asked(client, COMMUNE, f"{COMMUNE}-250701-0001")]
    assert [200, 404] == before
    assert [404, 200] == after


def test_a_law_ends_with_its_day(client: TestClient, clock: list[datetime]) -> None:
    """Decree 47/2020 is in force until 2025-10-21; what follows is unverified, and under such a law nobody is answered."""
    answers = []
    for moment in ("2025-10-21T23:59:59+07:00", "2025-10-22T00:00:00+07:00"):
        clock.append(datetime.fromisoformat(moment))
        answers.append(asked(client, COMMUNE, f"{COMMUNE}-251021-0001"))

    assert [200, 404] == answers


def test_the_health_says_whose_clock_it_is(client: TestClient, clock: list[datetime]) -> None:
    """A monitor must not take a scenario for the city."""
    clock.append(datetime.fromisoformat("2025-07-01T00:00:00+07:00"))

    said = client.get("/health/live").json()

    assert clock[-1] == datetime.fromisoformat(said["now"])
    assert NOW == datetime.fromisoformat(said["scenario_of"])
