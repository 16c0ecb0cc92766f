"""What the national portal is submitted: it keeps dossiers and steps, refuses by rule, and loses replies as it is submitted to.

    DongBoHoSoMC          {isUpdating, data: [dossier]}
    CapNhatTienDoHoSoMC   {data: [step]}, ten at most
    TraCuuHoSo            {MaHoSo}: the dossier as it was submitted, with DanhSachTienDo; without MaHoSo it is the listing
    GET /control/portal   what it holds and how often each service was called; DELETE empties it

A dossier of a procedure that the catalogue does not have, with a state of no list, a summary that is too long or a time
in another form is refused by itself, inside a reply that succeeds.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.loopback import local
from twins.services.paged_store import STAMP, Record, refusal

DOSSIERS, PROGRESS, QUESTION = "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "TraCuuHoSo"
STEPS_A_CALL = 10
STATES = {str(number) for number in range(1, 11)}
LONGEST_SUMMARY = 1000
_MOMENTS = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayTra", "NgayKetThucXuLy", "NgayTuChoi")


@dataclass
class PortalReceipts:
    """One portal's receiving side."""

    procedures: Collection[str]
    """MaTTHC of its catalogue; empty: any is taken."""
    seed: int = 0
    lost: float = 0.0
    """Share of calls that are kept, and whose reply is lost."""
    refused: float = 0.0
    """Share of dossiers that it refuses whatever they say, always the same ones."""
    dossiers: dict[str, Record] = field(default_factory=dict)
    steps: dict[str, list[Record]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    """Service -> calls; `created`, `updated`: dossiers."""
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def routes(self) -> list[Route]:
        """Its path in the control API."""
        return [Route("/control/portal", local(self.control), methods=["GET", "DELETE"])]

    async def control(self, request: Request) -> Response:
        """What it holds: numbers of dossiers with their states and how many steps each has; no person."""
        if request.method == "DELETE":
            self.dossiers.clear()
            self.steps.clear()
            self.calls.clear()
        held = {
            number: {"state": each.get("TrangThaiHoSo"), "steps": len(self.steps.get(number, []))}
            for number, each in self.dossiers.items()
        }
        return JSONResponse({"dossiers": held, "calls": dict(self.calls)})

    def serves(self, asked: Mapping[str, Any]) -> bool:
        """Whether a call is of this side."""
        return asked.get("service") in (DOSSIERS, PROGRESS) or (asked.get("service") == QUESTION and "MaHoSo" in asked)

    def loses(self) -> bool:
        """Whether the reply to the call that was just made is lost."""
        return self.lost > 0 and self._chance.random() < self.lost

    def answer(self, asked: Mapping[str, Any]) -> Record:
        """The envelope of a reply."""
        service = str(asked["service"])
        self.calls[service] += 1
        if service == QUESTION:
            number = str(asked["MaHoSo"])
            held = self.dossiers.get(number)
            found = [] if held is None else [{**held, "DanhSachTienDo": self.steps.get(number, [])}]
            return _success(found)
        rows = asked.get("data")
        if not isinstance(rows, list) or not rows or not all(isinstance(each, dict) for each in rows):
            return refusal("-2", "data phải là danh sách")
        if service == PROGRESS:
            if len(rows) > STEPS_A_CALL:
                return refusal("-2", f"Không quá {STEPS_A_CALL} bước một lần")
            return _success([self._step(each) for each in rows])
        updating = asked.get("isUpdating")
        if not isinstance(updating, bool):
            return refusal("-2", "isUpdating phải là true hoặc false")
        return _success([self._dossier(each, updating) for each in rows])

    def _dossier(self, submitted: Record, updating: bool) -> Record:
        number = str(submitted.get("MaHoSo", ""))
        if (why := self._wrong(submitted)) is not None:
            return _verdict(number, *why)
        if not updating and number in self.dossiers:
            return _verdict(number, "-3", "Hồ sơ đã tồn tại")
        if updating and number not in self.dossiers:
            return _verdict(number, "-4", "Hồ sơ chưa tồn tại")
        self.calls["updated" if updating else "created"] += 1
        self.dossiers[number] = submitted
        return _verdict(number, "0", "Thành công")

    def _step(self, submitted: Record) -> Record:
        number = str(submitted.get("MaHoSo", ""))
        if number not in self.dossiers:
            return _verdict(number, "-4", "Hồ sơ chưa tồn tại")
        if submitted.get("TrangThai") not in STATES:
            return _verdict(number, "-5", "TrangThai không có trong danh mục")
        if not STAMP.fullmatch(str(submitted.get("ThoiDiemXuLy", ""))):
            return _verdict(number, "-5", "ThoiDiemXuLy không đúng định dạng")
        steps = self.steps.setdefault(number, [])
        if any(
            (each["ThoiDiemXuLy"], each["TrangThai"]) == (submitted["ThoiDiemXuLy"], submitted["TrangThai"])
            for each in steps
        ):
            return _verdict(number, "-3", "Bước xử lý đã tồn tại")
        steps.append(submitted)
        return _verdict(number, "0", "Thành công")

    def _wrong(self, submitted: Record) -> tuple[str, str] | None:
        number = str(submitted.get("MaHoSo", ""))
        if not re.fullmatch(r"[0-9A-Z.]+-[0-9]{6,8}-[0-9]{4,7}", number):
            return "-5", "MaHoSo không đúng định dạng"
        if self.procedures and submitted.get("MaTTHC") not in self.procedures:
            return "-6", "MaTTHC không có trong danh mục"
        if submitted.get("TrangThaiHoSo") not in STATES:
            return "-5", "TrangThaiHoSo không có trong danh mục"
        if len(str(submitted.get("TrichYeuHoSo", ""))) > LONGEST_SUMMARY:
            return "-5", "TrichYeuHoSo có độ dài vượt quá 1000"
        for name in _MOMENTS:
            if (value := submitted.get(name, "")) and not STAMP.fullmatch(str(value)):
                return "-5", f"{name} không đúng định dạng"
        if self.refused and random.Random(f"{self.seed} {number}").random() < self.refused:
            return "-7", "DonViXuLy không tồn tại"
        return None


def _success(result: list[Record]) -> Record:
    return {"error_code": "0", "message": "Thành công", "count": len(result), "hasMore": False, "result": result}


def _verdict(number: str, code: str, message: str) -> Record:
    return {"MaHoSo": number, "error_code": code, "message": message}
