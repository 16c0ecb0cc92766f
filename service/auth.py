"""Authenticates requests: ASGI middleware before every route.

Without a token every address answers the same 401, unread.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.access.inquiry import Inquiry
from hub.access.tokens import TokenRefused, Tokens, machine_now
from hub.core import events
from service import problems
from service.problems import Forbidden

MOST_BYTES = 256 << 10
"""Largest body of a request: a question names a few people."""
BODY_S = 10.0
"""How long a body may take to arrive."""
AT_MOST = 64
"""Concurrent requests with a complete body; more get 503. Connections are counted by `service/server.py`."""
OPEN = frozenset({"/health/live", "/health/ready", "/openapi.json"})
"""Paths without a token: about the service, never about a person."""
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class _NotWhole(Exception):
    """A body that was refused, by its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Gone(Exception):
    """The client is gone before its body was complete."""


@dataclass
class TokenMiddleware:
    """Passes a request to `app` with the inquiry of its token and its complete body."""

    app: ASGIApp
    tokens: Tokens
    others: Mapping[str, Callable[[int], Response]] = field(default_factory=dict)
    """Prefixes of paths with their own authentication (signed messages of the Ministry) -> its answer for an HTTP
    status."""
    at_most: int = AT_MOST
    now: Callable[[], datetime] = field(default=machine_now)
    _at_work: int = field(default=0, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["number"] = number = secrets.token_hex(8)
        send = _with_headers(send, state, number)
        path, began = scope["path"], time.monotonic()
        own = next((form for beginning, form in self.others.items() if path.startswith(beginning)), None)
        try:
            if path not in OPEN and own is None:
                state["inquiry"] = self.tokens.check(bearer(dict(scope["headers"])), self.now()).inquiry("service")
            body = await _whole(receive)
        except TokenRefused as error:
            reply: ASGIApp = problems.of(error, number)
        except _NotWhole as error:
            reply = own(error.status) if own else _not_whole(number, error.status)
        except _Gone:
            return
        else:
            reply = self._answer(body, number, own)
        await reply(scope, receive, send)
        self._note(scope, number, began)

    def _answer(self, body: bytes, number: str, own: Callable[[int], Response] | None) -> ASGIApp:
        """The app with the body, or the answer in its place."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            self._at_work += 1
            try:
                await self.app(scope, _again(body, receive), send)
            except Exception as error:  # the last place where a fault of ours can be answered without its message
                said = problems.of(error, number)
                await (own(said.status_code) if own else said)(scope, receive, send)
            finally:
                self._at_work -= 1

        if self._at_work >= self.at_most:
            return own(503) if own else problems.busy(number)
        return answer

    @staticmethod
    def _note(scope: Scope, number: str, began: float) -> None:
        """Log that a request was answered: by its route's pattern, for a path may bear a reference."""
        inquiry, route = scope["state"].get("inquiry"), scope.get("route")
        events.emit(
            "request.answered",
            {
                "request": number,
                "method": scope["method"],
                "route": getattr(route, "path", ""),
                "status": scope["state"].get("status"),
                "seconds": round(time.monotonic() - began, 3),
                "agency": inquiry.agency if inquiry else "",
            },
        )


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The token of an `Authorization: Bearer` header. Raises TokenRefused."""
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise TokenRefused("No token was given", hint="Authorization: Bearer, with what hub token prints")
    return token.strip()


async def _inquiry(
    request: Request,
    _: Annotated[object, Security(HTTPBearer(auto_error=False, description="`hub token`", bearerFormat="JWT"))],
) -> Inquiry:
    inquiry: Inquiry = request.state.inquiry
    return inquiry


Caller = Annotated[Inquiry, Depends(_inquiry)]
"""The authenticated inquiry. Every route about a person takes it."""


def about(caller: Inquiry, dossier: str) -> str:
    """The dossier that a question is about, when the token allows it. Raises NotForYou."""
    if not caller.allows(dossier):
        raise Forbidden("The token is bound to another dossier", hint="ask for a token with this one")
    return dossier


async def _whole(receive: Receive) -> bytes:
    """The body. Raises _NotWhole (too large, too slow), _Gone."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Gone
                body += message.get("body", b"")
                if len(body) > MOST_BYTES:
                    raise _NotWhole(413)
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise _NotWhole(408) from None


def _not_whole(number: str, status: int) -> Response:
    name, title = ("too-large", "Yêu cầu quá lớn") if status == 413 else ("too-slow", "Yêu cầu đến quá chậm")
    return problems.answer(
        number, status, name, title, f"A body is whole within {BODY_S:g} s and up to {MOST_BYTES} bytes"
    )


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


def _with_headers(send: Send, state: dict[str, Any], number: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            state["status"] = message["status"]
            message["headers"] = [*message.get("headers", ()), *HEADERS, (b"x-request-id", number.encode())]
        await send(message)

    return sending
