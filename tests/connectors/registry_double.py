"""The registry of eight births, over SOAP and as its REST facade tells it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from connectors import System
from contracts.model import Contract
from tests.connectors.double import CREDENTIALS, NOW, REGISTRY, contract_of

FORMS = Path(__file__).parent / "forms"
"""Forms of the REST facade that no deployment reads: their maps, and systems that speak them to the twins."""
NAMESPACE = "urn:motlan:moj-registry:drawn:1"


def birth_fields() -> list[str]:
    """The fields of a birth as the XSD lists them, read with a plain regular expression."""
    xsd = (REGISTRY / "moj-registry" / "registry.xsd").read_text()
    block = xsd[xsd.index('complexType name="khaiSinh"') :]
    return re.findall(r'<xs:element name="(\w+)"', block[: block.index("</xs:complexType>")])


def birth_contract() -> Contract:
    return contract_of("birth", {"birth": birth_fields()})


def registry_options() -> dict[str, object]:
    digest = {
        n: hashlib.sha256((REGISTRY / "moj-registry" / f"registry.{n}").read_bytes()).hexdigest()
        for n in ("wsdl", "xsd")
    }
    return {
        "wsdl": "moj-registry/registry.wsdl",
        "wsdl_sha256": digest["wsdl"],
        "xsd": "moj-registry/registry.xsd",
        "xsd_sha256": digest["xsd"],
        "maTinh": "79",
        "first_day": "2022-05-30",
        "page_size": 3,
    }


def births() -> dict[str, dict[str, str]]:
    """Eight births on two days, one of them not complete."""
    made = {}
    for number in range(1, 9):
        day = 31 if number <= 5 else 1
        month = 5 if number <= 5 else 6
        made[str(1000 + number)] = {
            "id": str(1000 + number),
            "maDonVi": "27007",
            "ngayCapNhat": f"2022-{month:02d}-{day:02d}T09:{number:02d}:00+07:00",
            "so": str(number),
            "quyenSo": "01/2022",
            "nksHoTen": f"Trần Văn Khai Sinh {number}",
            "nksNgaySinh": "05.2022" if number == 4 else "15.05.2022",
            "ghiChu": "A & B < C" if number == 2 else "",
        }
    return made


class RegistryDouble:
    """A registry of eight births; the fifth is refused as not complete."""

    def __init__(self) -> None:
        self.births = births()
        self.incomplete = {"1005"}
        self.nonces: list[str] = []
        self.days: list[str] = []
        self.sent: list[bytes] = []

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        self.sent.append(body)
        text = body.decode()
        if not self._accepts(text):
            return 500, "text/xml; charset=utf-8", self._fault("100")
        ids = re.findall(r"<\w+:id>(\d+)</", text)
        if "traDanhSachHoSo" in text:
            rows = "".join(self._record(i) for i in ids if i in self.births and i not in self.incomplete)
            rows += "".join(
                f"<loi><id>{i}</id><maLoi>{200 if i in self.incomplete else 201}</maLoi></loi>"
                for i in ids
                if i in self.incomplete or i not in self.births
            )
            return self._reply(f'<traDanhSachHoSoResponse xmlns="{NAMESPACE}">{rows}</traDanhSachHoSoResponse>')
        if "dsHoSoDangKy" in text:
            day = re.search(r"ngayCapNhat>([\d-]+)<", text)[1]
            self.days.append(day)
            held = "".join(
                f"<hoSo><id>{i}</id><maDonVi>{b['maDonVi']}</maDonVi></hoSo>"
                for i, b in self.births.items()
                if b["ngayCapNhat"][:10] == day
            )
            return self._reply(
                f'<dsHoSoDangKyResponse xmlns="{NAMESPACE}"><danhSach>{held}</danhSach></dsHoSoDangKyResponse>'
            )
        if "traHoSo" in text:
            wanted = re.search(r"maHoSo>(\d+)<", text)[1]
            if wanted not in self.births or wanted in self.incomplete:
                return 500, "text/xml", self._fault("200" if wanted in self.births else "201")
            return self._reply(f'<traHoSoResponse xmlns="{NAMESPACE}">{self._record(wanted)}</traHoSoResponse>')
        return self._reply(
            f'<danhMucResponse xmlns="{NAMESPACE}"><muc><ma>1</ma><ten>CMND</ten></muc><muc><ma>4</ma><ten>CCCD</ten></muc></danhMucResponse>'
        )

    def _accepts(self, text: str) -> bool:
        """Checks the UsernameToken by the profile's formula; a nonce is good for one call."""
        part = {
            n: m[1]
            for n in ("Username", "Password", "Nonce", "Created")
            if (m := re.search(rf"<\w+:{n}(?: [^>]*)?>([^<]*)<", text))
        }
        if set(part) != {"Username", "Password", "Nonce", "Created"} or part["Nonce"] in self.nonces:
            return False
        self.nonces.append(part["Nonce"])
        digest = hashlib.sha1(
            base64.b64decode(part["Nonce"]) + part["Created"].encode() + CREDENTIALS["password"].encode()
        ).digest()
        return (
            part["Username"] == CREDENTIALS["username"]
            and part["Created"] == "2022-06-02T01:00:00Z"
            and part["Password"] == base64.b64encode(digest).decode()
        )

    def _record(self, record_id: str) -> str:
        known = self.births[record_id]
        return (
            "<hoSo><khaiSinh>"
            + "".join(f"<{f}>{escape(known[f])}</{f}>" for f in birth_fields() if f in known)
            + "</khaiSinh></hoSo>"
        )

    def _reply(self, content: str) -> tuple[int, str, bytes]:
        envelope = f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{content}</soap:Body></soap:Envelope>'
        return 200, "text/xml; charset=utf-8", envelope.encode()

    def _fault(self, code: str) -> bytes:
        fault = f'<soap:Fault><faultcode>soap:Client</faultcode><faultstring>no</faultstring><detail><maLoi xmlns="{NAMESPACE}">{code}</maLoi></detail></soap:Fault>'
        return f'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{fault}</soap:Body></soap:Envelope>'.encode()


Spoil = Callable[[str], str]
"""Changes the records of a reply."""


class BrokenRegistry(RegistryDouble):
    """A registry of which some records are broken, in whichever reply they come."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[str, Spoil] = {}
        """By the id of the record."""
        self.listing: Spoil = lambda text: text

    def _record(self, record_id: str) -> str:
        return self.broken.get(record_id, lambda text: text)(super()._record(record_id))

    def _reply(self, content: str) -> tuple[int, str, bytes]:
        status, kind, body = super()._reply(self.listing(content) if "<danhSach>" in content else content)
        return status, kind, body.replace("\ufffe".encode(), b"\xff")


class FacadeDouble(RegistryDouble):
    """The same registry as its REST facade tells it: as XML, or as JSON in parts."""

    def __init__(self, form: str = "xml") -> None:
        super().__init__()
        self.form = form
        self.tokens = 0
        self.revoked = 0
        """Tokens up to this number are no longer taken: code 100 inside HTTP 200."""
        self.headers: list[dict[str, str]] = []

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        service = path.rpartition("/")[2]
        if service == "token":
            self.tokens += 1
            return (
                200,
                "application/json",
                json.dumps({"access_token": f"token-{self.tokens}", "expires_in": 3600}).encode(),
            )
        self.sent.append(body)
        self.headers.append(headers)
        token = re.fullmatch(r"Bearer token-(\d+)", headers.get("Authorization", ""))
        if token is None or int(token[1]) <= self.revoked:
            return self._json({"status": 0, "statusDescription": "AUTHEN_ERROR", "errorCode": "100"})
        return self._json({"status": 1, "statusDescription": "Thành công"} | getattr(self, service)(json.loads(body)))

    def dsHoSoDangKy(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.days.append(asked["ngayCapNhat"])
        return {
            "value": [
                {"id": i, "maDonVi": b["maDonVi"]}
                for i, b in self.births.items()
                if b["ngayCapNhat"][:10] == asked["ngayCapNhat"]
            ]
        }

    def traDanhSachHoSo(self, asked: dict[str, Any]) -> dict[str, Any]:
        ids = asked["dsMaHoSo"]
        codes = {i: "200" if i in self.births else "201" for i in ids if i in self.incomplete or i not in self.births}
        shown = [self.births[i] for i in ids if i not in codes]
        return {"data": self._data(shown), "errors": [{"id": i, "errorCode": code} for i, code in codes.items()]}

    def traHoSo(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["maHoSo"] not in self.births:
            return {"status": 0, "errorCode": 201}
        return {"data": self._data([self.births[asked["maHoSo"]]])}

    def danhMuc(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"value": [{"ma": "1", "ten": "CMND"}, {"ma": 4, "ten": "CCCD"}]}

    def _data(self, births: list[dict[str, str]]) -> str:
        if self.form == "xml":
            return (
                "<hotich>"
                + "".join(
                    "<hoso>" + "".join(f"<{f}>{escape(v)}</{f}>" for f, v in b.items()) + "</hoso>" for b in births
                )
                + "</hotich>"
            )
        return json.dumps({"hoso": [self._parted(birth) for birth in births]}, ensure_ascii=False)

    def _parted(self, birth: dict[str, str]) -> dict[str, object]:
        parted: dict[str, object] = {("soDangKy" if name == "so" else name): value for name, value in birth.items()}
        first, *middle, last = birth["nksHoTen"].split(" ")
        parts = birth["nksNgaySinh"].split(".")
        parted["nksHoTen"] = {"Ho": first, "ChuDem": " ".join(middle), "Ten": last}
        parted["nksNgaySinh"] = dict(zip(("namSinh", "thangSinh", "ngaySinh"), reversed(parts), strict=False))
        return parted | {"nksGioiTinh": 1, "meSoDDCN": None}

    def _json(self, content: dict[str, Any]) -> tuple[int, str, bytes]:
        return 200, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode()


def registry_system(address: str, **options: object) -> System:
    return System(
        "moj-registry",
        "Hộ tịch",
        "moj_registry",
        address,
        CREDENTIALS,
        {**registry_options(), **options},
        REGISTRY,
        now=lambda: NOW,
    )


def facade_system(address: str, **options: object) -> System:
    given = {
        "data": "xml",
        "fields": "moj-registry-rest/register",
        "maTinh": "79",
        "first_day": "2022-05-30",
        "page_size": 3,
    }
    return System(
        "moj-registry-rest",
        "Hộ tịch",
        "moj_registry_rest",
        address,
        CREDENTIALS,
        {**given, **options},
        REGISTRY,
        now=lambda: NOW,
    )


def facade_json_system(address: str, **options: object) -> System:
    return facade_system(address, **{"data": "json", "fields": str(FORMS / "structured"), **options})
