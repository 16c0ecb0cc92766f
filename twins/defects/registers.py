"""Defects of the four books: typing, digitising and the errors of old clerks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from twins.defects.across import plant_across
from twins.defects.names import NAME_FIELDS, note_foreign_letters, plant_name_dirt, read_name_dirt
from twins.defects.planting import ACCEPTED, FINDING, QUARANTINE, Bed, bed_of
from twins.on_disk import CityTables

SYSTEM = "moj-registry"
RATE = 0.0004
"""Share of a book's records that each planter takes."""


@dataclass(frozen=True)
class Roles:
    """Which field of a book plays which part."""

    name: str
    date: str
    """The date the book is about, not after the day of registration."""
    ethnic: str
    other_name: str


ROLES = {
    "birth": Roles("nksHoTen", "nksNgaySinh", "nksDanToc", "meHoTen"),
    "death": Roles("nktHoTen", "nktNgayChet", "nktDanToc", "nycHoTen"),
    "marriage": Roles("chongHoTen", "ngayXacLapQuanHeHonNhan", "chongDanToc", "voHoTen"),
    "recognition": Roles("cmHoTen", "ncNgaySinh", "cmDanToc", "ncHoTen"),
}


def unknown_unit(bed: Bed, roles: Roles) -> None:
    """A unit code that never was."""
    bed.write(bed.choose(RATE, pl.col("noiDangKy").is_not_null()), "noiDangKy", "99999", "unknown-unit", QUARANTINE)


def impossible_date(bed: Bed, roles: Roles) -> None:
    """31 February, as a clerk wrote it."""
    bed.write(
        bed.choose(RATE, pl.col(roles.date).is_not_null()), roles.date, "31.02.1999", "impossible-date", QUARANTINE
    )


def unreadable_date(bed: Bed, roles: Roles) -> None:
    """A date that Excel turned into its day number."""
    bed.write(
        bed.choose(RATE / 2, pl.col("ngayDangKy").is_not_null()), "ngayDangKy", "36 526", "unreadable-date", QUARANTINE
    )


def missing_name(bed: Bed, roles: Roles) -> None:
    """The person the book is about has no name."""
    bed.write(bed.choose(RATE, pl.col(roles.name).is_not_null()), roles.name, None, "missing-name", QUARANTINE)


def missing_number(bed: Bed, roles: Roles) -> None:
    """No registration number: the entry cannot be found in the paper book."""
    bed.write(bed.choose(RATE, pl.col("so").is_not_null()), "so", None, "missing-number", QUARANTINE)


def control_character(bed: Bed, roles: Roles) -> None:
    """A dash of Windows-1252 read as Latin-1: the control character U+0096, which XML lets through."""
    bed.write(
        bed.choose(RATE, pl.col(roles.name).is_not_null()),
        roles.name,
        lambda old: old[:3] + "\x96" + old[3:],
        "control-character",
        QUARANTINE,
    )


def literal_null(bed: Bed, roles: Roles) -> None:
    """A database null that a program wrote out as a word."""
    bed.write(bed.choose(RATE, pl.col(roles.ethnic).is_not_null()), roles.ethnic, "Null", "literal-null", QUARANTINE)


def decomposed_text(bed: Bed, roles: Roles) -> None:
    """A name typed on a system that writes letters and marks apart: to be composed, not rejected."""
    marked = pl.col(roles.name).str.contains("[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹáàãâăéèêíìóòôõơúùũưý]")
    bed.write(
        bed.choose(RATE, marked), roles.name, lambda old: unicodedata.normalize("NFD", old), "decomposed-text", ACCEPTED
    )


def icelandic_eth(bed: Bed, roles: Roles) -> None:
    """Đ typed as the Icelandic letter Ð (U+00D0), which looks the same."""
    rows = bed.choose(RATE, pl.col(roles.name).str.contains("Đ"))
    bed.write(rows, roles.name, lambda old: old.replace("Đ", "Ð"), "icelandic-eth", ACCEPTED)


def partial_date(bed: Bed, roles: Roles) -> None:
    """Only the month, or only the year, is known: lawful in old books."""
    whole = pl.col(roles.date).str.len_chars() == 10
    bed.write(bed.choose(RATE, whole), roles.date, lambda old: old[3:], "partial-date-month", ACCEPTED)
    bed.write(bed.choose(RATE, whole), roles.date, lambda old: old[6:], "partial-date-year", ACCEPTED)


def registered_too_early(bed: Bed, roles: Roles) -> None:
    """The day of registration lies before the event."""
    whole = (pl.col(roles.date).str.len_chars() == 10) & (pl.col("ngayDangKy").str.len_chars() == 10)
    rows = bed.choose(RATE, whole)
    for row in rows.tolist():
        event = bed.frame[roles.date][row]
        earlier = f"{event[:6]}{int(event[6:]) - 3}".replace("29.02.", "28.02.")
        bed.write(np.array([row]), "ngayDangKy", earlier, "registered-before-event", QUARANTINE)


def short_identity(bed: Bed, roles: Roles) -> None:
    """11 digits: a spreadsheet dropped the leading zero."""
    bed.write(
        bed.choose(RATE, pl.col("nksSoDDCN").str.starts_with("0")),
        "nksSoDDCN",
        lambda old: old[1:],
        "identity-11-digits",
        QUARANTINE,
    )


def lettered_identity(bed: Bed, roles: Roles) -> None:
    """A letter O for a zero."""
    bed.write(
        bed.choose(RATE, pl.col("nksSoDDCN").is_not_null()),
        "nksSoDDCN",
        lambda old: "O" + old[1:],
        "identity-letters",
        QUARANTINE,
    )


def identity_against_birth(bed: Bed, roles: Roles) -> None:
    """A number whose year digits are not the year of birth: evidence for review, the book stays right."""
    rows = bed.choose(RATE, pl.col("nksSoDDCN").is_not_null() & pl.col("nksNgaySinh").is_not_null())
    bed.write(
        rows,
        "nksSoDDCN",
        lambda old: f"{old[:4]}{(int(old[4:6]) + 7) % 100:02d}{old[6:]}",
        "identity-against-birth-year",
        FINDING,
    )


def identity_against_sex(bed: Bed, roles: Roles) -> None:
    """A number whose sex digit says the other sex."""
    rows = bed.choose(RATE, pl.col("nksSoDDCN").is_not_null() & pl.col("nksGioiTinh").is_in(["1", "2"]))
    bed.write(rows, "nksSoDDCN", lambda old: f"{old[:3]}{int(old[3]) ^ 1}{old[4:]}", "identity-against-sex", FINDING)


def unknown_sex(bed: Bed, roles: Roles) -> None:
    """A code outside the list 1, 2, 3."""
    bed.write(bed.choose(RATE, pl.col("nksGioiTinh").is_not_null()), "nksGioiTinh", "7", "unknown-code", QUARANTINE)


def abolished_unit(bed: Bed, unit: str) -> None:
    """A district that ended, as the office of a later registration: an old form, or a wrong day."""
    later = pl.col("ngayDangKy").str.contains(r"^\d\d\.\d\d\.202[1-4]$")
    bed.write(bed.choose(RATE / 4, later), "noiDangKy", unit, "abolished-unit", FINDING)


Planter = Callable[[Bed, Roles], None]
EVERY_BOOK: tuple[Planter, ...] = (
    unknown_unit,
    impossible_date,
    unreadable_date,
    missing_name,
    missing_number,
    control_character,
    literal_null,
    decomposed_text,
    icelandic_eth,
    partial_date,
    registered_too_early,
)
BIRTHS: tuple[Planter, ...] = (
    short_identity,
    lettered_identity,
    identity_against_birth,
    identity_against_sex,
    unknown_sex,
)


def plant_registers(seed: int, registers: CityTables, abolished: str | None) -> list[Bed]:
    """Plant defects in the books; returns the beds that know them. `abolished` is a unit that ended."""
    beds = []
    kinds = read_name_dirt()
    for name in registers:
        frame = registers.table(name)
        bed = bed_of(seed, name, frame, pl.Series([SYSTEM]).new_from_index(0, len(frame)), ["id"])
        note_foreign_letters(bed, NAME_FIELDS[name])
        for planter in EVERY_BOOK:
            planter(bed, ROLES[name])
        if abolished is not None:
            abolished_unit(bed, abolished)
        for planter in BIRTHS if name == "birth" else ():
            planter(bed, ROLES[name])
        for kind in kinds:
            plant_name_dirt(bed, kind, ROLES[name].other_name if kind.other else ROLES[name].name)
        bed.settle()
        beds.append(bed)
    plant_across(seed, registers, beds)
    return beds
