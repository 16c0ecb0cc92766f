"""A provider of identities: the code flow of OpenID Connect, for people of the city's offices. All synthetic.

It knows one client and signs in whoever `login_hint` names, without a password. It plays faults by name:

    nonce, expired, audience, issuer   a claim that does not hold
    unknown key                        signed by a key that it does not publish
    none                               not signed at all
    refused                            the code is not taken
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


@dataclass
class OpenIdProvider:
    """One provider with one client."""

    issuer: str = ""
    client: str = "workbench"
    secret: str = "a-secret-of-the-twins"  # noqa: S105 - a twin's
    subject: str = "sub-0001"
    """Who is signed in when nobody is named."""
    fault: str = ""
    now: Callable[[], float] = time.time
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self) -> None:
        """A new key under a new name; the old one is published no more."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def routes(self) -> list[Route]:
        """Its paths below `issuer`."""
        return [
            Route("/.well-known/openid-configuration", self.described),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
            Route("/keys", self.keys),
        ]

    async def described(self, _: Request) -> Response:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse({"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()}})

    async def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """Sign in, and go back with a code."""
        asked = dict(request.query_params)
        wanted = (asked.get("client_id"), asked.get("response_type"), asked.get("code_challenge_method"))
        if wanted != (self.client, "code", "S256"):
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "sub": asked.get("login_hint") or self.subject}
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(self, request: Request) -> Response:
        """A token for a code, once, for whoever began it."""
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        fits = asked is not None and challenge.rstrip(b"=").decode() == asked.get("code_challenge")
        if not fits or not self._is_client(request) or self.fault == "refused":
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert asked is not None
        return JSONResponse({"token_type": "Bearer", "access_token": "unused", "id_token": self._signed(asked)})

    def _is_client(self, request: Request) -> bool:
        kind, _, pair = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(pair).decode().partition(":")
        except ValueError:
            return False
        return (kind, unquote(name), unquote(secret)) == ("Basic", self.client, self.secret)

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(self.now())
        claims: dict[str, Any] = {
            "iss": self.issuer if self.fault != "issuer" else "https://elsewhere.invalid",
            "aud": self.client if self.fault != "audience" else "another-client",
            "sub": asked["sub"],
            "nonce": asked.get("nonce", "") if self.fault != "nonce" else "another-nonce",
            "iat": now - (7200 if self.fault == "expired" else 0),
            "exp": now + (-3600 if self.fault == "expired" else 300),
        }
        if self.fault == "none":
            parts = ('{"alg":"none"}', json.dumps(claims))
            return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."
        key = RSAKey.generate_key(2048, {"kid": "unknown"}) if self.fault == "unknown key" else self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])
