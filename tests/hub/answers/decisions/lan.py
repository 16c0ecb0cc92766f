"""One woman's birth and marriage, the registration of her death, and how a desk may ask about her. All people are synthetic."""

from __future__ import annotations

from hub.core.actions import Actor
from hub.evidence.people import Subject

LAN, OTHER = "079190000001", "079190000002"
NAME = "Trần Thị Hoà Lan"
CLERK = Actor("officer-1", "hồ sơ tại quầy")
BORN = {
    "nksSoDDCN": LAN,
    "nksHoTen": NAME,
    "nksNgaySinh": "1990-05-12",
    "so": "12",
    "quyenSo": "01/2021",
    "ngayDangKy": "2021-03-04",
    "noiDangKy": "26734",
}
NAMESAKE = BORN | {"nksSoDDCN": OTHER, "nksNgaySinh": "1990-08-01", "so": "13"}
COUPLE = {
    "voSoGiayToTuyThan": LAN,
    "voHoTen": NAME,
    "voNgaySinh": "1990",
    "so": "3",
    "quyenSo": "01/2015",
    "ngayDangKy": "2015-02-03",
}
DEAD = {
    "nktSoGiayToTuyThan": LAN,
    "nktHoTen": NAME,
    "nktNgaySinh": "1990-05-12",
    "so": "1",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022-06-01",
}
KNOWN, UNSURE = Subject(personal_id=LAN), Subject(personal_id=LAN, name="Trần Thị Lam")
TWICE = Subject(name=NAME, born="1990")
"""Nobody's number: whoever bears that name and was born that year."""
