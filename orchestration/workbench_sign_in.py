"""The adapter between Airflow's sign-in and the workbench's: a page of Airflow that vouches for who is signed in to it.

Airflow does not protect the application of a plugin, so this one asks Airflow's auth manager itself: its cookie or its
bearer token, checked as Airflow checks it. The anonymous get 401. The application is made at the first request: a plugin
is loaded in every process of Airflow, and most of them serve nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class SignInPage:
    """The page as an ASGI application."""

    def __init__(self) -> None:
        self._app: Asgi | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            self._app = _made()
        await self._app(scope, receive, send)


def _made() -> Asgi:
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi import Depends, FastAPI, HTTPException, Query, status
    from fastapi.responses import RedirectResponse

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    signed_in, asked = Depends(get_user), Query(min_length=20, max_length=200)

    def sign_in(state: str = asked, user: Any = signed_in) -> RedirectResponse:
        from hub.accounts import airflow_sign_in
        from hub.accounts.openid import IdentityRefused
        from hub.app import open_hub

        with open_hub() as hub:
            try:
                with hub.engine.begin() as connection:
                    airflow_sign_in.vouch(connection, state, user.get_name(), hub.scenario.now())
            except IdentityRefused as refused:
                raise HTTPException(status.HTTP_403_FORBIDDEN, refused.message) from None
            address = hub.settings.workbench_address
        headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
        return RedirectResponse(f"{address}{airflow_sign_in.BACK}?state={state}", 303, headers)

    app.get("/sign-in")(sign_in)
    return app


PAGE = {"app": SignInPage(), "url_prefix": "/motlan", "name": "motlan"}
"""As a plugin gives it to Airflow."""
