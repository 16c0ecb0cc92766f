"""The 22 one-stop systems over REST, in the manner of an LGSP service.

    POST /one-stop/<unit>/token          OAuth2 client credentials
    GET  /one-stop/<unit>/DongBoHoSoMC   dossiers by change time and number

The dialect is drawn by us from published field names; a refusal may come inside HTTP 200.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.clock import Clock
from twins.desk import Desk, Dossier, edited
from twins.faults import Fault, Faults, with_wire_fault
from twins.replies import json_reply, reply

LIFETIME_S = 3600
LARGEST_PAGE = 1000
_STAMP = re.compile(r"[0-9]{14}")
_PLAYS = ("wrong-count", "missing-record", "duplicate-record", "null-share", "refused")
_GATEWAY = {"AccessKey": "access_key", "SecretKey": "secret_key", "AppName": "app_name", "PartnerCode": "partner_code"}


class OneStop:
    """All one-stop systems; they differ by unit, credentials and dossiers."""

    def __init__(self, desks: Mapping[str, Desk], credentials: Mapping[str, Mapping[str, str]], clock: Clock, faults: Faults) -> None:
        self.desks, self._credentials, self._clock, self._faults = desks, credentials, clock, faults
        self._tokens: dict[str, tuple[str, float]] = {}

    def routes(self) -> list[Route]:
        """The paths of all units."""
        return [
            Route("/one-stop/{unit}/token", self.token, methods=["POST"]),
            Route("/one-stop/{unit}/DongBoHoSoMC", self.dossiers, methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """Client id and secret by HTTP Basic for a bearer token of one hour, told by the twin's clock."""
        system = f"one-stop-{request.path_params['unit']}"
        fault = self._faults.take(system, "token", request.url.path)
        known = self._credentials.get(system)
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        if known is None:
            answer = json_reply(request, self._clock, {"error": "invalid_client"}, status=404)
        elif form.get("grant_type") != ["client_credentials"]:
            answer = json_reply(request, self._clock, {"error": "unsupported_grant_type"}, status=400)
        elif not _basic_is(request.headers.get("authorization", ""), known["client_id"], known["client_secret"]):
            answer = json_reply(request, self._clock, {"error": "invalid_client"}, status=401, headers={"WWW-Authenticate": 'Basic realm="lgsp"'})
        else:
            token = secrets.token_urlsafe(32)
            self._tokens[token] = (system, self._clock.now().timestamp() + LIFETIME_S)
            answer = json_reply(request, self._clock, {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_S})
        return with_wire_fault(answer, fault)

    async def dossiers(self, request: Request) -> Response:
        """One page of dossiers."""
        system = f"one-stop-{request.path_params['unit']}"
        fault = self._faults.take(system, "DongBoHoSoMC", request.url.path, _PLAYS)
        return with_wire_fault(self._dossiers(request, system, fault), fault)

    def _dossiers(self, request: Request, system: str, fault: Fault | None) -> Response:
        desk, query = self.desks.get(system), request.query_params
        if desk is None:
            return json_reply(request, self._clock, _refusal("404", "Không có đơn vị này"), status=404)
        if not self._bearer_is_valid(request.headers.get("authorization", ""), system):
            return json_reply(request, self._clock, _refusal("401", "Token không hợp lệ hoặc đã hết hạn"), status=401, headers={"WWW-Authenticate": "Bearer"})
        if not _gateway_is(request.headers.get("lgspaccesstoken", ""), self._credentials[system]):
            return json_reply(request, self._clock, _refusal("403", "lgspaccesstoken không hợp lệ"), status=403)
        since, until, after, size = query.get("tuNgay", ""), query.get("denNgay", ""), query.get("sauMaHoSo", ""), query.get("soLuong", "500")
        if fault is not None and fault.kind == "refused":
            return json_reply(request, self._clock, _refusal(str(fault.args.get("code", "-1")), "Lỗi hệ thống"))
        if any(value and not _STAMP.fullmatch(value) for value in (since, until)) or (after and not since):
            return json_reply(request, self._clock, _refusal("-2", "Tham số ngày không đúng định dạng yyyyMMddHHmmss"))
        if not size.isdigit() or not 1 <= int(size) <= LARGEST_PAGE:
            return json_reply(request, self._clock, _refusal("-3", f"soLuong phải từ 1 đến {LARGEST_PAGE}"))
        bodies, more = desk.page(since, after, until, int(size))
        return self._page(request, bodies, more, fault)

    def _page(self, request: Request, bodies: list[bytes], more: bool, fault: Fault | None) -> Response:
        count = len(bodies)
        kind, args = (fault.kind, fault.args) if fault else ("", {})
        match kind:
            case "wrong-count":
                count += 1
            case "missing-record":
                bodies = bodies[:-1]
            case "duplicate-record":
                bodies = bodies + bodies[:1]
                count = len(bodies)
            case "null-share":
                bodies = edited(bodies, lambda dossier: _blank(dossier, str(args["field"])))
        head = msgspec.json.encode({"error_code": "0", "message": "Thành công", "count": count, "hasMore": more})
        content = head[:-1] + b',"result":[' + b",".join(bodies) + b"]}"
        return reply(request, self._clock, content, media_type="application/json; charset=utf-8")

    def _bearer_is_valid(self, header: str, system: str) -> bool:
        kind, _, token = header.partition(" ")
        owner, expires = self._tokens.get(token, ("", 0.0))
        return kind == "Bearer" and owner == system and self._clock.now().timestamp() < expires


def _refusal(code: str, message: str) -> dict[str, object]:
    return {"error_code": code, "message": message, "count": 0, "hasMore": False, "result": []}


def _blank(dossier: Dossier, field: str) -> None:
    if field in dossier:
        dossier[field] = [] if isinstance(dossier[field], list) else ""
    for value in dossier.values():
        if isinstance(value, list):
            for child in value:
                if field in child:
                    child[field] = ""


def _basic_is(header: str, user: str, password: str) -> bool:
    kind, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True)
    except binascii.Error:
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, f"{user}:{password}".encode())


def _gateway_is(header: str, known: Mapping[str, str]) -> bool:
    """The header is base64 of JSON {AccessKey, SecretKey, AppName, PartnerCode, PartnerCodeCus}."""
    try:
        given = msgspec.json.decode(base64.b64decode(header, validate=True), type=dict[str, str])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return False
    return "PartnerCodeCus" in given and all(given.get(name) == known[key] for name, key in _GATEWAY.items())
