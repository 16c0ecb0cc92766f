"""Puts the routes together over one hub: `create_app(hub)`, served by `hub serve`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from hub.access.tokens import tokens_of
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.ministry.codes import MINISTRY
from hub.app import Hub
from service import problems, traces
from service.api import decisions, disclosure, dossiers, error_reports, extracts, feeds, health, tokens
from service.auth import AT_MOST, OwnDoor, TokenMiddleware
from service.locks import Locks
from service.ministry import rest, soap

AT_ONCE = 8
"""Concurrent questions: fewer than the connections of the database pool."""
OWN_DOORS: Mapping[str, OwnDoor] = {soap.PATH: OwnDoor(MINISTRY, soap.refusal)}
"""Beginnings of paths with an authentication of their own: signed messages instead of tokens."""
ABOUT = """
Trước khi yêu cầu người dân nộp giấy tờ, hỏi thành phố đã có gì. Hệ thống của cơ quan xuất trình chứng thư (TLS). Mỗi
câu hỏi mang mã truy cập ngắn hạn gắn với chứng thư đó (`POST /oauth/token`), nêu cơ quan, cán bộ, mục đích, căn cứ pháp
lý và hồ sơ; mọi câu hỏi, trả lời hay không, đều ghi nhật ký trong cùng giao dịch. Không được phép và không có đều là
404.

Before a paper is demanded: what does the city hold already? The agency's system shows its client certificate (TLS).
Each question carries a short-lived token bound to it (`POST /oauth/token`) that names agency, officer, purpose, legal
basis and dossier; each question, answered or not, is noted in the transaction of its answer. Denied and missing are the
same 404.
"""


def create_app(hub: Hub, at_most: int = AT_MOST, *, locks: Locks | None = None) -> FastAPI:
    """The service over an open hub, for so many concurrent requests. Only `auth.OPEN` answers without a token.

    With `locks` every other path demands the client certificate of an enrolled system, and a token bound to it.
    """
    app = FastAPI(
        title="Một Lần: API dùng lại dữ liệu",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.decisions = DecisionService(hub)
    app.state.tokens = tokens_of(hub.scenario.folder, hub.deployment.name)
    problems.install(app)
    app.state.hub = hub
    for part in (health, tokens, decisions, extracts, disclosure, dossiers, error_reports, feeds):
        app.include_router(part.router)
    app.include_router(rest.router)
    soap.install(app, hub)
    app.add_middleware(TokenMiddleware, tokens=app.state.tokens, others=OWN_DOORS, locks=locks, at_most=at_most)
    if traces.wanted():
        app.add_middleware(traces.TraceMiddleware)
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = AT_ONCE
    yield
