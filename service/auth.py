"""Authenticates requests: ASGI middleware before every route.

Without a client certificate (where the door asks for one, `locks.py`), or without a token of it, every address answers
the same 401, unread.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import HubError
from hub.access.clients.enrolment import CertificateRefused, Client
from hub.access.inquiry import Inquiry
from hub.access.tokens import Tokens, machine_now
from hub.core import events
from service import problems
from service.gateway import ProofRefused
from service.locks import Locks, bearer, require_bound
from service.problems import Forbidden

MOST_BYTES = 256 << 10
"""Largest body of a request: a question names a few people."""
BODY_S = 10.0
"""How long a body may take to arrive."""
AT_MOST = 64
"""Concurrent requests with a complete body; more get 503. Connections are counted by `service/server.py`."""
ALIVE = "/health/live"
OPEN = frozenset({ALIVE, "/health/ready", "/openapi.json"})
"""Paths without a token: about the service, never about a person."""
BY_CERTIFICATE = frozenset({"/oauth/token"})
"""Paths for whoever has a good certificate: here a system asks for a token."""
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


@dataclass(frozen=True)
class OwnDoor:
    """Paths with an authentication of their own, beside the certificate: signed messages instead of tokens."""

    agency: str
    """Whose certificate opens it."""
    refusal: Callable[[int], Response]
    """Its answer for an HTTP status."""


@dataclass
class TokenMiddleware:
    """Passes a request to `app` with the inquiry of its token and its complete body."""

    app: ASGIApp
    tokens: Tokens
    others: Mapping[str, OwnDoor] = field(default_factory=dict)
    """Beginnings of paths -> their own door."""
    locks: Locks | None = None
    """Who is at the door by certificate; None: certificates are not asked for."""
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
        own = next((door for beginning, door in self.others.items() if path.startswith(beginning)), None)
        try:
            if path not in OPEN:
                await self._authenticate(scope, own)
            body = await _whole(receive)
            proof = state.get("proof")
            if proof is not None and not proof.covers(body):
                raise ProofRefused("The body is not the one that the agency signed")
        except _NotWhole as error:
            reply: ASGIApp = own.refusal(error.status) if own else _not_whole(number, error.status)
        except _Gone:
            return
        except HubError as error:
            said = problems.of(error, number)
            reply = own.refusal(said.status_code) if own else said
        else:
            reply = self._answer(body, number, own)
        await reply(scope, receive, send)
        if path != ALIVE:  # HAProxy asks twice a second
            self._note(scope, number, began)

    async def _authenticate(self, scope: Scope, own: OwnDoor | None) -> None:
        """Put the client and the inquiry of a request into its state.

        Raises:
            CertificateRefused, TokenRefused: it is not proved who asks.
            DatabaseUnavailable: nobody can say whether the certificate still holds.
        """
        state, client = scope["state"], None
        if self.locks is not None:
            client = await anyio.to_thread.run_sync(self.locks.client, scope)
        state["client"] = client
        if own is not None:
            if client is not None and client.agency != own.agency:
                raise CertificateRefused("This door is another agency's")
            return
        if scope["path"] in BY_CERTIFICATE:
            if client is None:
                raise CertificateRefused(
                    "This door asks for no certificate, so it gives no token", hint="hub token prints one"
                )
            return
        claims = self.tokens.check(bearer(scope["headers"]), self.now())
        if client is not None:
            require_bound(claims, client)
        state["inquiry"] = claims.inquiry("service")

    def _answer(self, body: bytes, number: str, own: OwnDoor | None) -> ASGIApp:
        """The app with the body, or the answer in its place."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            self._at_work += 1
            try:
                await self.app(scope, _again(body, receive), send)
            except Exception as error:  # the last place where a fault of ours can be answered without its message
                said = problems.of(error, number)
                await (own.refusal(said.status_code) if own else said)(scope, receive, send)
            finally:
                self._at_work -= 1

        if self._at_work >= self.at_most:
            return own.refusal(503) if own else problems.busy(number)
        return answer

    @staticmethod
    def _note(scope: Scope, number: str, began: float) -> None:
        """Log that a request was answered: by its route's pattern, for a path may bear a reference."""
        state, route = scope["state"], scope.get("route")
        asks = state.get("inquiry") or state.get("client")
        events.emit(
            "request.answered",
            {
                "request": number,
                "method": scope["method"],
                "route": getattr(route, "path", ""),
                "status": state.get("status"),
                "seconds": round(time.monotonic() - began, 3),
                "agency": asks.agency if asks else "",
            },
        )


async def _inquiry(
    request: Request,
    _: Annotated[object, Security(HTTPBearer(auto_error=False, description="`hub token`", bearerFormat="JWT"))],
) -> Inquiry:
    inquiry: Inquiry = request.state.inquiry
    return inquiry


Caller = Annotated[Inquiry, Depends(_inquiry)]
"""The authenticated inquiry. Every route about a person takes it."""


async def _system(request: Request) -> Client:
    client: Client = request.state.client
    return client


System = Annotated[Client, Depends(_system)]
"""The system of a path in `BY_CERTIFICATE`."""


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
