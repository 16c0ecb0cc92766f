"""Short-lived tokens of the API: who asks, for which agency, for what purpose, under which law, about which dossier.

A token is a JWS (RFC 7515) with one algorithm and one key, both fixed here. Keys named in a token's own header
(`jku`, `x5u`, `jwk`) are ignored. A token is bound to the certificate of the agency's system (RFC 8705, claim `cnf`):
whoever else holds it can do nothing with it. An unbound one serves where the door asks for no certificate, which is on
loopback only.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from contracts.errors import Permanent
from hub.access.inquiry import Inquiry
from hub.core.state_files import StateBroken, read_json, write_once

ALGORITHM = "Ed25519"
"""RFC 9864: the name stands for curve and algorithm. No other is accepted, in particular not `none`."""
TYPE = "at+jwt"
"""RFC 9068: distinguishes an access token from every other kind of JWT."""
LONGEST = timedelta(minutes=5)
LEEWAY = timedelta(seconds=60)
"""Allowed difference between two clocks (OWASP ASVS 5.0, V9)."""
MOST_BYTES = 4096
THUMBPRINT = "x5t#S256"
"""RFC 8705: the confirmation of a token that is bound to a certificate."""
TEXTS = ("iss", "aud", "jti", "sub", "agency", "purpose", "legal_basis")
"""Text claims of every token. A token bound to a dossier also has `dossier`, one bound to a certificate `cnf`."""


class TokenRefused(Permanent):
    """A token is missing, expired, altered or meant for somebody else. The message says which, never its content."""


@dataclass(frozen=True)
class Claims:
    """The claims of a token; every question records them."""

    agency: str
    """Identity code (mã định danh)."""
    officer: str
    purpose: str
    legal_basis: str
    """Id in `legal_bases.csv`."""
    dossier: str = ""
    """MaHoSo; empty: the question names it."""
    certificate: str = ""
    """Thumbprint of the certificate that it is bound to (`x5t#S256`: base64url of SHA-256); empty: to none."""

    def inquiry(self, door: str) -> Inquiry:
        """Who asks, by this token."""
        return Inquiry(self.agency, self.officer, self.purpose, self.dossier, self.legal_basis, self.dossier, door)


@dataclass(frozen=True)
class Tokens:
    """Signs and checks the tokens of one scenario."""

    key: OKPKey
    deployment: str

    @classmethod
    def of(cls, path: Path, deployment: str) -> Tokens:
        """Tokens with the key in a file, which is created on first use (mode 0600).

        Raises:
            StateBroken: the file holds no key.
        """
        hint = "remove it: a new key is made, and tokens live for minutes"
        if path.exists() and not path.stat().st_size:
            path.unlink()  # a kill left it; no token was signed with it
        if not path.exists():
            _make(path)
        try:
            return cls(OKPKey.import_key(read_json(path, hint=hint)), deployment)
        except (JoseError, ValueError):
            raise StateBroken(f"{path} holds no key", hint=hint) from None

    @property
    def issuer(self) -> str:
        return f"urn:motlan:{self.deployment}"

    @property
    def audience(self) -> str:
        return f"urn:motlan:{self.deployment}:service"

    def sign(self, claims: Claims, now: datetime, lifetime: timedelta = LONGEST) -> str:
        """A token that is valid from now on.

        Raises:
            TokenRefused: the lifetime is not above zero, or longer than 5 minutes.
        """
        if not timedelta() < lifetime <= LONGEST:
            raise TokenRefused(
                f"A token lives up to {LONGEST.seconds // 60} minutes", hint="ask for another one when it has expired"
            )
        begins = int(now.timestamp())
        payload = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": begins,
            "nbf": begins,
            "exp": begins + int(lifetime.total_seconds()),
            "jti": secrets.token_hex(16),
            "sub": claims.officer,
            "agency": claims.agency,
            "purpose": claims.purpose,
            "legal_basis": claims.legal_basis,
        }
        payload |= {"dossier": claims.dossier} if claims.dossier else {}
        payload |= {"cnf": {THUMBPRINT: claims.certificate}} if claims.certificate else {}
        return jwt.encode(
            {"alg": ALGORITHM, "typ": TYPE, "kid": self.key.thumbprint()}, payload, self.key, algorithms=[ALGORITHM]
        )

    def check(self, token: str, now: datetime) -> Claims:
        """The claims of a valid token.

        Raises:
            TokenRefused: the token is not valid now.
        """
        if len(token) > MOST_BYTES:
            raise TokenRefused("The token is too long")
        try:
            read = jwt.decode(token, self.key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError):
            raise TokenRefused("The token is not signed by this hub") from None
        if read.header.get("typ") != TYPE:
            raise TokenRefused("The token is of another type")
        return self._claims(read.claims, now.timestamp())

    def _claims(self, claims: Mapping[str, Any], now: float) -> Claims:
        if not all(isinstance(claims.get(name), str) and claims[name] for name in TEXTS) or not isinstance(
            claims.get("dossier", ""), str
        ):
            raise TokenRefused("The token lacks a claim")
        if claims["iss"] != self.issuer or claims["aud"] != self.audience:
            raise TokenRefused("The token is meant for somebody else")
        issued, begins, ends = (claims.get(name) for name in ("iat", "nbf", "exp"))
        if not (type(issued) is int and type(begins) is int and type(ends) is int):
            raise TokenRefused("The token does not say when it holds")
        leeway = LEEWAY.total_seconds()
        if ends - issued > LONGEST.total_seconds():
            raise TokenRefused("The token lives too long")
        if issued - leeway > now or begins - leeway > now:
            raise TokenRefused("The token does not hold yet")
        if ends + leeway <= now:
            raise TokenRefused("The token has expired")
        bound = claims.get("cnf", {THUMBPRINT: ""})
        if not isinstance(bound, dict) or set(bound) != {THUMBPRINT} or not isinstance(bound[THUMBPRINT], str):
            raise TokenRefused("The token is bound in a way that is not known here")
        return Claims(
            claims["agency"],
            claims["sub"],
            claims["purpose"],
            claims["legal_basis"],
            claims.get("dossier", ""),
            bound[THUMBPRINT],
        )


def tokens_of(folder: Path, deployment: str) -> Tokens:
    """Signs and checks the tokens of a scenario, by its folder."""
    return Tokens.of(folder / "token-key.json", deployment)


def machine_now() -> datetime:
    """The machine's clock; the validity of a token does not follow the scenario's clock."""
    return datetime.now(UTC)


def _make(path: Path) -> None:
    """Write a new key completely or not at all; if two processes do so at once, the first key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_once(path, json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True)))
