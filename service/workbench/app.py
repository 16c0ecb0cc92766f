"""Puts the pages together over one hub: `create_workbench(hub)`, served by `hub serve` and `hub run`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hub.accounts.roles import AccountRight
from hub.app import Hub
from hub.core.units import read_units
from service.workbench import cases, city, datasets, findings, requirements, sign_in, systems, today
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
    WorkbenchPage("/signout", _R.OWN, act=sign_in.sign_out),
    WorkbenchPage(PASSWORD, _R.OWN, sign_in.password, sign_in.change_password),
    WorkbenchPage("/", _R.STATE, today.today),
    WorkbenchPage("/compare", _R.STATE, today.compare),
    WorkbenchPage("/systems", _R.STATE, systems.systems),
    WorkbenchPage("/systems/{system}", _R.STATE, systems.system),
    WorkbenchPage("/runs", _R.STATE, systems.run_list),
    WorkbenchPage("/runs/{run}", _R.STATE, systems.run),
    WorkbenchPage("/cases", _R.CASES, cases.case_list),
    WorkbenchPage("/cases/handle", _R.HANDLE, act=cases.handle),
    WorkbenchPage("/cases/sign", _R.SIGN, act=cases.sign),
    WorkbenchPage("/cases/{number}", _R.CASES, cases.case),
    WorkbenchPage("/cases/{number}/look", _R.LOOK, act=cases.look),
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


def create_workbench(hub: Hub, *, secure: bool, ancestors: str = "'none'", airflow: str = "") -> Starlette:
    """The application over an open hub. `secure`: its door speaks TLS, so its cookies demand it."""
    cookie = "__Host-workbench" if secure else "workbench"
    units = read_units(hub.deployment.folder / "reference")
    bench = Bench(hub, units, environment(), cookie, ancestors, airflow)
    routes: list[Route | Mount] = [Route(page.path, Guard(bench, page), methods=page.methods) for page in PAGES]
    routes.append(Route(ALIVE, lambda _: PlainTextResponse("ok", headers=headers("'none'"))))
    routes.append(Mount(STATIC, Assets(directory=FOLDER / "static")))
    return Starlette(routes=routes, lifespan=_lifespan)


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
    yield
