"""Faults between the hub and a database as data: each fault with the error that it must become.

Faults are applied to a temporary PostgreSQL database: by statements of its owner before and after a reading, or by a relay
that cuts the connection, or stops sending, after some bytes.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from contracts.errors import HubError

from ..errors import AuthenticationFailed, Incomplete, Malformed, Refused, TimedOut


@dataclass(frozen=True)
class SqlFault:
    """One database fault. In statements, `{table}`, `{column}` and `{reader}` are replaced by the target's names."""

    name: str
    error: type[HubError]
    """Class of the error that the connector must raise."""
    spoil: tuple[str, ...] = ()
    mend: tuple[str, ...] = ()
    held: str = ""
    """A statement whose transaction stays open during the reading."""
    options: Mapping[str, object] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes of answers after which the line is cut, in each connection."""
    silent_after: int | None = None
    """The same, and nobody says anything any more."""


SQL_FAULTS = (
    SqlFault("a wrong password", AuthenticationFailed, credentials={"password": "not-the-password"}),
    SqlFault(
        "no right to read",
        Refused,
        ("revoke select on {table} from {reader}",),
        ("grant select on {table} to {reader}",),
    ),
    SqlFault(
        "a column that was renamed",
        Malformed,
        ("alter table {table} rename {column} to anders",),
        ("alter table {table} rename anders to {column}",),
    ),
    SqlFault(
        "a table that is gone",
        Malformed,
        ("alter table {table} rename to anders",),
        ("alter table anders rename to {table}",),
    ),
    SqlFault(
        "a statement that takes too long",
        TimedOut,
        held="lock table {table} in access exclusive mode",
        options={"deadline_s": 0.5},
    ),
    SqlFault("the line is cut in the middle of a page", Incomplete, cut_after=15_000, options={"page_size": 400}),
    SqlFault(
        "the line falls silent in the middle of a page",
        TimedOut,
        silent_after=15_000,
        options={"deadline_s": 1.0, "page_size": 400},
    ),
)


class Relay:
    """A listener on loopback that passes bytes to a server and back, until so many answers' bytes have come in a connection."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        cut_after: int | None = None,
        silent_after: int | None = None,
        times: int | None = None,
    ) -> None:
        """`times`: how many connections are spoiled; None: each."""
        self._server, self._cut, self._silent, self._left = (host, port), cut_after, silent_after, times
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, name="relay", daemon=True).start()

    def close(self) -> None:
        """End it and all that goes through it."""
        for each in (self._listener, *self._open):
            _end(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return  # closed
            self._open += [client, server]
            self.connections += 1
            spoiled = self._left is None or self.connections <= self._left
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(
                target=self._pass, args=(server, client, (self._cut, self._silent) if spoiled else None), daemon=True
            ).start()

    def _pass(self, source: socket.socket, target: socket.socket, limits: tuple[int | None, int | None] | None) -> None:
        passed = 0
        try:
            while data := source.recv(4096):
                passed += len(data)
                cut, silent = limits or (None, None)
                if silent is not None and passed > silent:
                    continue
                if cut is not None and passed > cut:
                    break
                target.sendall(data)
        except OSError:
            pass  # the other side ended: so does this one
        _end(source)
        _end(target)


@contextmanager
def relayed(
    host: str, port: int, *, cut_after: int | None = None, silent_after: int | None = None, times: int | None = None
) -> Iterator[Relay]:
    """A relay for the time of the block."""
    relay = Relay(host, port, cut_after=cut_after, silent_after=silent_after, times=times)
    try:
        yield relay
    finally:
        relay.close()


def _end(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was closed, or a listener
    line.close()
