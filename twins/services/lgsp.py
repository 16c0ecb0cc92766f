"""The gateway before a district's services: a bearer token by client credentials, and the partner's header beside it."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from twins.clock import Clock
from twins.replies import json_reply
from twins.services.paged_store import refusal

LIFETIME_S = 3600
_PARTNER = {"AccessKey": "access_key", "SecretKey": "secret_key", "AppName": "app_name", "PartnerCode": "partner_code"}


class Gateway:
    """Knows each system's secrets and the tokens it gave."""

    def __init__(self, credentials: Mapping[str, Mapping[str, str]], clock: Clock) -> None:
        self._credentials, self._clock = credentials, clock
        self._tokens: dict[str, tuple[str, float]] = {}

    async def token(self, request: Request, system: str) -> Response:
        """A bearer token of one hour, by the twin's clock, for client id and secret by HTTP Basic."""
        known = self._credentials.get(system)
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        if known is None:
            return json_reply(request, self._clock, {"error": "invalid_client"}, status=404)
        if form.get("grant_type") != ["client_credentials"]:
            return json_reply(request, self._clock, {"error": "unsupported_grant_type"}, status=400)
        if not _basic_is(request.headers.get("authorization", ""), known["client_id"], known["client_secret"]):
            return json_reply(
                request,
                self._clock,
                {"error": "invalid_client"},
                status=401,
                headers={"WWW-Authenticate": 'Basic realm="lgsp"'},
            )
        token = secrets.token_urlsafe(32)
        self._tokens[token] = (system, self._clock.now().timestamp() + LIFETIME_S)
        return json_reply(
            request, self._clock, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_S}
        )

    def knows(self, system: str) -> bool:
        """Whether it has secrets of a system."""
        return system in self._credentials

    def refuses(self, request: Request, system: str, *, partner: bool = True) -> Response | None:
        """The answer to a caller without a good token, or without the partner's header where that is due."""
        if not self._bearer_is_valid(request.headers.get("authorization", ""), system):
            answer = refusal("401", "Token không hợp lệ hoặc đã hết hạn")
            return json_reply(request, self._clock, answer, status=401, headers={"WWW-Authenticate": "Bearer"})
        if partner and not _partner_is(request.headers.get("lgspaccesstoken", ""), self._credentials[system]):
            return json_reply(request, self._clock, refusal("403", "lgspaccesstoken không hợp lệ"), status=403)
        return None

    def _bearer_is_valid(self, header: str, system: str) -> bool:
        kind, _, token = header.partition(" ")
        owner, expires = self._tokens.get(token, ("", 0.0))
        return kind == "Bearer" and owner == system and self._clock.now().timestamp() < expires


def _basic_is(header: str, user: str, password: str) -> bool:
    kind, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, f"{user}:{password}".encode())


def _partner_is(header: str, known: Mapping[str, str]) -> bool:
    """The header is base64 of JSON {AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus}."""
    try:
        given = msgspec.json.decode(base64.b64decode(header, validate=True), type=dict[str, str])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return False
    return "PartnerCodeCus" in given and all(given.get(name) == known[key] for name, key in _PARTNER.items())
