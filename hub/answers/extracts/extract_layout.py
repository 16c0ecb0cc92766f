"""What a copy of extract (trích lục bản sao) shows: an entry as headings and lines in Vietnamese, the same for page,
PDF and data.

The lines are ours, after the registers' own fields; the official forms are annexes of circulars and are laid out by the
agency that signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.model import Dataset, Field, Kind
from hub.core.partial_dates import first_and_last
from hub.core.units import Unit, Units
from hub.evidence.registers import Register

HEADINGS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "register:birth": (
        (
            "Người được khai sinh",
            (
                "nksHoTen",
                "nksGioiTinh",
                "nksNgaySinh",
                "nksNgaySinhBangChu",
                "nksNoiSinh",
                "nksQueQuan",
                "nksDanToc",
                "nksQuocTich",
                "nksSoDDCN",
            ),
        ),
        ("Mẹ", ("meHoTen", "meNgaySinh", "meDanToc", "meQuocTich", "meNoiCuTru")),
        ("Cha", ("chaHoTen", "chaNgaySinh", "chaDanToc", "chaQuocTich", "chaNoiCuTru")),
    ),
    "register:marriage": (
        (
            "Chồng",
            ("chongHoTen", "chongNgaySinh", "chongDanToc", "chongQuocTich", "chongNoiCuTru", "chongSoGiayToTuyThan"),
        ),
        ("Vợ", ("voHoTen", "voNgaySinh", "voDanToc", "voQuocTich", "voNoiCuTru", "voSoGiayToTuyThan")),
        ("Quan hệ hôn nhân", ("ngayXacLapQuanHeHonNhan",)),
    ),
    "register:recognition": (
        (
            "Người nhận",
            ("cmHoTen", "cmGioiTinh", "cmNgaySinh", "cmDanToc", "cmQuocTich", "cmNoiCuTru", "cmSoGiayToTuyThan"),
        ),
        (
            "Người được nhận",
            ("ncHoTen", "ncGioiTinh", "ncNgaySinh", "ncDanToc", "ncQuocTich", "ncNoiCuTru", "ncSoGiayToTuyThan"),
        ),
        ("Việc nhận", ("loaiXacNhan",)),
    ),
    "register:death": (
        (
            "Người chết",
            ("nktHoTen", "nktGioiTinh", "nktNgaySinh", "nktDanToc", "nktQuocTich", "nktNoiCuTru", "nktSoGiayToTuyThan"),
        ),
        ("Việc chết", ("nktNgayChet", "nktGioPhutChet", "nktNoiChet")),
    ),
}
REGISTRATION = ("noiDangKy", "so", "quyenSo", "trangSo", "ngayDangKy", "nguoiKy", "chucVuNguoiKy")
UNKNOWN = "…"
"""Stands for an empty field of the book: a blank line would look like a mistake."""


@dataclass(frozen=True)
class Sheet:
    """A copy, ready to be shown. Personal data: only for the asker."""

    title: str
    agency: str
    number: str
    issued: str
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = field(repr=False)
    """(heading, ((label, value), ...))."""
    source: str = ""
    """Record, version and batch: from the copy back to the landed bytes."""
    warnings: tuple[str, ...] = ()
    """What the hub doubts about the entry, for the official who signs; no value."""


def fields(type_: str) -> frozenset[str]:
    """Every field that a copy of a register shows."""
    return (
        frozenset(name for _, names in HEADINGS[type_] for name in names) | frozenset(REGISTRATION)
        if type_ in HEADINGS
        else frozenset()
    )


def sheet(
    register: Register,
    dataset: Dataset,
    row: Mapping[str, Any],
    units: Units,
    *,
    agency: str,
    number: str,
    issued: date,
    source: str,
    warnings: tuple[str, ...] = (),
) -> Sheet:
    """The copy of an entry. `row` is its warehouse row."""
    parts = [
        (heading, tuple(_line(dataset.by_name[name], row, units) for name in names))
        for heading, names in (*HEADINGS[register.type], ("Đăng ký", REGISTRATION))
    ]
    day = issued.strftime("ngày %d tháng %m năm %Y")
    return Sheet(f"{register.title} (bản sao)", agency, number, day, tuple(parts), source, warnings)


def _line(described: Field, row: Mapping[str, Any], units: Units) -> tuple[str, str]:
    value = row.get(described.column)
    return described.title, _shown(described, value, row, units) if value not in (None, "") else UNKNOWN


def _shown(described: Field, value: Any, row: Mapping[str, Any], units: Units) -> str:
    if described.kind is Kind.PARTIAL_DATE:
        return "/".join(reversed(str(value).split("-")))
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y")
    if described.code_list == "units":
        return place_name(units, str(value), row.get("ngay_dang_ky"))
    return next((code.label or code.value for code in described.codes if code.value == value), str(value))


def place_name(units: Units, code: str, registered: str | None) -> str:
    """A unit's name as of the day of registration, with the units above it; the code where that is not known."""
    day = first_and_last(registered)[0] if registered else None
    unit = units.at(code, day) if day else None
    names = []
    while isinstance(unit, Unit) and day:
        names.append(unit.name)
        unit = units.at(unit.parent_code, day) if unit.parent_code else None
    return ", ".join(names) if names else f"mã đơn vị {code} (tên tại ngày đăng ký không có trong danh mục)"
