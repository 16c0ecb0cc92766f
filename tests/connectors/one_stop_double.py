"""Systems that list dossiers or what belongs to them, as page after page by change time: a one-stop system, an e-identification service, a portal."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import parse_qs, urlsplit

from connectors import System
from connectors.rest.dossiers import WIRE
from connectors.systems.e_identification import WIRE as USES
from contracts.model import Contract
from tests.connectors.double import CREDENTIALS, NOW, REGISTRY, contract_of


def dossier_contract() -> Contract:
    return contract_of("dossier", {name: sorted(fields) for name, fields in WIRE.items()})


def uses_contract() -> Contract:
    return contract_of("identification_event", {name: list(fields) for name, fields in USES.items()})


def dossiers() -> list[dict[str, object]]:
    """Seven dossiers, three of them changed in one second."""
    made: list[dict[str, object]] = []
    for number in range(1, 8):
        changed = f"2022060107{min(number, 5):02d}00" if number < 6 else "20220601080000"
        made.append(
            {
                "MaHoSo": f"000.00.01.H29-220601-{number:04d}",
                "MaTTHC": "1.001193",
                "ChuHoSo": f"Nguyễn Thị Hồ Sơ {number}",
                "Fax": "",
                "DinhDanhCHS": [
                    {"LoaiDinhDanh": "2", "SoDinhDanh": "000000001"},
                    {"LoaiDinhDanh": "1", "SoDinhDanh": f"0791900000{number:02d}"},
                ],
                "DSKetNoiCSDL": [{"MaCSDL": "1"}, {"MaCSDL": "7"}],
                "DanhSachTepDinhKemKhac": [{"TenGiayTo": "Tờ khai", "SoLuong": "1"}],
                "NgayCapNhat": changed,
                "TaiLieuNop": [
                    {"TepDinhKemId": f"{number}-{i}", "TenTepDinhKem": f"giấy tờ {i}", "DuocSoHoa": "1"}
                    for i in range(number % 3)
                ],
                "DanhSachLePhi": [{"MaPhiLePhi": "LP1", "HinhThucThu": "1", "Gia": "8000"}] * (number % 3),
                "DanhSachHoSoBoSung": [],
                "DanhSachGiayToKetQua": [{"GiayToId": f"KQ-{number}", "TenGiayTo": "Giấy khai sinh"}],
            }
        )
    return made


def uses() -> list[dict[str, object]]:
    """Seven uses of an e-identification service, three of them in one second."""
    return [
        {
            "maSuKien": f"DD{n:07d}",
            "maThamChieu": f"Q1-THAMCHIEU{n}",
            "MaHoSo": f"000.00.01.H29-220601-{n:04d}",
            "soTruongDienSan": "9",
            "soTruongDaSua": str(n % 3),
            "thoiDiem": "20220601070000",
            "ngayCapNhat": f"2022060107{min(n, 5):02d}00",
        }
        for n in range(1, 8)
    ]


class OneStopDouble:
    """A one-stop system of seven dossiers."""

    changed, number, after = "NgayCapNhat", "MaHoSo", "sauMaHoSo"

    def __init__(self) -> None:
        self.dossiers = self.held()
        self.tokens = 0
        self.revoked = 0
        """Tokens up to this number are no longer taken."""
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def held(self) -> list[dict[str, object]]:
        return dossiers()

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        url = urlsplit(path)
        if url.path.endswith("/token"):
            login = base64.b64encode(f"{CREDENTIALS['client_id']}:{CREDENTIALS['client_secret']}".encode()).decode()
            if headers.get("Authorization") != f"Basic {login}" or body != b"grant_type=client_credentials":
                return 401, "application/json", b"{}"
            self.tokens += 1
            return (
                200,
                "application/json",
                json.dumps(
                    {"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 3600}
                ).encode(),
            )
        token = re.fullmatch(r"Bearer token-(\d+)", headers.get("Authorization", ""))
        if token is None or int(token[1]) <= self.revoked:
            return 401, "application/json", b"{}"
        self.headers.append(headers)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.asked.append(asked)
        return 200, "application/json; charset=utf-8", json.dumps(self.listed(asked), ensure_ascii=False).encode()

    def listed(self, asked: dict[str, str]) -> dict[str, object]:
        """The envelope of one page."""
        after = (asked.get("tuNgay", ""), asked.get(self.after, ""))
        listed = sorted(self.dossiers, key=lambda d: (str(d[self.changed]), str(d[self.number])))
        if self.after in asked:
            listed = [d for d in listed if (d[self.changed], d[self.number]) > after]
        listed = [d for d in listed if after[0] <= str(d[self.changed]) <= asked.get("denNgay", "~")]
        size = int(asked["soLuong"])
        return {
            "error_code": "0",
            "message": "Thành công",
            "count": len(listed[:size]),
            "hasMore": len(listed) > size,
            "result": listed[:size],
        }


class EIdentificationDouble(OneStopDouble):
    """A service of seven uses, behind the same gateway."""

    changed, number, after = "ngayCapNhat", "maSuKien", "sauMaSuKien"

    def held(self) -> list[dict[str, object]]:
        return uses()


class PortalDouble(OneStopDouble):
    """A portal of the same seven dossiers and three procedures: session or token, one address, the service in the body."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions = 0
        self.procedures = [
            {"MaTTHC": f"1.00119{n}", "TenTTHC": f"Thủ tục {n}", "NgayCapNhat": f"2022060107{n:02d}00"}
            for n in (3, 4, 5)
        ]

    def __call__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if path.endswith("/token"):
            return super().__call__(method, path, headers, body)
        asked = json.loads(body)
        if headers.get("Dstcode", headers.get("dstcode")) != "VN:test":
            return self.says({"error_code": -1, "message": "Sai dstcode"})
        if path.endswith("/login"):
            if asked != {"username": CREDENTIALS["username"], "secret": CREDENTIALS["password"]}:
                return self.says({"error_code": -1, "message": "Đăng nhập không thành công"})
            self.sessions += 1
            return self.says({"error_code": 0, "session": f"session-{self.sessions}"})
        token = re.fullmatch(
            r"(?:Bearer token|session)-(\d+)", headers.get("Authorization") or asked.get("session", "")
        )
        if token is None or int(token[1]) <= self.revoked:
            return self.says(
                {"error_code": "-1", "message": "Phiên làm việc đã hết hạn", "count": 0, "hasMore": False, "result": []}
            )
        self.asked.append(asked)
        if asked["madonvi"] != "000.00.00.H29":
            return self.says({"error_code": "-4", "message": "Không có đơn vị"})
        if asked["service"] == "LayThuTuc":
            found = [p for p in self.procedures if p["MaTTHC"] == asked["MaTTHC"]]
            return self.says({"error_code": "0", "message": "Thành công", "count": len(found), "result": found})
        held, self.dossiers = self.dossiers, self.procedures if asked["service"] == "LayDanhSachTTHC" else self.dossiers
        self.number, self.after = (
            ("MaTTHC", "sauMaTTHC") if asked["service"] == "LayDanhSachTTHC" else ("MaHoSo", "sauMaHoSo")
        )
        try:
            return self.says(self.listed(asked))
        finally:
            self.dossiers = held

    def says(self, content: dict[str, object]) -> tuple[int, str, bytes]:
        return 200, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode()


def portal_system(address: str, **options: object) -> System:
    given = {
        "page_size": 3,
        "dstcode": "VN:test",
        "madonvi": "000.00.00.H29",
        "fields": "national-portal/national_procedures.yaml",
        **options,
    }
    return System("national-portal", "Cổng", "national_portal", address, CREDENTIALS, given, REGISTRY, now=lambda: NOW)


def one_stop_system(address: str, **options: object) -> System:
    return System(
        "one-stop-760", "Quận 1", "one_stop", address, CREDENTIALS, {"page_size": 3, **options}, now=lambda: NOW
    )


def e_identification_system(address: str, **options: object) -> System:
    return System(
        "e-identification-760",
        "Định danh",
        "e_identification",
        address,
        CREDENTIALS,
        {"page_size": 3, **options},
        now=lambda: NOW,
    )
