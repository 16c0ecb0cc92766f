"""The door: an ASGI wall before every route. Whoever has no token gets the same 401 at every address, and nothing of his body is read."""

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
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import events
from hub.tokens import Claims, TokenRefused, Tokens, machine_now
from service import problems
from service.problems import NotForYou

MOST_BYTES = 256 << 10
"""Of a request's body: a question names a few people."""
BODY_S = 10.0
"""How long a body may take to arrive."""
OPEN = frozenset({"/health/live", "/health/ready", "/openapi.json"})
"""What anybody may ask: it is about the service, never about a person."""
HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))


@dataclass
class Door:
    """Lets a request pass to `app` with the claims of its token and the whole of its body."""

    app: ASGIApp
    tokens: Tokens
    others: tuple[str, ...] = ()
    """Beginnings of paths that have a door of their own: signed messages of the Ministry."""
    now: Callable[[], datetime] = field(default=machine_now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["number"] = number = secrets.token_hex(8)
        send = _with_headers(send, state, number)
        path = scope["path"]
        try:
            if path not in OPEN and not path.startswith(self.others):
                state["claims"] = self.tokens.check(bearer(dict(scope["headers"])), self.now())
            body = await _whole(receive)
        except TokenRefused as error:
            await problems.of(error, number)(scope, receive, send)
            return
        if body is None:
            reply = problems.answer(number, 413, "too-large", "Yêu cầu quá lớn", f"A body is whole within {BODY_S:g} s and up to {MOST_BYTES} bytes")
            await reply(scope, receive, send)
            return
        began = time.monotonic()
        try:
            await self.app(scope, _again(body, receive), send)
        except Exception as error:  # the last place where a fault of ours can be told without its words
            await problems.of(error, number)(scope, receive, send)
        self._told(scope, number, began)

    @staticmethod
    def _told(scope: Scope, number: str, began: float) -> None:
        """Log that a request was answered: by its route's pattern, for a path may bear a reference."""
        claims, route = scope["state"].get("claims"), scope.get("route")
        events.tell("request.answered", {
            "request": number, "method": scope["method"], "route": getattr(route, "path", ""), "status": scope["state"].get("status"),
            "seconds": round(time.monotonic() - began, 3), "agency": claims.agency if claims else "",
        })  # fmt: skip


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The token of an `Authorization: Bearer` header. Raises TokenRefused."""
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise TokenRefused("No token was given", hint="Authorization: Bearer, with what hub token prints")
    return token.strip()


async def _claims(request: Request, _: Annotated[object, Security(HTTPBearer(auto_error=False, description="`hub token`", bearerFormat="JWT"))]) -> Claims:
    claims: Claims = request.state.claims
    return claims


Caller = Annotated[Claims, Depends(_claims)]
"""Who asks: what the door has checked. Every route about a person takes it."""


def about(caller: Claims, dossier: str) -> str:
    """The dossier that a question is about, when the token allows it. Raises NotForYou."""
    if caller.dossier not in ("", dossier):
        raise NotForYou("The token is bound to another dossier", hint="ask for a token with this one")
    return dossier


async def _whole(receive: Receive) -> bytes | None:
    """The body, or nothing when it is too large or too slow."""
    parts, size = list[bytes](), 0
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return b"".join(parts)
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > MOST_BYTES:
                    return None
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        return None


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
