"""The registers of the reuse tests, a deployment's folder whose grants a test writes, and the way out over both. All people are synthetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.access.inquiry import Inquiry
from hub.answers.disclosure.disclosure import Disclosure
from tests.hub import registers
from tests.hub.answers.builders import small_hub
from tests.hub.in_force import put_in_force
from tests.hub.registers import NOW

contracts = registers.contracts
engine = registers.engine
look = registers.look
folder = registers.folder
put = registers.put
units = registers.units

QUAN_1, SCHOOL, HOSPITAL = "000.00.16.H29", "000.05.16.H29", "000.20.13.H29"
CHILD, MOTHER, FATHER = "079316000001", "079190000001", "079088000002"
BORN = {
    "nksSoDDCN": CHILD,
    "nksHoTen": "Nguyễn Minh An",
    "nksNgaySinh": "2016-05-12",
    "nksQueQuan": "Bến Tre",
    "nksGioiTinh": "1",
    "so": "12",
    "quyenSo": "01/2016",
    "ngayDangKy": "2021-03-04",
    "noiDangKy": "26734",
    "meSoGiayToTuyThan": MOTHER,
    "meHoTen": "Trần Thị Hoà Lan",
    "chaSoGiayToTuyThan": FATHER,
}
WIFE = {
    "voSoGiayToTuyThan": MOTHER,
    "voHoTen": "Trần Thị Hoà Lan",
    "voNgaySinh": "1990",
    "chongHoTen": "Nguyễn Văn Bình",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
    "noiDangKy": "26734",
}
DEAD = {
    "nktSoGiayToTuyThan": CHILD,
    "nktHoTen": "Nguyễn Minh An",
    "nktNgayChet": "2022-01-01",
    "so": "9",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022-01-02",
}


@pytest.fixture
def hub(engine, contracts, folder):
    return small_hub(engine, contracts, folder)


@pytest.fixture
def disclosure(hub) -> Callable[[], Disclosure]:
    """The way out, by the grants that the folder's file holds by now."""

    def built() -> Disclosure:
        put_in_force(hub)
        return Disclosure.of(hub)

    return built


@pytest.fixture
def held(put, disclosure) -> Disclosure:
    """Some entries, current and superseded, and grants as rows."""
    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"nksSoDDCN": "079316000002", "noiDangKy": "27154"})
    put(
        "birth",
        "1",
        **BORN,
        _known_from=NOW - timedelta(days=9),
        _known_to=NOW - timedelta(days=2),
        _version=NOW - timedelta(days=60),
    )
    put("marriage", "1", **WIFE)
    return disclosure()


def asking(agency: str = QUAN_1, purpose: str = "civil-status", reference: str = "", legal_basis: str = "") -> Inquiry:
    """For a dossier of the agency's own."""
    return Inquiry(agency, "officer-1", purpose, reference or f"{agency}-220602-0001", legal_basis)
