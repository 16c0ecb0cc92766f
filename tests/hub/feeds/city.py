"""A feed over the small test contract: records come through the real main path, a receiver has only the kit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.access.grants.agencies import Agency
from hub.access.grants.model import CITY, Grant, Grants
from hub.access.grants.purposes import Purpose, Purposes
from hub.access.grants.territory import Territories
from hub.access.legal_bases import LegalBasis
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.units import read_units
from hub.feeds import approvals, releases, signing
from hub.feeds.building import DeliveryBuilder
from hub.feeds.declared import Feed, FeedFile
from hub.load import outbox
from hub.load.exchange import Exchange

sys.path.insert(0, str(Path(__file__).parents[3] / "kit"))
import verify as kit

ROOT = Path(__file__).parents[3]

MINISTRY = "000.00.00.G15"
COLUMNS = ("MaHoSo", "TrangThai", "NgaySinh", "SoDinhDanh")
PERSON = Actor("Trần Thị Bình", "agreement 01/2022")
LAW = LegalBasis("share", "Chia sẻ", "Luật A Điều 1", date(2020, 1, 1), None, in_force=True, source="x")


def granted(columns: tuple[str, ...] = COLUMNS, valid_to: date | None = None) -> Grants:
    """One bulk grant, and a purpose that needs everything."""
    grant = Grant(
        "bulk", MINISTRY, "paper", frozenset(columns), "feeding", "share", CITY, date(2022, 1, 1), valid_to, 60, "x",
        law=(LAW,), bulk=True,
    )  # fmt: skip
    purpose = Purpose("feeding", "Cấp", "share", {"paper": frozenset(COLUMNS)}, frozenset())
    return Grants((), Purposes({"feeding": purpose}), bulk=(grant,))


@dataclass
class City:
    """The sending side and one receiver."""

    exchange: Exchange
    builder: DeliveryBuilder
    feed: Feed
    folder: Path
    serve: Callable[..., None]
    opening: X25519PrivateKey
    clock: list[datetime] = field(default_factory=list)

    @property
    def engine(self) -> sa.Engine:
        return self.builder.engine

    def sync(self, *records: dict[str, object]) -> None:
        """Records come from their source, through the main path."""
        self.serve(list(records))
        self.exchange.sync()

    def build(self, **options: bool) -> str:
        """A day passes, then the next delivery is built."""
        self.clock[0] += timedelta(days=1)
        return self.builder.build(self.feed, **options)

    def approve(self) -> list[int]:
        terms = self.feed.terms(self.clock[0].date()).digest
        with self.engine.begin() as connection:
            approvals.approve(connection, self.feed.id, terms, PERSON, self.clock[0])
            return releases.release_waiting(connection, self.feed.id, terms, self.builder.keys, self.clock[0])

    @property
    def pinned(self) -> dict[str, object]:
        """What the receiver pinned: every key that the city ever signed with."""
        return {each.id: each.private.public_key() for each in signing.signers(self.builder.signing_keys)}

    def chain(self) -> list[kit.Delivery]:
        """All deliveries, verified by the kit alone."""
        return list(kit.verify_chain(self.folder / self.feed.id, self.pinned))

    def held(self) -> dict[str, dict[str, object]]:
        """What the receiver holds after applying the whole chain."""
        there: dict[str, dict[str, object]] = {}
        for delivery in self.chain():
            if delivery.manifest["kind"] == "snapshot":
                there.clear()
            for row in kit.rows(delivery, self.opening):
                there.pop(row.key, None)
                if row.op == "put":
                    there[row.key] = dict(row.values)
        return there

    def current(self) -> dict[str, dict[str, object]]:
        """What the warehouse has."""
        query = "select _key, ma_ho_so, trang_thai, ngay_sinh, so_dinh_danh from warehouse.paper"
        with self.engine.connect() as connection:
            return {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in connection.execute(sa.text(query))}

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement))]


@pytest.fixture
def city(lone: Exchange, engine: sa.Engine, tmp_path: Path) -> City:
    """A feed of the test contract, whose receiver has pinned its key; nothing was approved yet."""
    file = FeedFile.model_validate(
        {
            "feed": "moj-papers", "title": "Hồ sơ", "receiver": MINISTRY, "contract": "paper", "version": "1.0.0",
            "columns": COLUMNS, "purpose": "feeding", "legal_basis": "share", "agreement": "01/2022", "owner": "Sở",
            "schedule": "30 1 * * *", "valid_days": 7, "retention_days": 90, "deletion": "Xóa",
        }
    )  # fmt: skip
    agency = Agency(MINISTRY, "Bộ Tư pháp", "79", None, None)
    feed = Feed(file, lone.contract, lone.contract.dataset("paper"), agency, granted())
    clock = [datetime(2022, 6, 2, 1, tzinfo=UTC)]
    builder = DeliveryBuilder(
        engine, Keys(b"k" * 32), tmp_path / "deliveries", tmp_path / "feed-keys",
        Territories(read_units(ROOT / "deployments/hcmc/reference")), "hcmc", "Asia/Ho_Chi_Minh", lambda: clock[0],
    )  # fmt: skip
    opening = X25519PrivateKey.generate()
    pem = opening.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with engine.begin() as connection:
        outbox.register(connection, {feed.id: "paper"})
        approvals.pin(connection, MINISTRY, pem, PERSON, clock[0])
    source = lone.source

    def serve(records: list[dict[str, object]]) -> None:
        source.served = [records]  # type: ignore[attr-defined]

    return City(replace(lone, batch_records=3), builder, feed, tmp_path / "deliveries", serve, opening, clock)
