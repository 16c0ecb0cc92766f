"""The Ministry's system as a client: it asks the city for a copy of an entry of its own book, over SOAP and REST.

    POST /control/ask   {address, token, register, id, maDonVi, maHoSo}: ask with the data of a citizen's old paper

An invalid request is 400 with the reason; a Fault of the city is 502 with its code. It is written independently of the
city's service, and compares each reply with the receipt and the twin's own book.
"""

from __future__ import annotations

import base64
import hashlib
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from lxml import etree
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from twins.city.fields import MODULES
from twins.loopback import local
from twins.registry.books import Record, RegisterBook
from twins.registry.signed_question import SOAP, envelope

NS = "urn:motlan:ministry-asks:drawn:1"
N = f"{{{NS}}}"
PERSON = {"birth": "nks", "death": "nkt", "marriage": "vo", "recognition": "nc"}
WANTED = ("address", "token", "register", "id", "maDonVi", "maHoSo")
SHOWN = (
    "soBienNhan",
    "thoiDiem",
    "coQuan",
    "nguoiHoi",
    "biDanh",
    "noiDung",
    "mucDich",
    "canCu",
    "sha256",
    "sha256BanNhap",
)


class Faulted(Exception):
    """The city answered by a SOAP Fault."""


class MojAsks:
    """Asks in one thread, as the Ministry's batch does."""

    def __init__(self, registers: Mapping[str, RegisterBook], credentials: Mapping[str, str]) -> None:
        self._registers = registers
        self._login = (
            credentials.get("client_id", ""),
            credentials.get("client_secret", ""),
        )  # a registry that never asks needs none

    def routes(self) -> list[Route]:
        """Its single path in the control API."""
        return [Route("/control/ask", local(self.ask), methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """Ask over SOAP and fetch over both; returns the results without a value of a person."""
        import anyio.to_thread

        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, str])
            if missing := set(WANTED) - set(asked):
                raise ValueError(f"expected {{{', '.join(WANTED)}}}: without {', '.join(sorted(missing))}")
            record = self._record(asked["register"], asked["id"])
        except ValueError as error:  # msgspec's errors are ValueErrors
            return JSONResponse({"error": str(error)}, status_code=400)
        try:
            return JSONResponse(await anyio.to_thread.run_sync(self._ask, asked, record))
        except Faulted as error:
            return JSONResponse({"error": str(error)}, status_code=502)

    def _record(self, register: str, number: str) -> Record:
        if register not in self._registers:
            raise ValueError(f"no register {register}")
        found = self._registers[register].records([number])
        if number not in found:
            raise ValueError(f"no {register} {number}")
        return found[number]

    def _ask(self, asked: dict[str, str], record: Record) -> dict[str, Any]:
        data = _question(asked["register"], record)
        which = f"<maDonVi>{asked['maDonVi']}</maDonVi>"
        mine = f"<maHoSo>{escape(asked['maHoSo'])}</maHoSo>"
        today = datetime.now(UTC).date().isoformat()
        url = f"{asked['address']}/ministry/soap"
        taken = self._call(
            url,
            "dangKyHoTich",
            f"{which}<module>BS</module>{mine}<ngayTiepNhan>{today}</ngayTiepNhan><data>{escape(data)}</data>",
        )
        state = self._call(url, "traTrangThaiHoSo", which + mine)
        answer = {
            "status": taken.findtext(f"{N}status"),
            "trangThai": state.findtext(f"{N}trangThai"),
            "chiTiet": [each.text for each in state.iterfind(f"{N}chiTiet")],
        }
        if answer["trangThai"] != "4":
            return answer
        result = self._call(url, "ketQuaDangKyHS", which + mine)
        over_rest = _rest(asked, "ketQuaDangKyHS", {"maDonVi": asked["maDonVi"], "maHoSo": asked["maHoSo"]})["value"]
        receipt = {name: result.findtext(f"{N}bienNhan/{N}{name}") for name in SHOWN}
        held, draft = result.findtext(f"{N}duLieu", ""), base64.b64decode(result.findtext(f"{N}banNhap", ""))
        name = f"{PERSON[asked['register']]}HoTen"
        checks = {
            "data is what the receipt says": hashlib.sha256(held.encode()).hexdigest() == receipt["sha256"],
            "draft is what the receipt says": hashlib.sha256(draft).hexdigest() == receipt["sha256BanNhap"],
            "REST hands over the same": over_rest["duLieu"] == held and over_rest["bienNhan"] == receipt,
            "it is the entry of the Ministry's own book": etree.fromstring(held).findtext(f"hoso/{name}")
            == record[name],
        }
        return answer | {"soTrichLuc": result.findtext(f"{N}soTrichLuc"), "bienNhan": receipt, "checks": checks}

    def _call(self, url: str, operation: str, inside: str) -> etree._Element:
        body = f'<{operation} xmlns="{NS}">{inside}</{operation}>'
        reply = etree.fromstring(_post(url, envelope(*self._login, body), {"Content-Type": "text/xml; charset=utf-8"}))
        found = reply.find(f"{{{SOAP}}}Body/{N}{operation}Response")
        if found is None:
            raise Faulted(f"{operation} was answered by a Fault: {reply.findtext(f'.//{N}maLoi')}")
        return found


def _question(register: str, record: Record) -> str:
    """The fields of module BS, as on the citizen's old paper."""
    person = PERSON[register]
    number = record.get("nksSoDDCN") if register == "birth" else record.get(f"{person}SoGiayToTuyThan")
    family, *middle, given = (record[f"{person}HoTen"] or "").split()
    fields = {
        "loaiBanSao": {name: code for code, name in MODULES.items()}[register],
        "noiDangKyTruocDay": record["noiDangKy"],
        "soDangKyTruocDay": record["so"],
        "quyenSoDangKyTruocDay": record["quyenSo"],
        "ngayDangKyTruocDay": record["ngayDangKy"],
        "cbsSoGiayToTuyThan": number,
    }
    names = "".join(
        f"<{part}>{escape(text)}</{part}>"
        for part, text in (("Ho", family), ("ChuDem", " ".join(middle)), ("Ten", given))
    )
    return f"<hotich><hoso>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in fields.items() if v)}<cbsHoTen>{names}</cbsHoTen></hoso></hotich>"


def _rest(asked: dict[str, str], operation: str, body: dict[str, str]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {asked['token']}", "Content-Type": "application/json"}
    return msgspec.json.decode(
        _post(f"{asked['address']}/ministry/{operation}", msgspec.json.encode(body), headers), type=dict[str, Any]
    )


def _post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as reply:
            return bytes(reply.read())
    except urllib.error.HTTPError as error:
        return error.read()
