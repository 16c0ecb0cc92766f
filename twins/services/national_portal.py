"""The national portal and the city's portal: login, session or token, one address for all services.

    POST /portal/<name>/login   {username, secret}, header dstcode -> {session, error_code}      (national)
    POST /portal/<name>/token   OAuth2 client credentials                                        (city)
    POST /portal/<name>/api     {session, madonvi, service, ...} -> {error_code, message, count, hasMore, result}

The national one is submitted dossiers and their progress too (`portal_intake.py`).

The dialect is our assumption, with published names. A session expires after half an hour; the reply says so in a text
inside HTTP 200.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.clock import Clock
from twins.faults import Faults, InjectedFault, with_wire_fault
from twins.population import City
from twins.replies import json_reply, reply
from twins.services import online_services, portal_dossiers
from twins.services.lgsp import Gateway
from twins.services.paged_store import PLAYS, STAMP, PagedStore, Record, page_of, refusal, wrong
from twins.services.portal_intake import QUESTION, PortalReceipts

SESSION_S = 1800
LOCAL_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
SAYS = ("session-ended", "code-0-beside-a-failure", "already-exists")
"""Content faults of the conversation itself."""


@dataclass(frozen=True)
class Portal:
    """One portal: its stores by service, and its dialect."""

    system: str
    dstcode: str
    stores: Mapping[str, tuple[PagedStore, str]]
    """Service -> records, and the parameter that names the last one."""
    procedures: Mapping[str, Record]
    """MaTTHC -> what LayThuTuc answers."""
    intake: PortalReceipts | None = None
    """Where it is submitted something; None: it only submits."""
    oauth: bool = False
    """Token instead of a session, and times with blanks and dashes."""


def portals_of(city: City, reference: Path) -> dict[str, Portal]:
    """Both portals over a city, by name."""
    procedures = portal_dossiers.catalogue(reference, "20220401070000")
    listed = {"LayDanhSachTTHC": (PagedStore(procedures, "NgayCapNhat", "MaTTHC"), "sauMaTTHC")}
    store = lambda held: (PagedStore(held.dossiers, "NgayCapNhat", "MaHoSo"), "sauMaHoSo")  # noqa: E731
    national = {"TraCuuHoSo": store(portal_dossiers.national(city)), **listed}
    offered = PagedStore(online_services.offered(city), "NgayCapNhat", "MaDichVuCong")
    own = {
        "TraCuuHoSo": store(portal_dossiers.of_city(city)),
        "LayDanhSachDVC": (offered, "sauMaDichVuCong"),
    }
    return {
        "national": Portal(
            portal_dossiers.NATIONAL,
            "VN:GOV:000.00.00.G22:dvcqg",
            national,
            {p["MaTTHC"]: p for p in procedures},
            PortalReceipts({str(p["code"]) for p in portal_dossiers.listed(reference)}),
        ),
        "city": Portal(
            portal_dossiers.CITY, f"VN:GOV:000.00.00.{city.places.province.agency}:dvc", own, {}, oauth=True
        ),
    }


class Portals:
    """All portals."""

    def __init__(
        self,
        portals: Mapping[str, Portal],
        credentials: Mapping[str, Mapping[str, str]],
        gateway: Gateway,
        clock: Clock,
        faults: Faults,
    ) -> None:
        self._portals, self._credentials, self._gateway = portals, credentials, gateway
        self._clock, self._faults = clock, faults
        self._sessions: dict[str, tuple[str, float]] = {}

    def routes(self) -> list[Route]:
        """The paths of all portals."""
        submitted = [route for portal in self._portals.values() if portal.intake for route in portal.intake.routes()]
        return submitted + [
            Route(f"/portal/{{name}}/{what}", getattr(self, what), methods=["POST"])
            for what in ("login", "token", "api")
        ]

    async def login(self, request: Request) -> Response:
        """A session for username and secret."""
        portal = self._portals.get(request.path_params["name"])
        if portal is None or portal.oauth:
            return json_reply(request, self._clock, {"error_code": "404"}, status=404)
        fault, known = self._faults.take(portal.system, "login", request.url.path), self._credentials[portal.system]
        given = _asked(await request.body())
        right = hmac.compare_digest(
            given.get("username", "").encode(), known["username"].encode()
        ) and hmac.compare_digest(given.get("secret", "").encode(), known["password"].encode())
        if request.headers.get("dstcode") != portal.dstcode or not right:
            answer = json_reply(request, self._clock, {"error_code": -1, "message": "Đăng nhập không thành công"})
        else:
            session = secrets.token_urlsafe(24)
            self._sessions[session] = (portal.system, self._clock.now().timestamp() + SESSION_S)
            answer = json_reply(request, self._clock, {"session": session, "error_code": 0})
        return with_wire_fault(answer, fault)

    async def token(self, request: Request) -> Response:
        """A bearer token."""
        portal = self._portals.get(request.path_params["name"])
        if portal is None or not portal.oauth:
            return json_reply(request, self._clock, {"error": "invalid_client"}, status=404)
        fault = self._faults.take(portal.system, "token", request.url.path)
        return with_wire_fault(await self._gateway.token(request, portal.system), fault)

    async def api(self, request: Request) -> Response:
        """Any service."""
        portal = self._portals.get(request.path_params["name"])
        if portal is None:
            return json_reply(request, self._clock, refusal("404", "Không có cổng này"), status=404)
        body = await request.body()
        asked = _asked(body)
        fault = self._faults.take(portal.system, asked.get("service", ""), request.url.path, (*PLAYS, *SAYS))
        whole = _whole(body)
        if portal.intake is not None and portal.intake.serves(whole):
            return self._submitted(request, portal, portal.intake, whole, fault)
        return with_wire_fault(self._answer(request, portal, asked, fault), fault)

    def _submitted(
        self, request: Request, portal: Portal, intake: PortalReceipts, asked: Record, fault: InjectedFault | None
    ) -> Response:
        """The reply to what the portal is submitted or asked about one dossier; a wire fault comes after it is kept."""
        if not self._is_open(str(asked.get("session", "")), portal.system) or (fault and fault.kind == "session-ended"):
            self._sessions.pop(str(asked.get("session", "")), None)
            return json_reply(request, self._clock, refusal("-1", "Phiên làm việc đã hết hạn, vui lòng đăng nhập lại"))
        if fault and fault.kind == "code-0-beside-a-failure":
            return json_reply(request, self._clock, refusal("0", "Lỗi hệ thống, vui lòng thử lại sau"))
        answer = json_reply(request, self._clock, intake.answer(asked))
        if asked.get("service") != QUESTION and intake.loses():
            return with_wire_fault(answer, InjectedFault("reset"))
        return with_wire_fault(answer, fault)

    def _answer(
        self, request: Request, portal: Portal, asked: Mapping[str, str], fault: InjectedFault | None
    ) -> Response:
        if portal.oauth:
            if (refused := self._gateway.refuses(request, portal.system, partner=False)) is not None:
                return refused
        elif not self._is_open(asked.get("session", ""), portal.system) or (fault and fault.kind == "session-ended"):
            self._sessions.pop(asked.get("session", ""), None)
            return json_reply(request, self._clock, refusal("-1", "Phiên làm việc đã hết hạn, vui lòng đăng nhập lại"))
        service = asked.get("service", "")
        rejection = self._refused(portal, asked, service, fault)
        if rejection is not None:
            return json_reply(request, self._clock, rejection)
        if service == "LayThuTuc":
            found = [portal.procedures[code]] if (code := asked.get("MaTTHC", "")) in portal.procedures else []
            return json_reply(
                request,
                self._clock,
                {"error_code": "0", "message": "Thành công", "count": len(found), "hasMore": False, "result": found},
            )
        store, after = portal.stores[service]
        return reply(
            request, self._clock, page_of(store, asked, after, fault), media_type="application/json; charset=utf-8"
        )

    def _refused(
        self, portal: Portal, asked: Mapping[str, str], service: str, fault: InjectedFault | None
    ) -> Record | None:
        kind = fault.kind if fault else ""
        if fault is not None and kind == "refused":
            return refusal(str(fault.args.get("code", "-1")), "Lỗi hệ thống")
        if kind == "code-0-beside-a-failure":
            return refusal("0", "Lỗi hệ thống, vui lòng thử lại sau")
        if kind == "already-exists":
            return refusal("-3", "Hồ sơ đã tồn tại")
        if not asked.get("madonvi"):
            return refusal("-4", "Thiếu madonvi")
        if service != "LayThuTuc" and service not in portal.stores:
            return refusal("-6", "Không có dịch vụ này")
        return (
            wrong(asked, portal.stores[service][1], LOCAL_STAMP if portal.oauth else STAMP)
            if service in portal.stores
            else None
        )

    def _is_open(self, session: str, system: str) -> bool:
        owner, ends = self._sessions.get(session, ("", 0.0))
        return owner == system and self._clock.now().timestamp() < ends


def _asked(body: bytes) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in msgspec.json.decode(body, type=dict[str, object]).items()}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _whole(body: bytes) -> Record:
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
