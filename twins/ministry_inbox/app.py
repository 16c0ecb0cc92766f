"""The inbox over HTTP: `PUT` and `GET deliveries/ID`, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.faults import KnowsTransport
from twins.ministry_inbox.misbehaviour import Misbehaviour
from twins.ministry_inbox.receiver import InboxReply, Receiver

JSON = {"Content-Type": "application/json"}


class InboxCalls:
    """The two calls."""

    def __init__(
        self, receiver: Receiver, wrong: Misbehaviour, *, slow_s: float = 5.0, login: tuple[str, str] | None = None
    ) -> None:
        """`slow_s`: how long it is silent when it is slow. `login`: name and password that a caller must give."""
        self.receiver, self.wrong, self.slow_s = receiver, wrong, slow_s
        self._expected = f"Basic {base64.b64encode(':'.join(login).encode()).decode()}" if login else None

    def app(self) -> KnowsTransport:
        """As an ASGI application."""
        return KnowsTransport(Starlette(routes=[Route("/deliveries/{id}", self._call, methods=["GET", "PUT"])]))

    async def _call(self, request: Request) -> Response:
        if self._expected is not None and request.headers.get("Authorization") != self._expected:
            return Response(b'{"state": "unauthorized"}', 401, JSON)
        id, question = request.path_params["id"], request.method == "GET"
        kind = self.wrong.draw(question=question)
        if kind:
            self.receiver.note("went wrong", id, how=kind, question=question)
        if question:
            return await self._reply(request, kind, self.receiver.asked(id), id)
        body = await request.body()
        if kind == "crash before store":
            return _cut(request)
        if kind == "409":
            return Response(json.dumps({"delivery": id, "state": "nothing", "reason": "busy"}), 409, JSON)
        if kind == "truncated upload":
            body = body[: len(body) // 2]
        judged = self.receiver.take(id, body)
        if kind == "loses data and says so":
            held = sorted(path for path in (self.receiver.home / "feeds").glob("*/*") if path.name.isdigit())
            if held:
                lost = held[int(self.wrong.pick([str(n) for n in range(len(held))]))]
                self.receiver.lose(f"{lost.parent.name}-{lost.name}")
        return await self._reply(request, kind, judged, id)

    async def _reply(self, request: Request, kind: str, judged: InboxReply, id: str) -> Response:
        body = judged.body
        match kind:
            case "crash after store":
                return _cut(request)
            case "500 after store":
                return Response(b"<html>500</html>", 500, {"Content-Type": "text/html"})
            case "slow":
                await asyncio.sleep(self.slow_s)
            case "answer lost":
                return Response(body[: len(body) // 2], judged.status, {**JSON, "Content-Length": str(len(body))})
            case "answer doubled":
                body += body
            case "answer of another id" | "wrong hash" | "wrongly signed" if judged.status == 200:
                body = self._lie(kind, json.loads(body))
            case _:
                pass
        return Response(body, judged.status, JSON)

    def _lie(self, kind: str, said: dict[str, Any]) -> bytes:
        """A receipt that is not what it should be."""
        said.pop("signature")
        key = self.receiver.signing
        if kind == "answer of another id":
            feed, _, number = said["delivery"].rpartition("-")
            said["delivery"] = f"{feed}-{int(number) + 1:08d}"
        elif kind == "wrong hash":
            said["manifest_sha256"] = "0" * 64
        else:
            key = Ed25519PrivateKey.generate()  # it still names the pinned key
        canonical = self.receiver.kit.canonical
        signature = base64.b64encode(key.sign(canonical(said))).decode()
        lie: bytes = canonical({**said, "signature": signature})
        return lie


def _cut(request: Request) -> Response:
    """The process is gone: the connection ends without a word."""
    transport = request.scope.get("twins.transport")
    if transport is not None:
        transport.abort()
    return Response(b"", 500)
