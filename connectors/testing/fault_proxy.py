"""A small proxy on a real socket that forwards calls to a correct system and damages the replies.

The correct system may be a twin or a test endpoint of a real one. The proxy is independent of dialects.
"""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    """The connector's request."""

    path: str
    """With its query."""
    body: bytes


@dataclass(frozen=True)
class ScriptedReply:
    """The reply, and how it is sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut_after: int | None = None
    """Close the connection after so many bytes of the body."""
    reset: bool = False
    """Close it hard (RST) instead of politely."""
    drip_s: float = 0.0
    """Send byte after byte, with this pause between."""
    drip_head: bool = False
    """Drip the headers too."""
    silence_s: float = 0.0
    """Say nothing for so long, then close."""

    def with_body(self, body: bytes, **headers: str) -> ScriptedReply:
        """The same answer around another body, its length and (absent) digest put right."""
        kept = {name: value for name, value in self.headers.items() if name not in ("Content-Length", "Content-Digest")}
        return replace(self, body=body, headers={**kept, "Content-Length": str(len(body)), **headers})

    def with_headers(self, **headers: str | None) -> ScriptedReply:
        """The same answer with headers set (`Retry_After="2"`), or taken away by None."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**self.headers, **named}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})


Spoil = Callable[[Request, ScriptedReply], ScriptedReply]


@dataclass
class FaultProxy:
    """Serves until closed; `address` replaces the correct system's address for the connector."""

    upstream: str
    spoil: Spoil
    calls: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_GET(self) -> None:
                proxy._serve(self)

            do_POST = do_PUT = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Log nothing: a request line contains a query."""

        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # broken pipes are the point
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{urlsplit(self.upstream).path}"

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.path, handler.rfile.read(int(handler.headers.get("Content-Length", "0"))))
        self.calls.append(request)
        self._send(handler, self.spoil(request, self._ask(handler, request)))

    def _ask(self, handler: BaseHTTPRequestHandler, request: Request) -> ScriptedReply:
        """The honest answer, not encoded."""
        upstream = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port or 80, timeout=30)
        headers = {
            name: value
            for name, value in handler.headers.items()
            if name not in ("Host", "Accept-Encoding", "Connection")
        }
        try:
            connection.request(handler.command, request.path, request.body or None, headers)
            reply = connection.getresponse()
            body = reply.read()
            kept = {
                name: value
                for name, value in reply.getheaders()
                if name.title() in ("Content-Type", "Content-Digest", "Date", "Retry-After")
            }
            return ScriptedReply(
                reply.status, {**{n.title(): v for n, v in kept.items()}, "Content-Length": str(len(body))}, body
            )
        finally:
            connection.close()

    def _send(self, handler: BaseHTTPRequestHandler, answer: ScriptedReply) -> None:
        handler.close_connection = True
        lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, 'Status')}", "Connection: close"]
        head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in answer.headers.items()), "", ""]).encode(
            "latin-1"
        )
        body = answer.body if answer.cut_after is None else answer.body[: answer.cut_after]
        if self._stopped.wait(answer.silence_s):
            return
        if answer.silence_s == 0:
            self._write(handler, head, answer.drip_s if answer.drip_head else 0.0)
            self._write(handler, body, answer.drip_s)
        if answer.reset:
            time.sleep(0.05)  # let the bytes before it arrive: a reset throws away what still waits
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()

    def _write(self, handler: BaseHTTPRequestHandler, data: bytes, drip_s: float) -> None:
        if not drip_s:
            handler.wfile.write(data)
            return
        for place in range(len(data)):
            if self._stopped.wait(drip_s):
                return
            handler.wfile.write(data[place : place + 1])
