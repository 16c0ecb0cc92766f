"""The 22 one-stop systems over REST, in the manner of an LGSP service.

    POST /one-stop/<unit>/token          OAuth2 client credentials
    GET  /one-stop/<unit>/DongBoHoSoMC   dossiers by change time and number

The dialect is our assumption, with published field names; a refusal may come inside HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.clock import Clock
from twins.faults import Faults, InjectedFault, with_wire_fault
from twins.replies import json_reply, reply
from twins.services.dossier_store import DossierStore
from twins.services.lgsp import Gateway
from twins.services.paged_store import PLAYS, page_of, refusal, wrong


class OneStop:
    """All one-stop systems; they differ by unit, credentials and dossiers."""

    def __init__(self, one_stops: Mapping[str, DossierStore], gateway: Gateway, clock: Clock, faults: Faults) -> None:
        self.one_stops, self._gateway, self._clock, self._faults = one_stops, gateway, clock, faults

    def routes(self) -> list[Route]:
        """The paths of all units."""
        return [
            Route("/one-stop/{unit}/token", self.token, methods=["POST"]),
            Route("/one-stop/{unit}/DongBoHoSoMC", self.dossiers, methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        """A bearer token."""
        system = f"one-stop-{request.path_params['unit']}"
        fault = self._faults.take(system, "token", request.url.path)
        return with_wire_fault(await self._gateway.token(request, system), fault)

    async def dossiers(self, request: Request) -> Response:
        """One page of dossiers."""
        system = f"one-stop-{request.path_params['unit']}"
        fault = self._faults.take(system, "DongBoHoSoMC", request.url.path, PLAYS)
        return with_wire_fault(self._dossiers(request, system, fault), fault)

    def _dossiers(self, request: Request, system: str, fault: InjectedFault | None) -> Response:
        store, query = self.one_stops.get(system), request.query_params
        if store is None:
            return json_reply(request, self._clock, refusal("404", "Không có đơn vị này"), status=404)
        if (refused := self._gateway.refuses(request, system)) is not None:
            return refused
        if fault is not None and fault.kind == "refused":
            return json_reply(request, self._clock, refusal(str(fault.args.get("code", "-1")), "Lỗi hệ thống"))
        if (rejection := wrong(query, "sauMaHoSo")) is not None:
            return json_reply(request, self._clock, rejection)
        return reply(
            request,
            self._clock,
            page_of(store, query, "sauMaHoSo", fault),
            media_type="application/json; charset=utf-8",
        )
