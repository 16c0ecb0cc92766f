"""A registry that is submitted dossiers, on a real socket, without the rest of the twins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette

from connectors import OutgoingRecord, System
from tests.sockets import listening
from twins.clock import Clock
from twins.faults import Faults, KnowsTransport
from twins.registry.intake import RegistryReceipts
from twins.registry.rest import MojRest
from twins.services.lgsp import Gateway

NOW = datetime(2022, 6, 12, 8, tzinfo=UTC)
NAME = "moj-registry-rest"
LOGIN = {"client_id": "hub", "client_secret": "s3cret", "access_key": "ak", "secret_key": "sk", "app_name": "motlan", "partner_code": "H29"}  # fmt: skip


def dossier(number: int, *, module: str = "KS", name: str = "Nguyễn Thị Mẫu") -> OutgoingRecord:
    id = f"000.00.16.H29-220601-{number:04d}"
    data = {"nycHoTen": name, "nycSoGiayToTuyThan": "079190000001"}
    return OutgoingRecord(
        id, {"maDonVi": "760", "module": module, "maHoSo": id, "ngayTiepNhan": "2022-06-01", "data": data}
    )


@dataclass
class RegistryTwin:
    """The receiving side, its faults, and where it stands."""

    intake: RegistryReceipts = field(default_factory=RegistryReceipts)
    faults: Faults = field(default_factory=Faults)
    address: str = ""

    @contextmanager
    def standing(self) -> Iterator[RegistryTwin]:
        credentials, clock = {NAME: LOGIN}, Clock(NOW)
        places: Any = SimpleNamespace(province=SimpleNamespace(code="79"))
        rest = MojRest(
            registers={}, lists={}, places=places, gateway=Gateway(credentials, clock), clock=clock, faults=self.faults,
            intake=self.intake,
        )  # fmt: skip
        with listening(KnowsTransport(Starlette(routes=rest.routes()))) as address:
            self.address = f"{address}/moj/rest/xml"
            yield self

    def system(self) -> System:
        return System(
            NAME, "Hộ tịch", "moj_registry_rest", self.address, LOGIN, options={"attempts": 1}, now=lambda: NOW
        )
