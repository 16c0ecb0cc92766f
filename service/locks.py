"""The two locks of the API's door: the client certificate of an agency's system, and a token bound to it.

    TLS ends in HAProxy (`service/tls_end.py`)  ->  a Unix socket  ->  this process

The certificate comes in a header that HAProxy writes, after it has removed any that a client sent. It is believed on a
Unix socket only, and only HAProxy's account can reach that: over TCP the header is nobody's word. HAProxy has proved
that the sender holds the key; whose certificate it is, and whether it still holds, the database says at each request.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from starlette.types import Scope

from hub.access import nonces
from hub.access.clients.enrolment import SYSTEM, CertificateRefused, Client, client_of
from hub.access.tokens import Claims, TokenRefused, machine_now
from service.gateway import FRESH, ProofRefused, proof_of

HEADER = "x-client-certificate"
"""The certificate (DER, base64), written by HAProxy."""


@dataclass(frozen=True)
class Locks:
    """Who is at the door, by certificate."""

    engine: sa.Engine
    now: Callable[[], datetime] = machine_now

    def client(self, scope: Scope) -> Client:
        """The enrolled system that sent a request. Asks the database: call it off the event loop.

        Behind the state's bus it is the system whose proof the bus passes on; the proof is put into the state, for the
        body is compared with it later.

        Raises:
            CertificateRefused: no certificate, or one that is not good now.
            ProofRefused: the bus passes on no good proof.
            DatabaseUnavailable: nobody can say.
        """
        der = certificate_of(scope)
        if der is None:
            raise CertificateRefused(
                "No client certificate was given",
                hint="send the certificate of your system with the TLS connection; hub agencies enrol makes one",
            )
        client = self._known(der)
        return client if client.kind == SYSTEM else self._behind(client, scope)

    def _behind(self, bus: Client, scope: Scope) -> Client:
        proof = proof_of(scope, token_in(scope["headers"]))
        client = self._known(proof.certificate)
        if client.kind != SYSTEM or client.agency != proof.member:
            raise ProofRefused("The proof is another's than X-Road-Client says")

        def first_use(number: bytes, made: datetime, now: datetime) -> bool:
            name = f"proof:{client.fingerprint}"
            return nonces.first_use(self.engine, client.agency, name, number, made, now=now, kept=2 * FRESH)

        proof.require_fresh(self.now(), first_use)
        scope["state"]["proof"] = proof
        return replace(client, system=f"{client.system} / {bus.system}")

    def _known(self, der: bytes) -> Client:
        with self.engine.connect() as connection:
            return client_of(connection, der, self.now())


def certificate_of(scope: Scope) -> bytes | None:
    """The certificate (DER) of a request that came through HAProxy; None: it has none, or came another way."""
    if scope.get("client") is not None:  # TCP: anybody can write a header there
        return None
    return _single(scope["headers"])


def _single(headers: list[tuple[bytes, bytes]]) -> bytes | None:
    values = [value for name, value in headers if name == HEADER.encode()]
    if len(values) != 1:
        return None
    try:
        return base64.b64decode(values[0], validate=True) or None
    except binascii.Error:
        return None


def require_bound(claims: Claims, client: Client) -> None:
    """Check that a token belongs to the system that sends it.

    Raises:
        TokenRefused: it is bound to no certificate, to another one, or names another agency.
    """
    if claims.certificate != client.thumbprint or claims.agency != client.agency:
        raise TokenRefused(
            "The token does not belong to the certificate of this connection", hint="ask for one: POST /oauth/token"
        )


def token_in(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """The token of an `Authorization: Bearer` header; empty: there is none."""
    kind, _, token = dict(headers).get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def bearer(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """The token of an `Authorization: Bearer` header. Raises TokenRefused."""
    if not (token := token_in(headers)):
        raise TokenRefused("No token was given", hint="Authorization: Bearer, with what POST /oauth/token answers")
    return token
