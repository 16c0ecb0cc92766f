"""The steps of `hub systems check`: each returns its result, none raises."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from contracts.errors import HubError, Transient

from .http.credential_files import RENEW_DAYS, client_certificate
from .interface import Probe, System
from .wire_time import AHEAD

_CONNECT_S = 10.0


def attempt(step: str, action: Callable[[], str]) -> Probe:
    """Run one step. Its text is the detail; an error makes the step fail, with the error's first line."""
    try:
        return Probe(step, True, action())
    except HubError as error:
        return Probe(step, False, f"{type(error).__name__}: {error.message}", heals=isinstance(error, Transient))
    except Exception as error:  # a broken step is a finding here, whatever broke it
        # The text of a library's error may contain an address with its query, or a value: the class is enough.
        network = isinstance(error, OSError) and not isinstance(error, ssl.SSLCertVerificationError)
        return Probe(step, False, type(error).__name__, heals=network)


def reach(system: System, ca_file: str | None) -> Iterator[Probe]:
    """Probes of name, connection, encryption and certificate of a system's address."""
    try:
        address = urlsplit(system.address)
        host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if not host or not port:
        yield Probe("name", False, "the address cannot be read: it must be http(s)://host[:port]/path")
        return
    found: list[str] = []
    yield attempt("name", lambda: _resolve(host, port, found))
    if not found:
        return
    reached = attempt("connection", lambda: _connect(host, port))
    yield reached
    if not reached.ok:
        return
    ours = client_certificate(system)
    if address.scheme == "https":
        yield attempt("TLS", lambda: _handshake(host, port, ca_file, ours))
        yield _certificate(host, port, ca_file, ours)
        if ours is not None:
            from .http.certificates import (  # X.509 is slow to import, and a reading asks for none
                Certificate,
                days_left,
            )

            yield days_left("our TLS certificate", Certificate.of(system, "client_certificate_file"))
        return
    if all(ip_address(each).is_loopback for each in found):
        yield Probe("TLS", None, "plain HTTP on a loopback address")
    else:
        yield Probe("TLS", False, "plain HTTP: credentials and records travel readable for everyone on the way")
    yield Probe("certificate", None, "none without TLS")


def clock(system: System, source_time: datetime | None) -> Probe:
    """The source's clock against ours."""
    if source_time is None:
        return Probe("clock", None, "the source did not send its time")
    skew = source_time - (system.theirs or system.now)()
    words = f"the source is {abs(skew.total_seconds()):.0f} s {'ahead' if skew > timedelta() else 'behind'}"
    if skew > AHEAD:
        words += "; records that it changed after our clock are read, and do not move the position"
    return Probe("clock", abs(skew) <= AHEAD, words)


def _resolve(host: str, port: int, found: list[str]) -> str:
    found += sorted(
        {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    )
    return ", ".join(found)


def _connect(host: str, port: int) -> str:
    with socket.create_connection((host, port), timeout=_CONNECT_S):
        return f"port {port} answers"


def _open(host: str, port: int, ca_file: str | None, ours: tuple[str, str] | None) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=ca_file)
    if ours is not None:
        context.load_cert_chain(*ours)
    return context.wrap_socket(socket.create_connection((host, port), timeout=_CONNECT_S), server_hostname=host)


def _handshake(host: str, port: int, ca_file: str | None, ours: tuple[str, str] | None) -> str:
    with _open(host, port, ca_file, ours) as connection:
        return f"{connection.version()}, certificate trusted"


def _certificate(host: str, port: int, ca_file: str | None, ours: tuple[str, str] | None) -> Probe:
    """How long the certificate is still valid, by the machine's clock, as TLS itself checks it."""
    try:
        with _open(host, port, ca_file, ours) as connection:
            certificate = connection.getpeercert() or {}
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    except (OSError, KeyError, ValueError) as error:
        return Probe("certificate", False, type(error).__name__)
    days = (ends - datetime.now(UTC)).days
    return Probe("certificate", days >= RENEW_DAYS, f"{days} days left, until {ends:%Y-%m-%d}")
