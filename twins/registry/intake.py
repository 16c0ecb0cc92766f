"""What the registry is submitted by its REST facade: dossiers that wait for an officer, who decides when the test says so.

    dangKyHoTich      {maDonVi, module, maHoSo, ngayTiepNhan, data}
    traTrangThaiHoSo  {maDonVi, maHoSo} -> value: [{trangThai}]
    GET /control/registry    what it holds; POST: the officer registers all that wait; DELETE empties it

A dossier without a requester's name, of an unknown module or without a unit is refused by itself. A number that is submitted
twice is refused and counted: the real registry would have registered it twice.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.loopback import local

SUBMIT, STATE = "dangKyHoTich", "traTrangThaiHoSo"
KINDS = ("KS", "KT", "KH", "CMC", "BS")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass
class RegistryReceipts:
    """The receiving side of the registry."""

    seed: int = 0
    lost: float = 0.0
    """Share of calls that are kept, and whose reply is lost."""
    refused: float = 0.0
    """Share of dossiers that it refuses whatever they say, always the same ones."""
    dossiers: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    """Service -> calls; `doubled`: numbers that were submitted although they were held."""
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def routes(self) -> list[Route]:
        """Its path in the control API."""
        return [Route("/control/registry", local(self.control), methods=["GET", "POST", "DELETE"])]

    async def control(self, request: Request) -> Response:
        """Numbers and states, no person."""
        if request.method == "DELETE":
            self.dossiers.clear()
            self.states.clear()
            self.calls.clear()
        if request.method == "POST":
            self.decide()
        return JSONResponse({"states": self.states, "calls": dict(self.calls)})

    def decide(self) -> None:
        """The officer registers every dossier that waits."""
        self.states = dict.fromkeys(self.states, "4")

    def serves(self, service: str) -> bool:
        """Whether a service is of this side."""
        return service in (SUBMIT, STATE)

    def loses(self) -> bool:
        """Whether the reply to the call that was just made is lost."""
        return self.lost > 0 and self._chance.random() < self.lost

    def answer(self, service: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The envelope of a reply."""
        self.calls[service] += 1
        number = str(asked.get("maHoSo", ""))
        if service == STATE:
            if number not in self.states:
                return _refusal("201", "RECORD_NOT_FOUND")
            return _success([{"trangThai": self.states[number]}])
        if (why := self._wrong(number, asked)) is not None:
            return _refusal(*why)
        if number in self.dossiers:
            self.calls["doubled"] += 1
            return _refusal("500", "maHoSo đã tồn tại")
        self.dossiers[number], self.states[number] = dict(asked), "1"
        return _success([])

    def _wrong(self, number: str, asked: Mapping[str, Any]) -> tuple[str, str] | None:
        if not number:
            return "302", "maHoSo không được để trống"
        if not str(asked.get("maDonVi", "")).isdecimal():
            return "106", "maDonVi không tồn tại"
        if asked.get("module") not in KINDS:
            return "302", "module không tồn tại"
        if not DAY.fullmatch(str(asked.get("ngayTiepNhan", ""))):
            return "302", "ngayTiepNhan không đúng định dạng"
        try:
            submitted = etree.fromstring(str(asked.get("data", "")), etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError:
            return "302", "data không đúng định dạng"
        if not submitted.findtext("hoso/nycHoTen"):
            return "200", "nycHoTen không được để trống"
        if self.refused and random.Random(f"{self.seed} {number}").random() < self.refused:
            return "500", "nycSoGiayToTuyThan không tồn tại"
        return None


def _success(value: list[Any]) -> dict[str, Any]:
    return {"status": 1, "statusDescription": "Thành công", "errorCode": "", "value": value}


def _refusal(code: str, text: str) -> dict[str, Any]:
    return {"status": 0, "statusDescription": text, "errorCode": code}
