"""Signed in to Airflow is signed in to the workbench, for whom an administrator linked; nobody else, and once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from hub.accounts import openid_store, store
from hub.accounts.airflow_sign_in import AIRFLOW
from hub.app import Hub, open_hub
from hub.core.actions import Actor
from hub.core.settings import ROOT, read_settings
from service.workbench.app import create_workbench

SCREEN = "http://127.0.0.1:8080"
BOSS = Actor("quantri", "Quyết định 12")
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def hub(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name, value in {"HOME": str(tmp_path), "DATABASE_URL": pg_url, "AIRFLOW_URL": SCREEN}.items():
        monkeypatch.setenv(f"HUB_{name}", value)
    with open_hub(read_settings()) as hub, hub.engine.begin() as connection:
        now = hub.scenario.now()
        store.add(connection, "lan", "Nguyễn Thị Lan", "engineer", "", BOSS, now)
        openid_store.link(connection, "lan", AIRFLOW, "lan@airflow", BOSS, now)
        connection.commit()
        yield hub


@pytest.fixture
def airflow(airflow_tables: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Airflow's own application, with our plugin, and tokens by its auth manager."""
    monkeypatch.setenv("AIRFLOW__CORE__PLUGINS_FOLDER", str(ROOT / "orchestration" / "plugins"))
    from airflow.api_fastapi.app import create_app, get_auth_manager, purge_cached_app
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    purge_cached_app()
    app = create_app(apps="core")

    def cookie(name: str) -> dict[str, str]:
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role="viewer"))
        return {"cookie": f"_token={token}"}

    with TestClient(app, base_url=SCREEN, follow_redirects=False) as client:
        yield client, cookie


def path(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"


def test_airflow_s_user_opens_the_linked_account(hub: Hub, airflow: Any) -> None:
    screen, cookie = airflow
    bench = create_workbench(hub, secure=False)
    with TestClient(bench, base_url="http://127.0.0.1", follow_redirects=False) as browser:
        assert "/signin/airflow" in browser.get("/signin").text
        begun = browser.get("/signin/airflow?next=/runs")
        assert (303, True) == (begun.status_code, begun.headers["location"].startswith(f"{SCREEN}/motlan/sign-in?"))
        asked = path(begun.headers["location"])
        assert 401 == screen.get(asked).status_code
        assert 403 == screen.get(asked, headers={"cookie": "_token=no.token.atall"}).status_code
        assert 403 == screen.get(asked, headers=cookie("stranger")).status_code
        vouched = screen.get(asked, headers=cookie("lan@airflow"))
        assert 303 == vouched.status_code
        link = path(vouched.headers["location"])
        with TestClient(bench, base_url="http://127.0.0.1", follow_redirects=False) as other:
            assert 422 == other.get(link).status_code
        done = browser.get(link)
        assert (303, "/runs") == (done.status_code, done.headers["location"])
        assert "Nguyễn Thị Lan" in browser.get("/runs").text
        assert f"frame-ancestors {SCREEN}" in browser.get("/runs").headers["content-security-policy"]
        assert 422 == browser.get(link).status_code


def test_a_state_that_nobody_vouched_for_opens_nothing(hub: Hub, airflow: Any) -> None:
    """Neither does one that was never begun, nor a disabled account."""
    screen, cookie = airflow
    with TestClient(
        create_workbench(hub, secure=False), base_url="http://127.0.0.1", follow_redirects=False
    ) as browser:
        asked = path(browser.get("/signin/airflow").headers["location"])
        assert 422 == browser.get(f"/signin/airflow/back?{urlsplit(asked).query}").status_code
        assert 403 == screen.get(f"/motlan/sign-in?state={'x' * 43}", headers=cookie("lan@airflow")).status_code
        asked = path(browser.get("/signin/airflow").headers["location"])
        with hub.engine.begin() as connection:
            store.disable(connection, "lan", BOSS, hub.scenario.now())
        assert 403 == screen.get(asked, headers=cookie("lan@airflow")).status_code
        assert 303 == browser.get("/runs").status_code
