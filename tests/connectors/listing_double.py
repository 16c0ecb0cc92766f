"""A district's register of household businesses as a JSON listing with members, in each of the four ways of paging."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors import System
from contracts.model import Classification, Contract, Dataset, Field, Kind
from tests.connectors.double import CREDENTIALS, NOW

FORM = "%d/%m/%Y %H:%M:%S"
PAGING: dict[str, dict[str, object]] = {
    "page": {"by": "page", "parameter": "trang", "size": "soDong"},
    "offset": {"by": "offset", "parameter": "boQua", "size": "soDong"},
    "keyset": {"by": "keyset", "after": {"tuNgay": "capNhat", "sauMa": "ma"}, "size": "soDong"},
    "link": {"by": "link", "next": "duLieu.tiep", "size": "soDong"},
}


def business_contract() -> Contract:
    """Household businesses and their members."""

    def text(name: str, position: int | None = None) -> Field:
        return Field(name, name.lower(), name, name, Kind.TEXT, Classification.NONE, key_position=position)

    time = Field("ngayCapNhat", "ngaycapnhat", "x", "x", Kind.TIMESTAMP, Classification.NONE)
    fields = (text("maSo", 1), text("ten"), text("chuHo"), text("trangThai"), text("ghiChu"), time)
    members = (text("maSo", 1), text("thuTu", 2), text("hoTen"), time)
    return Contract(
        "household_business", "household_business", "1.0.0", "x", "x", "", "", "", "", {},
        (
            Dataset("household_business", "household_business", "x", "x", fields, (), "ngayCapNhat"),
            Dataset("household_member", "household_member", "x", "x", members, (), "ngayCapNhat", "household_business", ("maSo",)),
        ),
        Path("household_business.odcs.yaml"),
    )  # fmt: skip


def businesses() -> list[dict[str, object]]:
    """Seven, three of them changed in one second, as the source writes them."""
    return [
        {
            "ma": f"HK-{number:04d}",
            "ten": {"dayDu": f"Hộ kinh doanh mẫu số {number}", "tat": None},
            "chuHo": f"Trần Văn Hộ Kinh {number}",
            "trangThai": number % 2,
            "capNhat": f"01/06/2022 07:{min(number, 5):02d}:00",
            "thanhVien": [{"hoTen": f"Lê Thị Thành Viên {number}-{each}"} for each in range(number % 3)] or None,
        }
        for number in range(1, 8)
    ]


def listing_plan(by: str) -> dict[str, object]:
    """What a deployment declares of it."""
    proof = {"keyset": {"more": "duLieu.conNua"}, "link": {}}.get(by, {"total": "duLieu.tongSo"})
    beside = [f"/duLieu.{name}" for name in ("tongSo", "conNua", "tiep")]
    return {
        "path": "ho-kinh-doanh",
        "records": "duLieu.danhSach",
        "count": "duLieu.soDong",
        "success": {"at": "maLoi", "is": ["00"]},
        "paging": PAGING[by],
        "window": {"from": "tuNgay", "until": "denNgay", "form": "dd/MM/yyyy HH:mm:ss"},
        "ask": {"maTinh": "97"},
        "fields": {
            "maSo": "ma",
            "ten": "ten.dayDu",
            "chuHo": "chuHo",
            "trangThai": "trangThai",
            "ghiChu": None,
            "ngayCapNhat": "capNhat",
        },
        "children": {
            "household_member": {
                "records": "thanhVien",
                "fields": {"maSo": "^ma", "thuTu": "#", "hoTen": "hoTen", "ngayCapNhat": "^capNhat"},
            }
        },
        "left_out": beside,
        **proof,
    }


def listing_system(address: str, by: str = "page", **options: object) -> System:
    """The district as a deployment describes it."""
    given = {
        "page_size": 3,
        "login": "key",
        "key_header": "X-Ma-Truy-Cap",
        "listings": {"household_business": listing_plan(by)},
        "times": {
            "household_business": {"ngayCapNhat": "dd/MM/yyyy HH:mm:ss"},
            "household_member": {"ngayCapNhat": "dd/MM/yyyy HH:mm:ss"},
        },
        "values": {"household_business": {"trangThai": {"0": "closed", "1": "active"}}},
        **options,
    }
    return System("households-971", "Hộ kinh doanh", "json_listing", address, CREDENTIALS, given, now=lambda: NOW)


class ListingDouble:
    """The register, asked in one way of paging."""

    def __init__(self, by: str = "page") -> None:
        self.by, self.records = by, businesses()
        self.asked: list[dict[str, str]] = []

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if headers.get("X-Ma-Truy-Cap") != CREDENTIALS["access_key"]:
            return 401, "application/json", b"{}"
        url = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.asked.append(asked)
        assert "97" == asked["maTinh"]
        size, moment = int(asked["soDong"]), lambda text: datetime.strptime(text, FORM)
        found = sorted(self.records, key=lambda each: (moment(each["capNhat"]), each["ma"]))
        if "tuNgay" in asked:
            after = (moment(asked["tuNgay"]), asked.get("sauMa", ""))
            found = [each for each in found if (moment(each["capNhat"]), each["ma"]) > after]
        if "denNgay" in asked:
            found = [each for each in found if moment(each["capNhat"]) <= moment(asked["denNgay"])]
        start = {
            "page": (int(asked.get("trang", "1")) - 1) * size,
            "offset": int(asked.get("boQua", "0")),
            "link": int(asked.get("tu", "0")),
        }.get(self.by, 0)
        page, more = found[start : start + size], len(found) > start + size
        following = f"{url.path}?{urlencode({**asked, 'tu': start + size})}" if more and self.by == "link" else None
        data = {"danhSach": page, "soDong": len(page), "tongSo": len(found), "conNua": more, "tiep": following}
        content = json.dumps({"maLoi": "00", "duLieu": data}, ensure_ascii=False).encode()
        return 200, "application/json; charset=utf-8", content


__all__ = ["ListingDouble", "business_contract", "businesses", "listing_plan", "listing_system"]
