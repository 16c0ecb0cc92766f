"""An honest little service of the drawn notary WSDL, written apart from connectors and twins: text in, text out."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from connectors import System
from contracts.load import load_contract
from contracts.model import Contract

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "deployments" / "examples" / "notary"
NOW = datetime(2022, 6, 2, 1, 0, 0, tzinfo=UTC)
SPACE = "urn:motlan:notary:drawn:1"
TYPES = "urn:motlan:notary-types:drawn:1"


def notary_contract() -> Contract:
    return load_contract(EXAMPLES / "notary_office.odcs.yaml")


def notary_system(address: str, **options: object) -> System:
    """The example's system file, at another address."""
    data = yaml.safe_load((EXAMPLES / "notary.yaml").read_text(encoding="utf-8"))
    return System(
        data["system"],
        data["title"],
        data["dialect"],
        address,
        {},
        {**data["options"], **options},
        EXAMPLES,
        now=lambda: NOW,
    )


class NotaryDouble:
    """Six organisations on three days; it answers by X-Road's rules where it is asked by them."""

    def __init__(self) -> None:
        self.offices = {
            f"CC79{n:06d}": f"2022-05-{30 + n // 3 if n < 5 else 31:02d}T0{n}:00:00+07:00" for n in range(1, 6)
        }
        self.offices["CC79000006"] = "2022-06-01T07:00:00+07:00"
        self.asked: list[tuple[str, str]] = []
        self.content_type = "text/xml; charset=utf-8"
        self.refuses = ""

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        text = body.decode()
        first, last = (re.search(rf"<\w+:{name}>([\d-]+)<", text)[1] for name in ("tuNgay", "denNgay"))
        self.asked.append((first, last))
        rows = "".join(
            self._office(code, changed) for code, changed in self.offices.items() if first <= changed[:10] <= last
        )
        no = f"<maLoi>{self.refuses}</maLoi>" if self.refuses else ""
        content = f'<danhSachToChucResponse xmlns="{SPACE}">{no}<danhSach>{rows}</danhSach></danhSachToChucResponse>'
        envelope = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{self._header(text, body)}<s:Body>{content}</s:Body></s:Envelope>'
        if "multipart" in self.content_type:
            parts = f"--b-7\r\nContent-Type: text/xml; charset=UTF-8\r\n\r\n{envelope}\r\n--b-7\r\nContent-Type: text/plain\r\nContent-ID: <n>\r\n\r\nx\r\n--b-7--\r\n"
            return 200, self.content_type, parts.encode()
        return (
            200,
            self.content_type,
            envelope.encode("iso-8859-1" if "8859" in self.content_type else "utf-8", "xmlcharrefreplace"),
        )

    def _office(self, code: str, changed: str) -> str:
        seat = "<t:truSo><t:diaChi>Số 7, đường Đinh Tiên Hoàng</t:diaChi></t:truSo>" if code.endswith("2") else ""
        name = f"<t:ten>Văn phòng công chứng số {code[-1]}</t:ten><t:loai>VPCC</t:loai>"
        inside = f"<t:maToChuc>{code}</t:maToChuc>{name}{seat}<t:ngayCapNhat>{changed}</t:ngayCapNhat>"
        return f'<t:toChuc xmlns="{SPACE}" xmlns:t="{TYPES}">{inside}</t:toChuc>'.replace(
            "<t:toChuc", "<toChuc"
        ).replace("</t:toChuc", "</toChuc")

    def _header(self, text: str, body: bytes) -> str:
        """X-Road: the fields of the request in their order, and the hash of its bytes."""
        found = re.search(r"<([\w-]+:)?Header>(.*?)</([\w-]+:)?Header>", text, re.DOTALL)
        if found is None or "xroad.xsd" not in text:
            return ""
        proof = base64.b64encode(hashlib.sha512(body).digest()).decode()
        declared = 'xmlns:h="http://x-road.eu/xsd/xroad.xsd"'
        hashed = (
            f'<h:requestHash {declared} algorithmId="http://www.w3.org/2001/04/xmlenc#sha512">{proof}</h:requestHash>'
        )
        spaces = " ".join(dict.fromkeys(re.findall(r'xmlns:\w+="[^"]*x-road[^"]*"', text)))
        return f"<s:Header {spaces}>{found[2]}{hashed}</s:Header>"
