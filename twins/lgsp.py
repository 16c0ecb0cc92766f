"""What the twins behind a local platform (LGSP) have in common: tokens by client credentials, and the platform's own header."""

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

LIFETIME_S = 3600
_GATEWAY = {"AccessKey": "access_key", "SecretKey": "secret_key", "AppName": "app_name", "PartnerCode": "partner_code"}


class Tokens:
    """Bearer tokens of one hour, told by the twin's clock; each good for one system."""

    def __init__(self, credentials: Mapping[str, Mapping[str, str]], clock: Clock) -> None:
        self._credentials, self._clock = credentials, clock
        self._given: dict[str, tuple[str, float]] = {}

    async def grant(self, request: Request, system: str) -> Response:
        """Client id and secret by HTTP Basic for a token."""
        known = self._credentials.get(system)
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        if known is None:
            return json_reply(request, self._clock, {"error": "invalid_client"}, status=404)
        if form.get("grant_type") != ["client_credentials"]:
            return json_reply(request, self._clock, {"error": "unsupported_grant_type"}, status=400)
        if not _basic_is(request.headers.get("authorization", ""), known["client_id"], known["client_secret"]):
            return json_reply(request, self._clock, {"error": "invalid_client"}, status=401, headers={"WWW-Authenticate": 'Basic realm="lgsp"'})
        token = secrets.token_urlsafe(32)
        self._given[token] = (system, self._clock.now().timestamp() + LIFETIME_S)
        return json_reply(request, self._clock, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_S})

    def admits(self, request: Request, system: str) -> bool:
        """Whether the call shows a token of the system that has not ended."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        owner, expires = self._given.get(token, ("", 0.0))
        return kind == "Bearer" and owner == system and self._clock.now().timestamp() < expires


def gateway_is(request: Request, known: Mapping[str, str]) -> bool:
    """Whether `lgspaccesstoken` is base64 of JSON {AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus}, and the right one."""
    try:
        given = msgspec.json.decode(base64.b64decode(request.headers.get("lgspaccesstoken", ""), validate=True), type=dict[str, str])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return False
    return "PartnerCodeCus" in given and all(given.get(name) == known[key] for name, key in _GATEWAY.items())


def _basic_is(header: str, user: str, password: str) -> bool:
    kind, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, f"{user}:{password}".encode())
