"""The REST facade of the Ministry's civil registry on the LGSP, over the same registers as the SOAP twin.

    POST /moj/rest/<form>/token                                                    client credentials
    POST /moj/rest/<form>/dangKyHoTich, traTrangThaiHoSo       dossiers that it is submitted (`intake.py`)
    POST /moj/rest/<form>/dsHoSoDangKy, traDanhSachHoSo, traHoSo, danhMuc          {status 1/0, errorCode, value | data, errors}

There are three systems, one for each form of the records (`twins/registry/forms.py`). Services, status and codes are the
published ones; the layout of several records in one reply is our assumption.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.city.fields import MODULES
from twins.city.places import Places
from twins.clock import Clock
from twins.faults import Faults, InjectedFault, with_wire_fault
from twins.registry.books import Record, RegisterBook
from twins.registry.forms import Forms
from twins.registry.intake import SUBMIT, RegistryReceipts
from twins.registry.soap import MEANING, Refusal
from twins.replies import json_reply
from twins.services.lgsp import Gateway

SYSTEMS = {"xml": "moj-registry-rest", "result": "moj-registry-result", "json": "moj-registry-json"}
"""Form -> the system that uses it."""
LARGEST = 1000
_OF_RECORDS = ("refused", "cut-data", "missing-record", "duplicate-record", "refuse-record", "null-share")
_PLAYS = {"traDanhSachHoSo": _OF_RECORDS, "traHoSo": ("refused", "cut-data")}
"""Service -> the scripted content faults that it can show."""


class MojRest:
    """All forms of the facade; those systems are served that have credentials."""

    def __init__(
        self,
        *,
        registers: Mapping[str, RegisterBook],
        lists: Mapping[str, list[tuple[str, str]]],
        places: Places,
        gateway: Gateway,
        clock: Clock,
        faults: Faults,
        intake: RegistryReceipts | None = None,
    ) -> None:
        self._registers, self._lists, self._gateway, self._clock, self._faults = (
            registers,
            lists,
            gateway,
            clock,
            faults,
        )
        self._intake = intake or RegistryReceipts()
        self._forms, self._province = Forms(places), places.province.code
        self._services = {
            "dsHoSoDangKy": self._changed_on,
            "traDanhSachHoSo": self._many,
            "traHoSo": self._one,
            "danhMuc": self._list,
        }

    def routes(self) -> list[Route]:
        """The paths of all forms."""
        return [
            *self._intake.routes(),
            Route("/moj/rest/{form}/token", self.token, methods=["POST"]),
            Route("/moj/rest/{form}/{service}", self.call, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """A bearer token."""
        system = SYSTEMS.get(request.path_params["form"], "")
        fault = self._faults.take(system, "token", request.url.path)
        return with_wire_fault(await self._gateway.token(request, system), fault)

    async def call(self, request: Request) -> Response:
        """One service."""
        form, service = request.path_params["form"], request.path_params["service"]
        system = SYSTEMS.get(form, "")
        submitted = self._intake.serves(service)
        if not self._gateway.knows(system) or not (submitted or service in self._services):
            return json_reply(request, self._clock, _refusal("302"), status=404)
        if (refused := self._gateway.refuses(request, system)) is not None:
            return refused
        fault = self._faults.take(system, service, request.url.path, _PLAYS.get(service, ("refused",)))
        if submitted:
            return self._submitted(request, service, await request.body(), fault)
        try:
            if fault is not None and fault.kind == "refused":
                raise Refusal(str(fault.args.get("code", "500")))
            content = {"status": 1, "statusDescription": "Thành công", "errorCode": ""} | self._services[service](
                await _asked(request), form, fault
            )
        except Refusal as refusal:
            content = _refusal(refusal.code)
        return with_wire_fault(json_reply(request, self._clock, content), fault)

    def _submitted(self, request: Request, service: str, body: bytes, fault: InjectedFault | None) -> Response:
        """The reply to what it is submitted or asked about one dossier; a wire fault comes after it is kept."""
        try:
            asked = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError:
            return json_reply(request, self._clock, _refusal("302"))
        answer = json_reply(request, self._clock, self._intake.answer(service, asked))
        if service == SUBMIT and self._intake.loses():
            return with_wire_fault(answer, InjectedFault("reset"))
        return with_wire_fault(answer, fault)

    def _changed_on(self, asked: Mapping[str, Any], form: str, fault: InjectedFault | None) -> dict[str, Any]:
        when = str(asked.get("ngayCapNhat", ""))
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", when):
            raise Refusal("302")
        return {"value": [{"id": i, "maDonVi": unit} for i, unit in self._register(asked).on(date.fromisoformat(when))]}

    def _many(self, asked: Mapping[str, Any], form: str, fault: InjectedFault | None) -> dict[str, Any]:
        if asked.get("maTinh") != self._province:
            raise Refusal("108")
        ids = asked.get("dsMaHoSo")
        if not isinstance(ids, list) or not 1 <= len(ids) <= LARGEST or not all(isinstance(i, str) for i in ids):
            raise Refusal("302")
        register = self._register(asked)
        found = register.records(ids)
        refused = {i: "201" for i in ids if i not in found}
        shown = [found[i] for i in dict.fromkeys(ids) if i in found]
        kind, args = (fault.kind, fault.args) if fault else ("", {})
        match kind:
            case "missing-record":
                shown = shown[1:]
            case "duplicate-record":
                shown += shown[:1]
            case "refuse-record":
                count = int(args.get("count", 1))
                refused |= {str(r["id"]): str(args.get("code", "200")) for r in shown[:count]}
                shown = shown[count:]
            case "null-share":
                shown = [{**record, str(args["field"]): None} for record in shown]
        return {
            "data": self._data(form, shown, kind),
            "errors": [{"id": i, "errorCode": code} for i, code in refused.items()],
        }

    def _one(self, asked: Mapping[str, Any], form: str, fault: InjectedFault | None) -> dict[str, Any]:
        number = str(asked.get("maHoSo", ""))
        found = self._register(asked).records([number])
        if number not in found:
            raise Refusal("201")
        return {"data": self._data(form, [found[number]], fault.kind if fault else "")}

    def _list(self, asked: Mapping[str, Any], form: str, fault: InjectedFault | None) -> dict[str, Any]:
        kind = str(asked.get("loaiDanhMuc", ""))
        if kind not in self._lists:
            raise Refusal("302")
        return {"value": [{"ma": code, "ten": name} for code, name in self._lists[kind]]}

    def _data(self, form: str, records: list[Record], kind: str) -> str:
        text = self._forms.by_name[form](records)
        return text[: len(text) * 2 // 3] if kind == "cut-data" else text

    def _register(self, asked: Mapping[str, Any]) -> RegisterBook:
        module = asked.get("module")
        if module not in MODULES:
            raise Refusal("302")
        return self._registers[MODULES[module]]


async def _asked(request: Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await request.body(), type=dict[str, Any])
    except msgspec.MsgspecError:
        raise Refusal("302") from None


def _refusal(code: str) -> dict[str, Any]:
    return {"status": 0, "statusDescription": MEANING.get(code, ""), "errorCode": code}
