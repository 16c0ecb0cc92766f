"""Three honest little systems on real sockets, written apart from the connectors and from the twins.

They hold a handful of records and keep to their dialect to the letter; everything that goes wrong
in these tests is done to their answers by `connectors.fault_proxy`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from connectors import Source, System, open_source
from connectors.conformance import DIALECT_FAULTS, Target
from connectors.dossiers import WIRE
from connectors.systems.e_identification import WIRE as USES
from contracts.load import load_contracts
from contracts.model import Classification, Contract, Dataset, Field, Kind
from tests.connectors.notary_double import NotaryDouble, notary_contract, notary_system

D = TypeVar("D")
ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "deployments" / "hcmc" / "systems"
NAMESPACE = "urn:motlan:moj-registry:drawn:1"
NOW = datetime(2022, 6, 2, 1, 0, 0, tzinfo=UTC)
CREDENTIALS = {
    "client_id": "client-7f3a",
    "client_secret": "sécret-51c9",
    "access_key": "access-88d1",
    "secret_key": "secret-a0b2",
    "app_name": "motlan-app",
    "partner_code": "partner-79",
    "username": "hub-user",
    "password": "mật-khẩu-19",
}


def contract_of(name: str, datasets: dict[str, list[str]]) -> Contract:
    """A contract that promises just these fields."""

    def field(wire: str) -> Field:
        return Field(wire, wire.lower(), wire, wire, Kind.TEXT, Classification.NONE)

    head = next(iter(datasets))
    made = tuple(Dataset(each, each, each, each, tuple(map(field, wires)), (), None, parent=None if each == head else head) for each, wires in datasets.items())
    return Contract(name, name, "1.0.0", name, name, "", "", "", "", {}, made, Path(f"{name}.odcs.yaml"))


def dossier_contract() -> Contract:
    return contract_of("dossier", {name: sorted(fields) for name, fields in WIRE.items()})


def birth_fields() -> list[str]:
    """The fields of a birth as the XSD lists them, read with a plain regular expression."""
    xsd = (REGISTRY / "moj-registry" / "registry.xsd").read_text()
    block = xsd[xsd.index('complexType name="khaiSinh"') :]
    return re.findall(r'<xs:element name="(\w+)"', block[: block.index("</xs:complexType>")])


def registry_options() -> dict[str, object]:
    digest = {n: hashlib.sha256((REGISTRY / "moj-registry" / f"registry.{n}").read_bytes()).hexdigest() for n in ("wsdl", "xsd")}
    return {
        "wsdl": "moj-registry/registry.wsdl",
        "wsdl_sha256": digest["wsdl"],
        "xsd": "moj-registry/registry.xsd",
        "xsd_sha256": digest["xsd"],
        "maTinh": "79",
        "first_day": "2022-05-30",
        "page_size": 3,
    }


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
                "DinhDanhCHS": [{"LoaiDinhDanh": "2", "SoDinhDanh": "000000001"}, {"LoaiDinhDanh": "1", "SoDinhDanh": f"0791900000{number:02d}"}],
                "DSKetNoiCSDL": [{"MaCSDL": "1"}, {"MaCSDL": "7"}],
                "DanhSachTepDinhKemKhac": [{"TenGiayTo": "Tờ khai", "SoLuong": "1"}],
                "NgayCapNhat": changed,
                "TaiLieuNop": [{"TepDinhKemId": f"{number}-{i}", "TenTepDinhKem": f"giấy tờ {i}", "DuocSoHoa": "1"} for i in range(number % 3)],
                "DanhSachLePhi": [{"MaPhiLePhi": "LP1", "HinhThucThu": "1", "Gia": "8000"}] * (number % 3),
                "DanhSachHoSoBoSung": [],
                "DanhSachGiayToKetQua": [{"GiayToId": f"KQ-{number}", "TenGiayTo": "Giấy khai sinh"}],
            }
        )
    return made


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


@contextmanager
def served(answer: Callable[[str, str, dict[str, str], bytes], tuple[int, str, bytes]], path: str, *, clock: datetime | None = NOW) -> Iterator[str]:
    """The address of a server that answers by (method, path, headers, body) -> (status, type, body)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, media_type, content = answer(self.command, self.path, dict(self.headers.items()), body)
            self.send_response_only(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Digest", f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:")
            if clock is not None:
                self.send_header("Date", format_datetime(clock, usegmt=True))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def uses() -> list[dict[str, object]]:
    """Seven uses of an e-identification service, three of them in one second."""
    return [
        {"maSuKien": f"DD{n:07d}", "maThamChieu": f"Q1-THAMCHIEU{n}", "MaHoSo": f"000.00.01.H29-220601-{n:04d}", "soTruongDienSan": "9", "soTruongDaSua": str(n % 3),
         "thoiDiem": "20220601070000", "ngayCapNhat": f"2022060107{min(n, 5):02d}00"}
        for n in range(1, 8)
    ]  # fmt: skip


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
            return 200, "application/json", json.dumps({"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 3600}).encode()
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
        return {"error_code": "0", "message": "Thành công", "count": len(listed[:size]), "hasMore": len(listed) > size, "result": listed[:size]}


class EIdentificationDouble(OneStopDouble):
    """A service of seven uses, behind the same gateway."""

    changed, number, after = "ngayCapNhat", "maSuKien", "sauMaSuKien"

    def held(self) -> list[dict[str, object]]:
        return uses()


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
            rows += "".join(f"<loi><id>{i}</id><maLoi>{200 if i in self.incomplete else 201}</maLoi></loi>" for i in ids if i in self.incomplete or i not in self.births)
            return self._reply(f'<traDanhSachHoSoResponse xmlns="{NAMESPACE}">{rows}</traDanhSachHoSoResponse>')
        if "dsHoSoDangKy" in text:
            day = re.search(r"ngayCapNhat>([\d-]+)<", text)[1]
            self.days.append(day)
            held = "".join(f"<hoSo><id>{i}</id><maDonVi>{b['maDonVi']}</maDonVi></hoSo>" for i, b in self.births.items() if b["ngayCapNhat"][:10] == day)
            return self._reply(f'<dsHoSoDangKyResponse xmlns="{NAMESPACE}"><danhSach>{held}</danhSach></dsHoSoDangKyResponse>')
        if "traHoSo" in text:
            wanted = re.search(r"maHoSo>(\d+)<", text)[1]
            if wanted not in self.births:
                return 500, "text/xml", self._fault("201")
            return self._reply(f'<traHoSoResponse xmlns="{NAMESPACE}">{self._record(wanted)}</traHoSoResponse>')
        return self._reply(f'<danhMucResponse xmlns="{NAMESPACE}"><muc><ma>1</ma><ten>CMND</ten></muc><muc><ma>4</ma><ten>CCCD</ten></muc></danhMucResponse>')

    def _accepts(self, text: str) -> bool:
        """Checks the UsernameToken by the profile's formula; a nonce is good for one call."""
        part = {n: m[1] for n in ("Username", "Password", "Nonce", "Created") if (m := re.search(rf"<\w+:{n}(?: [^>]*)?>([^<]*)<", text))}
        if set(part) != {"Username", "Password", "Nonce", "Created"} or part["Nonce"] in self.nonces:
            return False
        self.nonces.append(part["Nonce"])
        digest = hashlib.sha1(base64.b64decode(part["Nonce"]) + part["Created"].encode() + CREDENTIALS["password"].encode()).digest()
        return part["Username"] == CREDENTIALS["username"] and part["Created"] == "2022-06-02T01:00:00Z" and part["Password"] == base64.b64encode(digest).decode()

    def _record(self, record_id: str) -> str:
        known = self.births[record_id]
        return "<hoSo><khaiSinh>" + "".join(f"<{f}>{escape(known[f])}</{f}>" for f in birth_fields() if f in known) + "</khaiSinh></hoSo>"

    def _reply(self, content: str) -> tuple[int, str, bytes]:
        envelope = f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{content}</soap:Body></soap:Envelope>'
        return 200, "text/xml; charset=utf-8", envelope.encode()

    def _fault(self, code: str) -> bytes:
        fault = f'<soap:Fault><faultcode>soap:Client</faultcode><faultstring>no</faultstring><detail><maLoi xmlns="{NAMESPACE}">{code}</maLoi></detail></soap:Fault>'
        return f'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{fault}</soap:Body></soap:Envelope>'.encode()


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
            return 200, "application/json", json.dumps({"access_token": f"token-{self.tokens}", "expires_in": 3600}).encode()
        self.sent.append(body)
        self.headers.append(headers)
        token = re.fullmatch(r"Bearer token-(\d+)", headers.get("Authorization", ""))
        if token is None or int(token[1]) <= self.revoked:
            return self._json({"status": 0, "statusDescription": "AUTHEN_ERROR", "errorCode": "100"})
        return self._json({"status": 1, "statusDescription": "Thành công"} | getattr(self, service)(json.loads(body)))

    def dsHoSoDangKy(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.days.append(asked["ngayCapNhat"])
        return {"value": [{"id": i, "maDonVi": b["maDonVi"]} for i, b in self.births.items() if b["ngayCapNhat"][:10] == asked["ngayCapNhat"]]}

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
            return "<hotich>" + "".join("<hoso>" + "".join(f"<{f}>{escape(v)}</{f}>" for f, v in b.items()) + "</hoso>" for b in births) + "</hotich>"
        return json.dumps({"hoso": [self._parted(birth) for birth in births]}, ensure_ascii=False)

    def _parted(self, birth: dict[str, str]) -> dict[str, object]:
        told: dict[str, object] = {("soDangKy" if name == "so" else name): value for name, value in birth.items()}
        first, *middle, last = birth["nksHoTen"].split(" ")
        parts = birth["nksNgaySinh"].split(".")
        told["nksHoTen"] = {"Ho": first, "ChuDem": " ".join(middle), "Ten": last}
        told["nksNgaySinh"] = dict(zip(("namSinh", "thangSinh", "ngaySinh"), reversed(parts), strict=False))
        return told | {"nksGioiTinh": 1, "meSoDDCN": None}

    def _json(self, content: dict[str, Any]) -> tuple[int, str, bytes]:
        return 200, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode()


class PortalDouble(OneStopDouble):
    """A portal of the same seven dossiers and three procedures: session or token, one address, the service in the body."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions = 0
        self.procedures = [{"MaTTHC": f"1.00119{n}", "TenTTHC": f"Thủ tục {n}", "NgayCapNhat": f"2022060107{n:02d}00"} for n in (3, 4, 5)]

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
        token = re.fullmatch(r"(?:Bearer token|session)-(\d+)", headers.get("Authorization") or asked.get("session", ""))
        if token is None or int(token[1]) <= self.revoked:
            return self.says({"error_code": "-1", "message": "Phiên làm việc đã hết hạn", "count": 0, "hasMore": False, "result": []})
        self.asked.append(asked)
        if asked["madonvi"] != "000.00.00.H29":
            return self.says({"error_code": "-4", "message": "Không có đơn vị"})
        if asked["service"] == "LayThuTuc":
            found = [p for p in self.procedures if p["MaTTHC"] == asked["MaTTHC"]]
            return self.says({"error_code": "0", "message": "Thành công", "count": len(found), "result": found})
        held, self.dossiers = self.dossiers, self.procedures if asked["service"] == "LayDanhSachTTHC" else self.dossiers
        self.number, self.after = ("MaTTHC", "sauMaTTHC") if asked["service"] == "LayDanhSachTTHC" else ("MaHoSo", "sauMaHoSo")
        try:
            return self.says(self.listed(asked))
        finally:
            self.dossiers = held

    def says(self, content: dict[str, object]) -> tuple[int, str, bytes]:
        return 200, "application/json; charset=utf-8", json.dumps(content, ensure_ascii=False).encode()


def portal_system(address: str, **options: object) -> System:
    given = {"page_size": 3, "dstcode": "VN:test", "madonvi": "000.00.00.H29", "fields": "national-portal/national_procedures.yaml", **options}
    return System("national-portal", "Cổng", "national_portal", address, CREDENTIALS, given, REGISTRY, now=lambda: NOW)


def one_stop_system(address: str, **options: object) -> System:
    return System("one-stop-760", "Quận 1", "one_stop", address, CREDENTIALS, {"page_size": 3, **options}, now=lambda: NOW)


def e_identification_system(address: str, **options: object) -> System:
    return System("e-identification-760", "Định danh", "e_identification", address, CREDENTIALS, {"page_size": 3, **options}, now=lambda: NOW)


def registry_system(address: str, **options: object) -> System:
    return System("moj-registry", "Hộ tịch", "moj_registry", address, CREDENTIALS, {**registry_options(), **options}, REGISTRY, now=lambda: NOW)


def facade_system(address: str, **options: object) -> System:
    given = {"data": "xml", "fields": "moj-registry-rest/register", "maTinh": "79", "first_day": "2022-05-30", "page_size": 3}
    return System("moj-registry-rest", "Hộ tịch", "moj_registry_rest", address, CREDENTIALS, {**given, **options}, REGISTRY, now=lambda: NOW)


def facade_json_system(address: str, **options: object) -> System:
    return facade_system(address, **{"data": "json", "fields": "moj-registry-rest/structured", **options})


@dataclass
class Place(Generic[D]):
    """An honest system that is being served, and how to open it."""

    double: D
    address: str
    system: Callable[..., System]
    contract: Contract

    def open(self, **options: object) -> Source:
        return open_source(self.system(self.address, **options), self.contract)


@pytest.fixture
def one_stop() -> Iterator[Place[OneStopDouble]]:
    """A one-stop system."""
    double = OneStopDouble()
    with served(double, "/one-stop/760") as address:
        yield Place(double, address, one_stop_system, dossier_contract())


@pytest.fixture
def portal() -> Iterator[Place[PortalDouble]]:
    """A portal."""
    double = PortalDouble()
    with served(double, "/portal/national") as address:
        yield Place(double, address, portal_system, dossier_contract())


@pytest.fixture
def e_identification() -> Iterator[Place[EIdentificationDouble]]:
    """An e-identification service."""
    double = EIdentificationDouble()
    with served(double, "/e-identification/760") as address:
        yield Place(double, address, e_identification_system, contract_of("identification_event", {k: list(v) for k, v in USES.items()}))


@pytest.fixture
def registry() -> Iterator[Place[RegistryDouble]]:
    """A registry, of which births are read."""
    double = RegistryDouble()
    with served(double, "/moj/registry") as address:
        yield Place(double, address, registry_system, contract_of("birth", {"birth": birth_fields()}))


@pytest.fixture(params=["xml", "json"])
def facade(request: pytest.FixtureRequest) -> Iterator[Place[FacadeDouble]]:
    """The registry's REST facade, in both forms, of which births are read under the shipped contract."""
    double = FacadeDouble(request.param)
    with served(double, "/moj/rest") as address:
        yield Place(double, address, facade_system if request.param == "xml" else facade_json_system, load_contracts()["birth"])


@pytest.fixture(scope="session")
def dossier_reader() -> Source:
    """The one-stop dialect for reading pages only: nothing listens at its address."""
    return open_source(one_stop_system("http://127.0.0.1:9"), dossier_contract())


@pytest.fixture(scope="session")
def birth_reader() -> Source:
    """The registry's dialect for reading pages only: nothing listens at its address."""
    return open_source(registry_system("http://127.0.0.1:9"), contract_of("birth", {"birth": birth_fields()}))


@pytest.fixture(name="served", scope="session")
def served_fixture() -> object:
    """Serve a double of one's own."""
    return served


@pytest.fixture(scope="session")
def credentials() -> dict[str, str]:
    return CREDENTIALS


@pytest.fixture(scope="session")
def now() -> datetime:
    """What the doubles' clock says."""
    return NOW


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, Target]]:
    """Dialect -> what the conformance suite is run against."""
    birth, asked = load_contracts()["birth"], lambda r: r.path.endswith("traDanhSachHoSo")
    uses_contract = contract_of("identification_event", {k: list(v) for k, v in USES.items()})
    with (
        served(OneStopDouble(), "/one-stop/760") as one,
        served(RegistryDouble(), "/moj/registry") as moj,
        served(EIdentificationDouble(), "/e-identification/760") as eid,
        served(NotaryDouble(), "/soap") as notary,
        served(PortalDouble(), "/portal/national") as portal,
        served(FacadeDouble("xml"), "/moj/rest") as xml,
        served(FacadeDouble("json"), "/moj/rest") as parted,
    ):
        yield {
            "wsdl_operation": Target(notary_system(notary), notary_contract(), lambda r: b"danhSachToChuc" in r.body, DIALECT_FAULTS["wsdl_operation"]),
            "national_portal": Target(portal_system(portal), dossier_contract(), lambda r: b"TraCuuHoSo" in r.body, DIALECT_FAULTS["national_portal"]),
            "e_identification": Target(e_identification_system(eid), uses_contract, lambda r: "suKienDinhDanh" in r.path, DIALECT_FAULTS["e_identification"]),
            "moj_registry_rest": Target(facade_system(xml), birth, asked, DIALECT_FAULTS["moj_registry_rest"]),
            "moj_registry_rest as JSON": Target(facade_json_system(parted), birth, asked, DIALECT_FAULTS["moj_registry_rest as JSON"]),
            "one_stop": Target(one_stop_system(one), dossier_contract(), lambda r: "DongBoHoSoMC" in r.path, DIALECT_FAULTS["one_stop"]),
            "moj_registry": Target(
                registry_system(moj), contract_of("birth", {"birth": birth_fields()}), lambda r: b"traDanhSachHoSo" in r.body, DIALECT_FAULTS["moj_registry"]
            ),
        }
