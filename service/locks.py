"""The two locks of the API's door: the client certificate of an agency's system, and a token bound to it.

    TLS ends in HAProxy (`service/tls_end.py`)  ->  a Unix socket  ->  this process

The certificate comes in a header that HAProxy writes, after it has removed any that a client sent. It is believed on a
Unix socket only, and only HAProxy's account can reach that: over TCP the header is nobody's word. HAProxy has proved
that the sender holds the key; whose certificate it is, and whether it still holds, the database says at each request.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from starlette.types import Scope

from hub.access.clients.enrolment import CertificateRefused, Client, client_of
from hub.access.tokens import Claims, TokenRefused, machine_now

HEADER = "x-client-certificate"
"""The certificate (DER, base64), written by HAProxy."""


@dataclass(frozen=True)
class Locks:
    """Who is at the door, by certificate."""

    engine: sa.Engine
    now: Callable[[], datetime] = machine_now

    def client(self, scope: Scope) -> Client:
        """The enrolled system that sent a request. Asks the database: call it off the event loop.

        Raises:
            CertificateRefused: no certificate, or one that is not good now.
            DatabaseUnavailable: nobody can say.
        """
        der = certificate_of(scope)
        if der is None:
            raise CertificateRefused(
                "No client certificate was given",
                hint="send the certificate of your system with the TLS connection; hub agencies enrol makes one",
            )
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


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The token of an `Authorization: Bearer` header. Raises TokenRefused."""
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise TokenRefused("No token was given", hint="Authorization: Bearer, with what POST /oauth/token answers")
    return token.strip()
