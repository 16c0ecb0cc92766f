"""The 22 one-stop systems over REST, in the manner of an LGSP service.

    POST /one-stop/<unit>/token          OAuth2 client credentials
    GET  /one-stop/<unit>/DongBoHoSoMC   dossiers by change time and number

The dialect is drawn by us from published field names; a refusal may come inside HTTP 200.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.clock import Clock
from twins.desk import Desk, Dossier, edited
from twins.faults import Fault, Faults, with_wire_fault
from twins.lgsp import Tokens, gateway_is
from twins.replies import json_reply, reply

LARGEST_PAGE = 1000
_STAMP = re.compile(r"[0-9]{14}")
_PLAYS = ("wrong-count", "missing-record", "duplicate-record", "null-share", "refused")


class OneStop:
    """All one-stop systems; they differ by unit, credentials and dossiers."""

    def __init__(self, desks: Mapping[str, Desk], credentials: Mapping[str, Mapping[str, str]], clock: Clock, faults: Faults) -> None:
        self.desks, self._credentials, self._clock, self._faults = desks, credentials, clock, faults
        self._tokens = Tokens(credentials, clock)

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
        answer = await self._tokens.grant(request, system)
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
        if not self._tokens.admits(request, system):
            return json_reply(request, self._clock, _refusal("401", "Token không hợp lệ hoặc đã hết hạn"), status=401, headers={"WWW-Authenticate": "Bearer"})
        if not gateway_is(request, self._credentials[system]):
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
