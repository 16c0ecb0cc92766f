"""The national population database: answers about one person, yes or no to each given fact.

    POST /population/token            OAuth2 client credentials
    POST /population/xacThucCongDan   {maYeuCau, madonvi, maHoSo, mucDich, soDinhDanh, hoTen, ngaySinh}

The dialect is our assumption. The database has the living of the same city, and does not know the numbers of the dead.
A question needs agency, dossier and purpose.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.city.columns import NEVER
from twins.clock import Clock
from twins.faults import Faults, InjectedFault, with_wire_fault
from twins.people.table import PersonTable
from twins.replies import json_reply
from twins.services.lgsp import Gateway

SYSTEM = "population-db"
PLAYS = ("refused", "more-than-asked", "wrong-facts")
SURPRISE = "12 đường Không Ai Hỏi, phường Mẫu"
"""Content of a reply that says too much."""


@dataclass(frozen=True)
class Residents:
    """The living who have a number."""

    numbers: NDArray[np.int64]
    """Sorted."""
    names: pl.Series
    born: NDArray[np.int32]

    @classmethod
    def of(cls, people: PersonTable) -> Residents:
        """Of a city's people."""
        rows = np.flatnonzero((people.died == NEVER) & people.personal_id.is_not_null().to_numpy())
        numbers = people.personal_id.gather(rows).cast(pl.Int64).to_numpy()
        order = np.argsort(numbers, kind="stable")
        return cls(numbers[order], people.name.gather(rows[order]), people.born[rows[order]])

    def find(self, number: str) -> tuple[str, str] | None:
        """Name and birth date (yyyy-MM-dd) of who has a number."""
        if not (number.isascii() and number.isdigit() and len(number) == 12):
            return None
        place = int(np.searchsorted(self.numbers, int(number)))
        if place >= len(self.numbers) or int(self.numbers[place]) != int(number):
            return None
        return str(self.names[place]), (date(1970, 1, 1) + timedelta(days=int(self.born[place]))).isoformat()


@dataclass
class Population:
    """The database's one service."""

    residents: Residents
    gateway: Gateway
    clock: Clock
    faults: Faults
    asked: int = field(default=0)
    """Questions that were answered."""

    def routes(self) -> list[Route]:
        """Its paths."""
        return [
            Route("/population/token", self.token, methods=["POST"]),
            Route("/population/xacThucCongDan", self.confirm, methods=["POST"]),
        ]

    def count(self) -> int:
        """Questions that were answered so far: nothing of it is ever read."""
        return self.asked

    async def token(self, request: Request) -> Response:
        """A bearer token."""
        fault = self.faults.take(SYSTEM, "token", request.url.path)
        return with_wire_fault(await self.gateway.token(request, SYSTEM), fault)

    async def confirm(self, request: Request) -> Response:
        """Whether a number is known, and which facts agree."""
        fault = self.faults.take(SYSTEM, "xacThucCongDan", request.url.path, PLAYS)
        refused = self.gateway.refuses(request, SYSTEM)
        if refused is not None:
            return with_wire_fault(refused, fault)
        try:
            question = msgspec.json.decode(await request.body(), type=dict[str, str])
        except (msgspec.DecodeError, UnicodeDecodeError):
            question = {}
        return with_wire_fault(json_reply(request, self.clock, self._answer(question, fault)), fault)

    def _answer(self, question: dict[str, str], fault: InjectedFault | None) -> dict[str, object]:
        kind = fault.kind if fault else ""
        if kind == "refused":
            return {"error_code": "-9", "message": "Đơn vị chưa được cấp quyền khai thác"}
        if not all(question.get(name) for name in ("maYeuCau", "madonvi", "mucDich", "soDinhDanh")):
            return {"error_code": "-2", "message": "Thiếu thông tin bắt buộc"}
        self.asked += 1
        found = self.residents.find(question["soDinhDanh"])
        answer: dict[str, object] = {"error_code": "0", "message": "Thành công", "tonTai": found is not None}
        if found is not None:
            name, born = found
            facts = {
                "hoTen": _plain(question.get("hoTen", "")) == _plain(name),
                "ngaySinh": born.startswith(question.get("ngaySinh") or "-"),
            }
            answer["khop"] = {fact: agrees for fact, agrees in facts.items() if fact in question}
        if kind == "more-than-asked":
            answer |= {"noiThuongTru": SURPRISE}
        if kind == "wrong-facts":
            answer |= {"tonTai": True, "khop": {"noiThuongTru": True}}
        return answer


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
