"""A total deadline for a call: when it expires, the connection is cut.

The timeout of a socket bounds a single read. A source that sends one byte a second, in headers or body, would block
a worker for ever. (Name resolution is not bounded: `getaddrinfo` cannot be interrupted and follows the machine's
resolver settings.)
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import partial
from http.client import HTTPException, HTTPResponse, parse_headers
from types import TracebackType
from typing import Any, Protocol, Self
from weakref import WeakSet

import urllib3
from requests.adapters import HTTPAdapter


class Cuttable(Protocol):
    """A holder of connections that can be cut from outside."""

    def cut(self) -> None:
        """Cut the connections, so that their readers get an error at once."""


_MOST_INTERIM = 20
"""Interim responses before one reply."""


class FinalResponse(HTTPResponse):
    """A reply behind its interim responses (RFC 9110 15.2): http.client passes over 100, not over 102 and 103."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(_MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed leaves it out
            if status < 102 or status >= 200:
                return version, status, reason
            parse_headers(self.fp)
        raise HTTPException("only interim responses came")


class CuttableAdapter(HTTPAdapter):
    """An adapter for requests that can cut its open connections."""

    def __init__(self) -> None:
        self._connections: WeakSet[Any] = WeakSet()
        self._sockets: WeakSet[socket.socket] = WeakSet()
        # No retries below ours: there is one layer of them, in `connectors.http.client`.
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=urllib3.Retry(0, read=False))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if "ConnectionCls" not in vars(pool):
            kind = pool.ConnectionCls

            def make(**settings: Any) -> Any:
                connection = kind(**settings)
                connection.response_class = FinalResponse
                connection.connect = partial(self._connect, connection, connection.connect)
                self._connections.add(connection)
                return connection

            pool.ConnectionCls = make  # urllib3 only ever calls it
        return pool

    def cut(self) -> None:
        """Cut every open connection, so that its reader gets an error at once."""
        half_open = (getattr(connection, "sock", None) for connection in list(self._connections))
        for sock in (*half_open, *list(self._sockets)):
            try:
                if sock is not None:
                    # Past SSLSocket's own shutdown, which would pull the TLS state from under the reader.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                pass  # closed in the meantime, as intended

    def _connect(self, connection: Any, connect: Callable[[], None]) -> None:
        connect()
        # A connection forgets its socket when the reply says `Connection: close`, and reads on from it.
        self._sockets.add(connection.sock)


class Watchdog:
    """Cuts connections after `seconds`, unless the block has ended by then."""

    def __init__(self, adapter: Cuttable, seconds: float) -> None:
        self.bit = False
        """Whether the deadline came before the block ended."""
        self._adapter = adapter
        self._seconds = max(seconds, 0.0)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)

    def _watch(self) -> None:
        wait = self._seconds
        while not self._done.wait(wait):
            self.bit = True
            self._adapter.cut()
            wait = 0.1  # again, in case a connection was just being made

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
