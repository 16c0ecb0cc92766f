"""Eight entries about nine people, and the agencies, purposes and days of the questions about them. All people are synthetic."""

from __future__ import annotations

from collections.abc import Mapping

QUAN_1, JUSTICE, SCHOOL, HOSPITAL, STRANGER = (
    "000.00.16.H29",
    "000.00.15.H29",
    "000.05.16.H29",
    "000.20.13.H29",
    "999.00.00.H29",
)
ASKERS = (QUAN_1, JUSTICE, SCHOOL, HOSPITAL)
PURPOSES = ("civil-status", "school-enrolment", "patient-admission")
DAYS = (
    "2021-12-31",
    "2022-01-01",
    "2022-06-02",
    "2022-12-31",
    "2023-01-01",
    "2025-06-30",
    "2025-07-01",
    "2025-10-21",
    "2025-10-22",
    "2026-07-01",
)
A, B, C, D, M, F, X, Y, NOBODY = PEOPLE = tuple(f"0793160000{n:02}" for n in range(1, 10))
IN_1, IN_3, BEFORE = (
    {"noiDangKy": p, "ngayDangKy": d}
    for p, d in (("26734", "2021-03-04"), ("27154", "2021-03-05"), ("26734", "2015-02-03"))
)
ENTRIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("birth", "1", {"nksSoDDCN": A, "meSoGiayToTuyThan": M, "chaSoGiayToTuyThan": F, **IN_1}),
    ("birth", "2", {"nksSoDDCN": B, **IN_3}),
    ("birth", "3", {"nksSoDDCN": C, **BEFORE}),
    ("birth", "4", {"nksSoDDCN": D, **IN_1}),
    ("marriage", "5", {"chongSoGiayToTuyThan": F, "voSoGiayToTuyThan": M, **IN_1}),
    ("marriage", "6", {"chongSoGiayToTuyThan": X, "voSoGiayToTuyThan": Y, "tinhTrangKetHon": "đã ly hôn", **IN_3}),
    ("death", "7", {"nktSoGiayToTuyThan": D, **IN_1}),
    ("recognition", "8", {"cmSoGiayToTuyThan": F, "ncSoGiayToTuyThan": A, **IN_3}),
)
EMPTY = frozenset({"tinhTrangKetHon", "huyKetHonNgayGhiChu", "nktNgayGhiChuHuyTuyenBoViecChet"})
"""Fields that would end an entry."""
SIDES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "birth": {"nksSoDDCN": ("nksHoTen", "nksNgaySinh")},
    "death": {"nktSoGiayToTuyThan": ("nktHoTen", "nktNgaySinh")},
    "marriage": {
        "chongSoGiayToTuyThan": ("chongHoTen", "chongNgaySinh"),
        "voSoGiayToTuyThan": ("voHoTen", "voNgaySinh"),
    },
    "recognition": {"cmSoGiayToTuyThan": ("cmHoTen", "cmNgaySinh"), "ncSoGiayToTuyThan": ("ncHoTen", "ncNgaySinh")},
}
"""Dataset -> whose number stands in it -> name and birth date beside it."""
SIDE_NAMES: Mapping[str, Mapping[str, str]] = {
    "birth": {"nksSoDDCN": "child"},
    "death": {"nktSoGiayToTuyThan": "deceased"},
    "marriage": {"chongSoGiayToTuyThan": "husband", "voSoGiayToTuyThan": "wife"},
    "recognition": {"cmSoGiayToTuyThan": "parent", "ncSoGiayToTuyThan": "child"},
}
OF_DOSSIERS = ("dossier", "dossier_component", "dossier_result")
"""Datasets that tell no place: they are granted for the whole city."""
DOSSIERS = ("000.00.16.H29-220602-0001", "000.00.24.H29-220602-0002")
PROCEDURE = "9.000001"
REQUIREMENTS = (
    "procedure,requirement,name,copies,answer,evidence_type,about,territory,max_age_days,validity,legal_basis,rule,reviewed,at_most,derivation,text_sha256\n"
    + "".join(
        f"{PROCEDURE},{dataset},Trích lục,1,register,register:{dataset},applicant,any,,none,once-held,matrix,true,reuse,,\n"
        for dataset in SIDES
    )
)
