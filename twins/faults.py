"""Scripted faults: failures of real systems, on demand and counted.

A script entry says where (`match`: system, operation, part of the path), how often (`times`) and what (`kind`, with
`args`). Some kinds change the content of a reply, which the dialect must do (`CONTENT_KINDS`). The others change the
transport of bytes and are done here for all twins.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

CONTENT_KINDS = {
    "wrong-count": "the count says one more than there are",
    "missing-record": "one record is left out, the count is that of the full page",
    "duplicate-record": "one record comes twice",
    "null-share": "args.field is blank in all records; count and digest are right",
    "refused": "an error code inside HTTP 200 (args.code)",
    "soap-fault": "a SOAP Fault (args.code of the Ministry's list)",
    "refuse-record": "args.count records are refused by args.code",
    "invalid-reply": "a reply that breaks the schema",
    "cut-data": "the text of the records ends early, inside an envelope that is whole",
    "session-ended": "the session is over before its time",
    "code-0-beside-a-failure": "error_code 0 with the text of a failure",
    "more-than-asked": "an answer with a fact that nobody asked for",
    "wrong-facts": "an answer about another fact than was asked",
    "already-exists": "code -3, as to something sent twice",
}
WIRE_KINDS = {
    "html": "an HTML page with status 200",
    "truncate": "the connection closes in the middle of the body",
    "truncate-clean": "half a body whose Content-Length agrees",
    "wrong-digest": "a Content-Digest of something else",
    "status": "args.status (429, 500, 502, 503), args.retry_after",
    "drip": "args.bytes at a time, args.pause seconds between",
    "slow": "args.seconds before the first byte",
    "reset": "TCP reset before a reply",
    "empty": "status 200 and no body",
    "redirect": "302 to args.location",
    "gzip-bomb": "args.megabytes of blanks, gzipped",
}
KINDS = CONTENT_KINDS | WIRE_KINDS


@dataclass
class InjectedFault:
    """One line of the script."""

    kind: str
    match: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    args: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(sorted(KINDS))}")
        unknown = set(self.match) - {"system", "op", "path"}
        if self.kind == "null-share" and "field" not in self.args:
            raise ValueError("null-share needs the field to blank")
        if unknown:
            raise ValueError(f"unknown match {sorted(unknown)}; known: system, op, path")

    def meets(self, system: str, op: str, path: str) -> bool:
        """Whether the entry applies to this call."""
        wanted = self.match
        return wanted.get("system", system) == system and wanted.get("op", op) == op and wanted.get("path", "") in path


class Faults:
    """The script, consumed call by call."""

    def __init__(self) -> None:
        self.script: list[InjectedFault] = []
        self.played: dict[str, int] = {}

    def load(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Append to the script.

        A number in the kind is its status (`status-429`), and further keys are arguments:
        `{"kind": "null-share", "field": "NgayTiepNhan", "times": 2}`.

        Raises:
            ValueError, TypeError: an unknown entry.
        """
        faults = []
        for entry in entries:
            args = {
                **entry.get("args", {}),
                **{k: v for k, v in entry.items() if k not in ("kind", "match", "times", "args")},
            }
            kind = str(entry.get("kind", "")).replace("_", "-")
            if kind.startswith("status-"):
                kind, args["status"] = "status", int(kind.removeprefix("status-"))
            faults.append(InjectedFault(kind, dict(entry.get("match", {})), int(entry.get("times", 1)), args))
        self.script += faults

    def take(self, system: str, op: str, path: str, plays: Collection[str] = ()) -> InjectedFault | None:
        """The fault for this call, if any; its count decreases.

        `plays` are the content kinds that this operation can show: a login, for example, does not consume a fault about
        records.
        """
        for fault in self.script:
            if fault.meets(system, op, path) and (fault.kind in WIRE_KINDS or fault.kind in plays):
                fault.times -= 1
                if fault.times <= 0:
                    self.script.remove(fault)
                self.played[fault.kind] = self.played.get(fault.kind, 0) + 1
                return fault
        return None


def with_wire_fault(reply: Response, fault: InjectedFault | None) -> Response:
    """The reply, with the transport fault applied."""
    if fault is None or fault.kind not in WIRE_KINDS:
        return reply
    args = fault.args
    match fault.kind:
        case "html":
            return Response(
                "<html><body><h1>Hệ thống đang bảo trì</h1></body></html>", media_type="text/html", headers=_date(reply)
            )
        case "status":
            after = {"Retry-After": str(args["retry_after"])} if "retry_after" in args else {}
            return Response("", status_code=int(args.get("status", 503)), headers=_date(reply) | after)
        case "empty":
            return Response(b"", media_type=reply.media_type, headers=_date(reply))
        case "redirect":
            return Response(
                b"",
                status_code=302,
                headers=_date(reply) | {"Location": str(args.get("location", "http://127.0.0.1:1/elsewhere"))},
            )
        case "wrong-digest":
            reply.headers["Content-Digest"] = "sha-256=:" + "A" * 43 + "=:"
            return reply
        case "truncate-clean":
            half = bytes(reply.body)[: len(reply.body) // 2]
            kept = {k: v for k, v in reply.headers.items() if k not in ("content-length", "content-digest")}
            return Response(half, status_code=reply.status_code, headers=kept)
        case "gzip-bomb":
            headers = _date(reply) | {"Content-Encoding": "gzip", "Content-Type": reply.headers["content-type"]}
            return Response(_bomb(int(args.get("megabytes", 256))), headers=headers)
        case _:
            return _Travelling(reply, fault)


def _date(reply: Response) -> dict[str, str]:
    return {"Date": reply.headers["date"]} if "date" in reply.headers else {}


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    blanks = b" " * (1 << 20)
    return b"".join([packer.compress(b"{")] + [packer.compress(blanks) for _ in range(megabytes)] + [packer.flush()])


class _Travelling(Response):
    """A correct reply that is disturbed in transport."""

    def __init__(self, reply: Response, fault: InjectedFault) -> None:
        super().__init__(bytes(reply.body), status_code=reply.status_code, headers=dict(reply.headers))
        self.fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        args, content = self.fault.args, bytes(self.body)
        if self.fault.kind == "slow":
            await asyncio.sleep(float(args.get("seconds", 5)))
            await super().__call__(scope, receive, send)
            return
        if self.fault.kind == "reset":
            _cut(scope, hard=True)
            return
        start: Message = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        if self.fault.kind == "truncate":
            await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
            await asyncio.sleep(0.02)  # let the half leave before the cut
            _cut(scope, hard=False)
            return
        size, pause = max(1, int(args.get("bytes", 16))), float(args.get("pause", 0.2))
        for at in range(0, len(content), size):
            await send(
                {"type": "http.response.body", "body": content[at : at + size], "more_body": at + size < len(content)}
            )
            await asyncio.sleep(pause)


def _cut(scope: Scope, *, hard: bool) -> None:
    """Close the connection under the reply; hard sends a TCP reset."""
    transport = scope["twins.transport"]
    if hard:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class KnowsTransport:
    """ASGI: notes the connection's transport in the scope, for faults that cut it (uvicorn keeps it beside `send`)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["twins.transport"] = getattr(getattr(send, "__self__", None), "transport", None)
        await self.app(scope, receive, send)


def packed(content: bytes, accept_encoding: str) -> tuple[bytes, dict[str, str]]:
    """The content, gzipped when the caller takes it, with the header that says so."""
    if "gzip" in accept_encoding and len(content) > 1024:
        return gzip.compress(content, 1, mtime=0), {"Content-Encoding": "gzip"}
    return content, {}
