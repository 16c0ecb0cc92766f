"""The API behind HAProxy on real TLS, for tests: certificates of several kinds, and a client that shows one of them."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from hub.access.clients import door, enrolment
from hub.access.clients.authority import CLIENT_LIVES, Authority, made_for, pem
from hub.access.tokens import Claims, machine_now
from hub.app import Hub
from hub.core.actions import Actor
from service.app import create_app
from service.auth import OPEN
from service.locks import Locks
from service.server import server_of
from service.tls_end import PROGRAM, ApiDoor, ending_tls

PERSON = Actor("Nguyễn Văn Quản", "tests")
needs_haproxy = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="HAProxy is not installed")


@dataclass
class Client:
    """A key with its certificate, in a file as TLS libraries read it."""

    path: Path
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return enrolment.fingerprint_of(self.certificate)


@dataclass
class LockedDoor:
    """The API at its door."""

    hub: Hub
    app: FastAPI
    port: int
    folder: Path
    reached: list[str] = field(default_factory=list)
    """Paths of the requests that came as far as the routes."""

    def client(
        self,
        agency: str = "",
        *,
        lives: timedelta = CLIENT_LIVES,
        issued: datetime | None = None,
        kind: str = enrolment.SYSTEM,
    ) -> Client:
        """A certificate of the hub's authority; enrolled for the agency, if one is named."""
        now = issued or machine_now()
        key = ec.generate_private_key(ec.SECP256R1())
        made = Authority.of(self.hub.scenario.folder, machine_now()).issue(
            made_for(key, "desk"), agency or "nobody", "desk", now, lives
        )
        return self._kept(key, made, agency, enrolment.OURS, now, kind)

    def brought(self, agency: str) -> Client:
        """A certificate that no authority signed but its own key, enrolled by fingerprint."""
        key, now = ec.generate_private_key(ec.SECP256R1()), machine_now()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a system of its own")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=90))
            .sign(key, hashes.SHA256())
        )
        return self._kept(key, made, agency, enrolment.OUTSIDE, now)

    def token(self, client: Client | None, agency: str, purpose: str = "civil-status", basis: str = "once-held") -> str:
        """A good token of an agency, bound to a client's certificate if there is one."""
        bound = enrolment.thumbprint(client.fingerprint) if client else ""
        return str(self.app.state.tokens.sign(Claims(agency, "officer-1", purpose, basis, "", bound), machine_now()))

    def ask(
        self,
        method: str,
        path: str,
        client: Client | None = None,
        token: str = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and content of an answer, on a connection of its own."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self.trusting(client))
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        sent |= {} if body is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        connection.request(method, path, content, sent | (headers or {}))
        reply = connection.getresponse()
        said = reply.read()
        connection.close()
        return reply.status, json.loads(said) if "json" in reply.headers.get("content-type", "") else said

    def trusting(self, client: Client | None) -> ssl.SSLContext:
        """A client's side of TLS: it trusts this door, and shows its certificate if it has one."""
        context = ssl.create_default_context(cafile=str(door.authority_file(self.hub.scenario.folder)))
        if client is not None:
            context.load_cert_chain(client.path)
        return context

    def revoke(self, client: Client, when: datetime | None = None) -> None:
        with self.hub.engine.begin() as connection:
            enrolment.revoke(connection, [client.fingerprint], PERSON, when or machine_now())

    def _kept(
        self,
        key: ec.EllipticCurvePrivateKey,
        made: x509.Certificate,
        agency: str,
        issuer: str,
        now: datetime,
        kind: str = enrolment.SYSTEM,
    ) -> Client:
        path = self.folder / f"{made.serial_number:x}.pem"
        path.write_text(pem(key, made))
        if agency:
            with self.hub.engine.begin() as connection:
                enrolment.enrol(connection, made, agency, "desk", issuer, PERSON, now, kind)
        return Client(path, made)


@contextmanager
def locked(hub: Hub) -> Iterator[LockedDoor]:
    """The API of a hub behind HAProxy, both locks on."""
    app = create_app(hub, locks=Locks(hub.engine))
    folder = Path(tempfile.mkdtemp(prefix="door-"))
    path = folder / "replica.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket() as probe:
        listener.bind(str(path))
        listener.listen()
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        reached: list[str] = []
        place = LockedDoor(hub, _watched(app, reached), port, folder, reached)
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        own, authority = (
            door.own_certificate(hub.scenario.folder, ["127.0.0.1"]),
            door.authority_file(hub.scenario.folder),
        )
        try:
            with ending_tls(ApiDoor("127.0.0.1", port, own, authority, [path]), folder / "haproxy"):
                yield place
        finally:
            server.should_exit = True
            thread.join(10)
            shutil.rmtree(folder)


def _watched(app: FastAPI, reached: list[str]) -> FastAPI:
    """The app, which notes what comes as far as its routes."""
    inner = app.router

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN:
            reached.append(scope["path"])
        await inner(scope, receive, send)

    stack = app.build_middleware_stack

    def build() -> Any:
        app.router = noting  # type: ignore[assignment]
        try:
            return stack()
        finally:
            app.router = inner

    app.build_middleware_stack = build  # type: ignore[method-assign]
    return app
