"""A city whose dossiers are submitted to a portal on a real socket: what the city has, what the portal holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from connectors import RecordSink, System, open_record_sink
from contracts.model import Contract
from hub.access.grants.agencies import Agency
from hub.access.grants.model import CITY, Grant, Grants
from hub.access.grants.purposes import Purpose, Purposes
from hub.access.legal_bases import LegalBasis
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.feeds import approvals
from hub.feeds.declared import Feed, FeedFile
from hub.load import outbox
from hub.submitting.submitter import SubmittedNow, Submitter
from tests.sockets import listening
from twins.clock import Clock
from twins.faults import Faults, KnowsTransport
from twins.services.lgsp import Gateway
from twins.services.national_portal import Portal, Portals
from twins.services.portal_intake import PortalReceipts

OFFICE = "000.00.00.G22"
PERSON = Actor("Trần Thị Bình", "agreement 02/2022")
NOW = datetime(2022, 6, 12, 8, tzinfo=UTC)
LOGIN = {"username": "city", "password": "secret-of-the-city"}
COLUMNS = (
    "MaHoSo",
    "MaTTHC",
    "ChuHoSo",
    "DinhDanhCHS_CCCD",
    "NgayTiepNhan",
    "NgayHenTra",
    "TrangThaiHoSo",
    "DonViXuLy",
    "TrichYeuHoSo",
)
COMPONENT = ("TepDinhKemId", "MaThanhPhanHoSo", "DuocSoHoa", "DuocTaiSuDung", "MaKetQuaThayThe")
LAW = LegalBasis("share", "Chia sẻ", "Luật A Điều 1", date(2020, 1, 1), None, in_force=True, source="x")


def granted(valid_to: date | None = None) -> Grants:
    """A bulk grant for dossiers and one for their components."""
    needed = {"dossier": frozenset(COLUMNS), "dossier_component": frozenset(COMPONENT)}
    grants = tuple(
        Grant("portal", OFFICE, name, fields, "portal", "share", CITY, date(2022, 1, 1), valid_to, 60, "x", law=(LAW,), bulk=True)
        for name, fields in needed.items()
    )  # fmt: skip
    return Grants((), Purposes({"portal": Purpose("portal", "Cổng", "share", needed, frozenset())}), bulk=grants)


def feed_of(contract: Contract, service: str = "DongBoHoSoMC", **given: Any) -> Feed:
    """A feed of dossiers, or of their progress."""
    dossiers = service == "DongBoHoSoMC"
    file = FeedFile.model_validate(
        {
            "feed": "portal-dossiers" if dossiers else "portal-progress", "title": "Hồ sơ", "receiver": OFFICE,
            "contract": "dossier", "version": contract.version, "columns": COLUMNS, "purpose": "portal",
            "legal_basis": "share", "agreement": "02/2022", "owner": "Văn phòng UBND Thành phố", "schedule": "*/10 * * * *",
            "channel": "records", "system": "national-portal", "service": service, "valid_days": 7,
            "retention_days": 90, "deletion": "Không xóa", "after": "" if dossiers else "portal-dossiers",
            "lists": {"dossier_component": COMPONENT} if dossiers else {}, **given,
        }
    )  # fmt: skip
    agency = Agency(OFFICE, "Văn phòng Chính phủ", "79", None, None)
    return Feed(file, contract, contract.dataset("dossier"), agency, granted())


@dataclass
class SubmittingCity:
    """The city's side, and its receiver."""

    engine: sa.Engine
    put: Callable[..., None]
    feed: Feed
    progress: Feed
    intake: PortalReceipts
    faults: Faults
    address: str
    clock: list[datetime] = field(default_factory=lambda: [NOW])
    batches: int = 0

    @property
    def submitter(self) -> Submitter:
        return Submitter(self.engine, Keys(b"k" * 32), lambda moment: moment.date(), lambda: self.clock[0])

    def batch(self) -> int:
        """A merged batch that waits for both feeds; its serial."""
        self.batches += 1
        with self.engine.begin() as connection:
            serial = connection.scalar(
                sa.text("""
                    insert into hub.batch (id, previous, run, stream, epoch, number, state, contract_version, landed_at, settled_at)
                    values (:id, :last, 'run-dossier', 'one-stop-760.dossier', 1, :n, 'applied', '1', :at, :at) returning serial"""),
                {"id": f"batch-{self.batches}", "last": f"batch-{self.batches - 1}", "n": self.batches, "at": NOW},
            )
            outbox.note(connection, "dossier", serial, NOW)
        return int(serial)

    def dossier(self, number: int, state: str = "4", *, reused: bool = False, **values: object) -> str:
        """A new dossier, or a newer version of one: through the tables of the merge."""
        name, batch = f"000.00.16.H29-220601-{number:04d}", self.batch()
        version = NOW - timedelta(days=20) + timedelta(hours=batch)
        with self.engine.begin() as connection:
            connection.execute(
                sa.text("""
                    with old as (delete from warehouse.dossier where _key = :key returning *)
                    insert into history.dossier (_system, _key, _version, _hash, _known_from, _batch, _landing, _row, ma_ho_so,
                        ma_tthc, trang_thai_ho_so, ngay_tiep_nhan, don_vi_xu_ly, _known_to, _end)
                    select _system, _key, _version, _hash, _known_from, _batch, _landing, _row, ma_ho_so, ma_tthc,
                        trang_thai_ho_so, ngay_tiep_nhan, don_vi_xu_ly, :now, 'superseded' from old"""),
                {"key": name, "now": NOW},
            )
            connection.execute(sa.text("delete from warehouse.dossier_component where _parent = :key"), {"key": name})
        given = {
            "MaHoSo": name, "MaTTHC": "1.001193", "ChuHoSo": "Nguyễn Thị Mẫu", "DinhDanhCHS_CCCD": "079190000001",
            "NgayTiepNhan": NOW - timedelta(days=25), "TrangThaiHoSo": state, "DonViXuLy": "UBND Quận 1",
        }  # fmt: skip
        hash_ = f"{name}{batch}".encode()[-16:]
        system = "one-stop-760"
        self.put("dossier", name, system=system, _batch=batch, _version=version, _hash=hash_, **{**given, **values})
        paper = {"TepDinhKemId": "1", "MaThanhPhanHoSo": "KQ.G15.000031", "DuocSoHoa": "1"}
        paper |= {"DuocTaiSuDung": "2", "MaKetQuaThayThe": "KQ.G15.000031"} if reused else {"DuocTaiSuDung": "0"}
        self.put("dossier", f"{name}|1", "dossier_component", system=system, _batch=batch, _parent=name, **paper)
        return name

    def approve(self) -> None:
        with self.engine.begin() as connection:
            for feed in (self.feed, self.progress):
                approvals.approve(connection, feed.id, feed.terms(NOW.date()).digest, PERSON, NOW)

    def open(self, feed: Feed) -> RecordSink:
        options = {"dstcode": "VN:GOV:x", "madonvi": "000.00.00.H29", "attempts": 1}
        system = System(
            "national-portal", "Cổng", "national_portal", self.address, LOGIN, options=options, now=lambda: NOW
        )
        return open_record_sink(system, feed.file.service)

    def submit(self, feed: Feed | None = None) -> SubmittedNow:
        chosen = feed or self.feed
        return self.submitter.submit(chosen, self.open(chosen))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]

    def states(self) -> dict[str, str]:
        """Number -> state of the dossier."""
        return dict(
            self.rows("select number, state from hub.submitted_record where feed = 'portal-dossiers' order by 1")
        )  # type: ignore[arg-type]

    def held(self) -> dict[str, str]:
        """What the portal has: number -> state."""
        return {number: each["TrangThaiHoSo"] for number, each in sorted(self.intake.dossiers.items())}

    def current(self) -> dict[str, str]:
        """What the city has."""
        return dict(self.rows("select ma_ho_so, trang_thai_ho_so from warehouse.dossier order by 1"))  # type: ignore[arg-type]


@pytest.fixture
def portal(engine: sa.Engine, put: Callable[..., None], contracts: dict[str, Contract]) -> Iterator[SubmittingCity]:
    """Both feeds are declared, nothing is approved, the portal is empty."""
    feed, progress = feed_of(contracts["dossier"]), feed_of(contracts["dossier"], "CapNhatTienDoHoSoMC")
    intake, faults, clock = PortalReceipts({"1.001193"}), Faults(), Clock(NOW)
    gateway = Gateway({"national-portal": LOGIN}, clock)
    national = Portal("national-portal", "VN:GOV:x", {}, {}, intake)
    portals = Portals({"national": national}, {"national-portal": LOGIN}, gateway, clock, faults)
    with engine.begin() as connection:
        outbox.register(connection, {feed.id: "dossier", progress.id: "dossier"})
        connection.exec_driver_sql(
            "insert into hub.landing (stream, sha256, media_type, bytes, records, request, fetched_at)"
            " values ('one-stop-760.dossier', 'x', 'application/json', 1, 1, 'x', now())"
        )
    with listening(KnowsTransport(Starlette(routes=portals.routes()))) as address:
        yield SubmittingCity(engine, put, feed, progress, intake, faults, f"{address}/portal/national")
