"""Questions of the Ministry, and of offices with a token of their own, about a birth and a marriage. All people are synthetic."""

from __future__ import annotations

import json
from dataclasses import replace

import sqlalchemy as sa

from hub.access.grants.model import Grant
from hub.access.inquiry import Inquiry
from hub.answers.ministry.ministry_service import MinistryService, the_ministry
from tests.hub.answers.builders import noted
from tests.hub.in_force import put_in_force

JUSTICE, QUAN_1, DA_KAO = "79", "760", "26737"
"""Units: the Justice department, a district, a commune under it."""
DOSSIERS = tuple(f"H-{number}" for number in range(10))
"""Known to the hub, whichever office asks for them."""
THE_MINISTRY = the_ministry("hotich.moj")
NUMBER, NOBODY = "079190000001", "079190000009"
BY_ENTRY = """<hotich><hoso><loaiBanSao>KS</loaiBanSao><cbsHoTen><Ho>Trần</Ho><ChuDem>Thị Hoà</ChuDem><Ten>Lan</Ten></cbsHoTen>
<cbsNgaySinh><namSinh>1990</namSinh></cbsNgaySinh><soDangKyTruocDay>12</soDangKyTruocDay><quyenSoDangKyTruocDay>01/2021</quyenSoDangKyTruocDay>
<noiDangKyTruocDay>Phường Đa Kao</noiDangKyTruocDay><ngayDangKyTruocDay>04.03.2021</ngayDangKyTruocDay></hoso></hotich>"""
"""Lan's birth, by her name, her year and the old entry."""
COUPLE = {
    "chongSoGiayToTuyThan": "079088000002",
    "chongHoTen": "Nguyễn Văn Bình",
    "voSoGiayToTuyThan": NUMBER,
    "voHoTen": "Trần Thị Hoà Lan",
    "so": "3",
    "quyenSo": "01/2021",
    "ngayDangKy": "2021-02-03",
    "noiDangKy": "26734",
}
COUPLE_BY_ENTRY = json.dumps(
    {
        "loaiBanSao": "KH",
        "soDangKyTruocDay": "3",
        "quyenSoDangKyTruocDay": "01/2021",
        "noiDangKyTruocDay": "26734",
        "ngayDangKyTruocDay": "03.02.2021",
    }
)
DEAD = {
    "nktSoGiayToTuyThan": NUMBER,
    "nktHoTen": "Trần Thị Hòa Lan",
    "nktNgaySinh": "1990-05-12",
    "so": "1",
    "quyenSo": "01/2022",
    "ngayDangKy": "2022",
}


def office(agency: str = "000.00.16.H29", law: str = "extract-anywhere") -> Inquiry:
    """An office that asks with a token of its own."""
    return Inquiry(agency, "officer", "civil-status", legal_basis=law)


def by_number(**changed: object) -> str:
    """A question about Lan's birth by her number and name; by keyword what a test changes."""
    name = {"Ho": "Trần", "ChuDem": "Thị Hòa", "Ten": "Lan"}
    return json.dumps({"loaiBanSao": "KS", "cbsSoDDCN": NUMBER, "cbsHoTen": name} | changed)


def rule_grants(service: MinistryService, *grants: Grant) -> None:
    """Put these grants in force, in the place of all others."""
    put_in_force(service.service.hub, replace(service.service.grants, all=grants))


def rows(service: MinistryService) -> list[tuple[str, str, str]]:
    """Agency, act and outcome of the audit log, oldest first."""
    return [(row["agency"], row["what"], row["outcome"]) for row in noted(service.service)[::-1]]


def count(engine: sa.Engine, *tables: str) -> int:
    """Rows of some tables of `hub`, together."""
    with engine.connect() as connection:
        return sum(int(connection.scalar(sa.text(f"select count(*) from hub.{table}")) or 0) for table in tables)
