"""Puts the pages together over one hub: `create_workbench(hub)`, served by `hub serve` and `hub run`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from contracts.errors import DeploymentInvalid
from hub.accounts.openid import OpenId, OpenIdClient
from hub.accounts.roles import AccountRight
from hub.app import Hub
from hub.core.book_keepers import read_keepers
from hub.core.units import read_units
from service.workbench import airflow as by_airflow
from service.workbench import (
    cases,
    city,
    datasets,
    findings,
    indicators,
    openid,
    requirements,
    scans,
    sign_in,
    systems,
    today,
    trends,
)
from service.workbench.guard import PASSWORD, SIGN_IN, Guard, WorkbenchPage
from service.workbench.rendering import FOLDER, environment, headers
from service.workbench.visit import Bench

AT_ONCE = 8
"""Concurrent pages: the threads that may hold a connection of the database."""
ALIVE = "/health/live"
STATIC = "/static"
_R = AccountRight

PAGES: tuple[WorkbenchPage, ...] = (
    WorkbenchPage(SIGN_IN, None, sign_in.form, sign_in.sign_in),
    WorkbenchPage("/signin/openid", None, openid.begin),
    WorkbenchPage("/signin/openid/back", None, openid.back),
    WorkbenchPage("/signin/airflow", None, by_airflow.begin),
    WorkbenchPage("/signin/airflow/back", None, by_airflow.back),
    WorkbenchPage("/signout", _R.OWN, act=sign_in.sign_out),
    WorkbenchPage(PASSWORD, _R.OWN, sign_in.password, sign_in.change_password),
    WorkbenchPage("/", _R.STATE, today.today),
    WorkbenchPage("/compare", _R.STATE, today.compare),
    WorkbenchPage("/dashboard", _R.STATE, indicators.dashboard),
    WorkbenchPage("/indicators", _R.STATE, indicators.indicator_list),
    WorkbenchPage("/indicators/{indicator}", _R.STATE, indicators.indicator),
    WorkbenchPage("/indicators/{indicator}/{file}", _R.STATE, indicators.take),
    WorkbenchPage("/trends", _R.STATE, trends.trends),
    WorkbenchPage("/systems", _R.STATE, systems.systems),
    WorkbenchPage("/systems/{system}", _R.STATE, systems.system),
    WorkbenchPage("/runs", _R.STATE, systems.run_list),
    WorkbenchPage("/runs/{run}", _R.STATE, systems.run),
    WorkbenchPage("/airflow/{dag}/{run}", _R.STATE, systems.of_airflow),
    WorkbenchPage("/cases", _R.CASES, cases.case_list),
    WorkbenchPage("/cases/handle", _R.HANDLE, act=cases.handle),
    WorkbenchPage("/cases/sign", _R.SIGN, act=cases.sign),
    WorkbenchPage("/cases/refuse", _R.SIGN, act=cases.refuse),
    WorkbenchPage("/cases/replay", _R.HANDLE, act=cases.replay),
    WorkbenchPage("/cases/{number}", _R.CASES, cases.case),
    WorkbenchPage("/cases/{number}/look", _R.LOOK, act=cases.look),
    WorkbenchPage("/cases/{number}/scan", _R.LOOK, scans.scan),
    WorkbenchPage("/findings", _R.CASES, findings.finding_list),
    WorkbenchPage("/findings/acknowledge", _R.HANDLE, act=findings.acknowledge),
    WorkbenchPage("/findings/{number}", _R.CASES, findings.finding),
    WorkbenchPage("/signatures", _R.SIGN, city.signatures),
    WorkbenchPage("/datasets", _R.STATE, datasets.dataset_list),
    WorkbenchPage("/datasets/{dataset}", _R.STATE, datasets.dataset),
    WorkbenchPage("/trace", _R.LOOK, datasets.trace_form, datasets.trace),
    WorkbenchPage("/requirements", _R.CITY, requirements.group_list),
    WorkbenchPage("/requirements/{group}", _R.CITY, requirements.group),
    WorkbenchPage("/requirements/{group}/settle", _R.REVIEW, act=requirements.settle),
    WorkbenchPage("/conflicts", _R.CITY, city.conflicts),
    WorkbenchPage("/feeds", _R.CITY, city.feeds),
    WorkbenchPage("/reuse", _R.ANSWERS, city.reuse),
    WorkbenchPage("/audit", _R.SUPERVISE, city.audit_log),
    WorkbenchPage("/grants", _R.SUPERVISE, city.grants),
    WorkbenchPage("/accounts", _R.ACCOUNTS, city.accounts),
)
"""Every page and act, with the right that it demands."""


class Assets(StaticFiles):
    """Files of ours for browsers, with the headers of every answer; they hold nothing of the city's."""

    async def get_response(self, path: str, scope: Any) -> Any:
        response = await super().get_response(path, scope)
        response.headers.update({**headers("'none'"), "cache-control": "public, max-age=3600"})
        return response


def create_workbench(hub: Hub, *, secure: bool, airflow: str = "") -> Starlette:
    """The application over an open hub.

    `secure`: its door speaks TLS, so its cookies demand it. `airflow`: address of Airflow's screen, which may show it
    in a frame; by default that of the settings.
    """
    airflow = (airflow or hub.settings.airflow_url).rstrip("/")
    ancestors = origin(airflow) if airflow else "'none'"
    cookie = "__Host-workbench" if secure else "workbench"
    units = read_units(hub.deployment.folder / "reference")
    keepers = read_keepers(hub.deployment.folder, units)
    bench = Bench(hub, units, environment(), cookie, ancestors, airflow, keepers, _provider(hub))
    routes: list[Route | Mount] = [Route(page.path, Guard(bench, page), methods=page.methods) for page in PAGES]
    routes.append(Route(ALIVE, lambda _: PlainTextResponse("ok", headers=headers("'none'"))))
    routes.append(Mount(STATIC, Assets(directory=FOLDER / "static")))
    return Starlette(routes=routes, lifespan=_lifespan)


def origin(address: str) -> str:
    """Scheme, host and port of an address. Raises DeploymentInvalid."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
        raise DeploymentInvalid("HUB_AIRFLOW_URL is no address", hint="https://airflow.example")
    return f"{parts.scheme}://{parts.netloc}"


def _provider(hub: Hub) -> OpenId | None:
    """The provider that the settings name. Raises DeploymentInvalid: half of it is set."""
    given = hub.settings
    if not given.openid_issuer:
        return None
    if not given.openid_client or given.openid_secret is None or not given.openid_back:
        raise DeploymentInvalid(
            "HUB_OPENID_ISSUER is set, and not all of what belongs to it",
            hint="HUB_OPENID_CLIENT, HUB_OPENID_SECRET, HUB_OPENID_BACK",
        )
    secret = given.openid_secret.get_secret_value()
    return OpenId(OpenIdClient(given.openid_issuer, given.openid_client, secret, given.openid_back))


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
    yield
