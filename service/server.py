"""The HTTP server below the app: uvicorn over h11, with bounds on what a connection may hold and how long it may wait.

uvicorn 0.54 has no setting for any of it: `timeout_keep_alive` ends with the first byte of a next request,
`limit_concurrency` counts open connections as if they were requests, and its other parser (httptools) keeps a head of
any length. h11 caps an incomplete head, chunk header or trailer by itself; `BoundedProtocol` adds the clock and the
count. `service/auth.py` counts the requests in work.

    waits for          at most          then
    a head             head_s           closed      counts from the start, and from the first byte of a further request
    the next request   idle_s           closed
    the body           body_s           closed      `service/auth.py` answers 408 before
    rest of a body     closing_s        closed      of a request that is answered already
    its reader         reading_s        cut off     an answer that nobody takes
    its end            closing_s        cut off
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from dataclasses import dataclass
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

SLICE = 1024
"""Bytes of a head that reach the parser at a time: h11 looks at its cap between two of them, however much one read
brings."""
THROWN = 1 << 20
"""Bytes that are still read of a connection that was refused."""


@dataclass(frozen=True)
class ServerLimits:
    """Limits of one server; times in seconds."""

    head_bytes: int = 16 << 10
    """Of a request line with its headers, of one chunk header, of the trailers; the last `SLICE` of them may be
    refused."""
    connections: int = 512
    per_peer: int = 256
    """Connections of one address; those of a Unix socket have none, and HAProxy counts them."""
    head_s: float = 5.0
    idle_s: float = 30.0
    body_s: float = 12.0
    """Longer than that of `service/auth.py`, so that a slow body gets its answer."""
    reading_s: float = 20.0
    closing_s: float = 2.0

    @property
    def look_s(self) -> float:
        """How often a connection's clock is looked at."""
        return min(self.head_s, self.closing_s) / 5

    def of(self, waits: str) -> float:
        """How long a connection may wait for something."""
        return {"head": self.head_s, "next": self.idle_s, "body": self.body_s, "reader": self.reading_s}.get(
            waits, self.closing_s
        )


class BoundedProtocol(H11Protocol):
    """One connection."""

    def __init__(self, limits: ServerLimits, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._limits = limits
        self._refused, self._thrown = False, 0
        self._waiting: tuple[str, object] = ("head", None)
        self._since = self.loop.time()
        self._clock: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> str:
        """What the connection waits for; empty: a request is at work."""
        if self.transport.is_closing() or self._refused:
            return "end"
        if self.flow.write_paused:
            return "reader"
        if self.cycle is None:
            return "head"
        if not self.cycle.response_complete:
            return "body" if self.cycle.more_body else ""
        if self.conn.their_state is not h11.IDLE:
            return "rest"
        return "head" if self.conn.trailing_data[0] else "next"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self._has_room():
            self._look()
            return
        transport.write(
            b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        self._refused = True
        transport.close()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._clock is not None:
            self._clock.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        step = SLICE if self.waits in ("head", "next") else len(data)
        for start in range(0, len(data), step):
            if self._refused or self.transport.is_closing():
                self._thrown += len(data) - start  # read and thrown away, so that the refusal is not lost in a reset
                if self._thrown > THROWN:
                    self.transport.abort()
                return
            super().data_received(data[start : start + step])

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or too long a head; what still comes is thrown away until the end."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        hint = getattr(sys.exc_info()[1], "error_status_hint", 400)  # h11's, for uvicorn passes on the words alone
        status, title = (431, "Request Header Fields Too Large") if hint == 431 else (400, "Bad Request")
        about = f"A head is up to {self._limits.head_bytes} bytes" if status == 431 else "This is no HTTP request"
        problem = {
            "type": "urn:motlan:problem:http",
            "title": "Yêu cầu không hợp lệ",
            "status": status,
            "detail": about,
        }
        body = json.dumps(problem, ensure_ascii=False).encode()
        head = f"HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode() + body)
        self.transport.write_eof()
        self._refused = True
        if self.cycle is not None:  # a request whose body went wrong: its app has nobody to answer any more
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._mark()

    def _has_room(self) -> bool:
        """Whether this connection may stay.

        The one that has waited longest without a request of its own gives way to it.
        """
        others = [each for each in self.connections if each is not self and isinstance(each, BoundedProtocol)]
        mine = [each for each in others if each.client and self.client and each.client[0] == self.client[0]]
        crowd = (
            mine if len(mine) >= self._limits.per_peer else others if len(others) >= self._limits.connections else None
        )
        if crowd is None:
            return True
        for each in crowd:
            each._mark()
        waiting = [each for each in crowd if each.waits]
        if not waiting:
            return False
        longest = min(waiting, key=lambda each: each._since)
        longest.transport.abort()
        self.connections.discard(longest)  # it is lost in a moment; others that come meanwhile must not count it
        return True

    def _look(self) -> None:
        """End the connection when it has waited too long; look again in a while."""
        self._mark()
        waits, _ = self._waiting
        if waits and self.loop.time() - self._since > self._limits.of(waits):
            if waits in ("reader", "end"):
                self.transport.abort()
                return
            self.transport.close()
            self._mark()
        self._clock = self.loop.call_later(self._limits.look_s, self._look)

    def _mark(self) -> None:
        """Note since when it waits for what it waits for, and after which request."""
        now = (self.waits, self.cycle)
        if now[0] != self._waiting[0] or now[1] is not self._waiting[1]:
            self._waiting, self._since = now, self.loop.time()


def server_of(app: Any, limits: ServerLimits = ServerLimits()) -> uvicorn.Server:
    """A server for an app, to be run on a listening socket."""
    protocol: Any = functools.partial(BoundedProtocol, limits)
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        h11_max_incomplete_event_size=limits.head_bytes - SLICE,
        backlog=limits.connections,
        lifespan="on",
        timeout_keep_alive=int(limits.idle_s) + 1,
        timeout_graceful_shutdown=5,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is said by the certificate alone
    )
    return uvicorn.Server(config)
