"""Pages of systems and runs, over a city that the real path has read."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from hub.app import Hub
from hub.core import events
from hub.demonstration import showcase_people
from hub.operations import runs
from service.workbench.app import create_workbench

from .conftest import Enter

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first


def test_a_system_leads_to_its_runs_and_a_run_to_its_bytes(enter: Enter, city: Hub) -> None:
    """The equation of the page is that of the ledger; the landed pages stand with their hashes."""
    client = enter("kysu")
    assert "one-stop-770" in client.get("/systems").text
    page = client.get("/systems/one-stop-760").text
    found = re.search(
        r'href="(/runs/[^"]+)"', page[page.index("run-began") :] if "run-began" in page else page.split("<tbody>")[-1]
    )
    assert found is not None
    run = client.get(found[1]).text
    with city.engine.connect() as connection:
        row = runs.one(connection, found[1].removeprefix("/runs/"))
    assert 1 <= len(row["pages"])
    assert all(each["sha256"][:16] in run for each in row["pages"])
    assert "✗ KHÔNG" not in run
    assert row["tables"][0]["received"] == sum(
        row["tables"][0][t] for t in ("accepted", "unchanged", "duplicate", "outdated", "quarantined")
    )
    assert "<svg" in run


def test_a_clerk_sees_the_own_systems_only(enter: Enter) -> None:
    """Of another district: no row, no page, no run."""
    auditor, clerk = enter("kiemtra"), enter("quan1")
    other = re.search(r'href="(/runs/[^"?]+)"', auditor.get("/runs?stream=one-stop-770.dossier").text)
    assert other is not None
    listed = clerk.get("/systems").text

    assert "one-stop-760" in listed
    assert "one-stop-770" not in listed
    assert "one-stop-770" not in clerk.get("/runs").text
    assert 404 == clerk.get("/systems/one-stop-770").status_code
    assert 404 == clerk.get(other[1]).status_code
    assert "/runs/" not in clerk.get("/runs?stream=one-stop-770.dossier").text


def test_what_is_not_there_is_said_with_a_next_step(enter: Enter) -> None:
    client = enter("kysu")
    for path in ("/systems/nothing", "/runs/nothing"):
        answer = client.get(path)
        assert (404, True) == (answer.status_code, 'role="alert"' in answer.text)


def test_a_run_of_airflow_leads_to_its_reading_and_back(city: Hub) -> None:
    """By its DAG and its name, which has signs that an address writes otherwise; a clerk of another unit finds nothing."""
    dag, name = "one-stop-770", "scheduled__2022-06-02T01:00:00+00:00"
    city.exchange("one-stop-770.dossier", on_event=events.ignore).sync(request=f"airflow {dag} {name}")
    bench = create_workbench(city, secure=False, airflow="https://airflow.example")
    password = (city.scenario.folder / showcase_people.FILE).read_text()

    def entered(login: str) -> TestClient:
        client = TestClient(bench, follow_redirects=False)
        client.post("/signin", data={"login": login, "password": password, "next": "/"})
        return client

    engineer = entered("kysu")
    found = engineer.get(f"/airflow/{dag}/{quote(name, safe='')}", follow_redirects=True).text
    [*readings] = re.findall(r'href="(/runs/[^"?]+)"', found)
    page = engineer.get(readings[0]).text if readings else found  # of one reading it is the page itself

    assert f'href="https://airflow.example/dags/{dag}/runs/scheduled__2022-06-02T01%3A00%3A00%2B00%3A00"' in page
    assert 404 == entered("quan1").get(f"/airflow/{dag}/{quote(name, safe='')}").status_code
    assert 404 == entered("kysu").get(f"/airflow/{dag}/another").status_code
