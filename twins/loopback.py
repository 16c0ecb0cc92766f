"""Endpoints that only callers on this machine may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Endpoint = Callable[[Request], Awaitable[Response]]


def local(endpoint: Endpoint) -> Endpoint:
    """The endpoint for callers on this machine only."""

    async def guarded(request: Request) -> Response:
        if request.client is None or not ip_address(request.client.host).is_loopback:
            return JSONResponse({"error": "the control API serves this machine only"}, status_code=403)
        return await endpoint(request)

    return guarded
