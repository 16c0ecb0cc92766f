"""A database with the dossier tables, its systems, and a way to put dossiers into it as merges do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hub.indicators.facts import FactBasis
from hub.indicators.selection import CityLists
from tests.hub import registers
from tests.hub.registers import Put

from .sixty import GROUPS, P, Q

contracts, engine, put = registers.contracts, registers.engine, registers.put

PORTAL = "national-portal"
BASIS = FactBasis(
    {"one-stop-760": "760", "one-stop-770": "770"},
    {},
    [{"code": P, "field": "Hộ tịch", "result": True}, {"code": Q, "field": "Thương mại", "result": False}],
    ["1"],
)
CITY = CityLists({P: "Hộ tịch", Q: "Thương mại"}, dict(BASIS.units))


@pytest.fixture
def systems(engine: sa.Engine) -> sa.Engine:
    """The second district and the portal, which repeats, beside the first district."""
    with engine.begin() as connection:
        connection.execute(
            sa.text("""
            insert into hub.stream (id, system, contract, repeats)
            values ('one-stop-770.dossier', 'one-stop-770', 'dossier', false), ('national-portal.dossier', 'national-portal', 'dossier', true)""")
        )
    return engine


@pytest.fixture
def sixty(systems: sa.Engine, put: Put) -> Callable[[], None]:
    """Put the sixty dossiers."""

    def fill() -> None:
        number = 0
        for group in GROUPS:
            for _ in range(group.count):
                number += 1
                key = f"H-{number:04}"
                given = {
                    "MaHoSo": key,
                    "MaTTHC": group.procedure,
                    "TrangThaiHoSo": group.state,
                    "KenhThucHien": group.channel,
                    "NgayTiepNhan": group.received,
                    "NgayHenTra": group.due,
                    "NgayKetThucXuLy": group.ended,
                    **group.more,
                }
                put("dossier", key, system=group.system, **given)
                for n, (asked, brought) in enumerate(group.supplements):
                    put(
                        "dossier",
                        f"{key}/{n}",
                        "dossier_supplement",
                        system=group.system,
                        _parent=key,
                        MaHoSo=key,
                        NgayBoSung=asked,
                        NgayTiepNhanBoSung=brought,
                    )
                for n, component in enumerate(group.components):
                    put(
                        "dossier",
                        f"{key}/{n}",
                        "dossier_component",
                        system=group.system,
                        _parent=key,
                        MaHoSo=key,
                        **component,
                    )
                if group.electronic:
                    put(
                        "dossier",
                        f"{key}/r",
                        "dossier_result",
                        system=group.system,
                        _parent=key,
                        MaHoSo=key,
                        DuongDanTepTinKetQua="/kq/1",
                        MaGiayToKetQua="KQ2",
                    )
                if group.fee is not None:
                    put(
                        "dossier",
                        f"{key}/f",
                        "dossier_fee",
                        system=group.system,
                        _parent=key,
                        MaHoSo=key,
                        Gia=group.fee,
                    )
                if group.mirrored is not None:
                    put(
                        "dossier",
                        key,
                        system=PORTAL,
                        MaHoSo=key,
                        MaTTHC=group.procedure,
                        TrangThaiHoSo=group.mirrored,
                        NgayTiepNhan=group.received,
                    )

    return fill
