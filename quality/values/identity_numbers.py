"""Year of birth and sex in the twelve digits of a personal identity number.

    079 2 03 123456      province or country of the birth registration (3), century and sex (1),
                         year (2), serial (6): Decree 137/2015 Art. 13, Circular 07/2016 Art. 7

There is no check digit. Old nine-digit numbers (CMND) have no structure, so every result for them is null. A person
must examine a contradiction; it is never a reason to reject, because the paper book is authoritative (Luật Hộ tịch Art.
60.2) and books are corrected.
"""

from __future__ import annotations

import re

import polars as pl

TWELVE_DIGITS = r"^[0-9]{12}$"
MALE, FEMALE = "1", "2"
"""Codes of GioiTinh in the registers; `3` is not determined."""


def well_formed(number: pl.Expr) -> pl.Expr:
    """Whether the text is twelve ASCII digits. An unknown province is no error: country codes exist."""
    return number.str.contains(TWELVE_DIGITS)


def birth_year(number: pl.Expr) -> pl.Expr:
    """The year of birth (pl.Int32); null unless the text is twelve digits."""
    century = number.str.slice(3, 1).cast(pl.Int32, strict=False) // 2
    year = number.str.slice(4, 2).cast(pl.Int32, strict=False)
    return pl.when(well_formed(number)).then(1900 + 100 * century + year)


def sex(number: pl.Expr) -> pl.Expr:
    """`1` male or `2` female; null unless the text is twelve digits."""
    digit = number.str.slice(3, 1).cast(pl.Int32, strict=False)
    return pl.when(well_formed(number)).then(pl.when(digit % 2 == 0).then(pl.lit(MALE)).otherwise(pl.lit(FEMALE)))


def plain_birth_year(number: str) -> int | None:
    """`birth_year` of one value."""
    if not re.fullmatch("[0-9]{12}", number):
        return None
    return 1900 + int(number[3]) // 2 * 100 + int(number[4:6])


def plain_sex(number: str) -> str | None:
    """`sex` of one value."""
    if not re.fullmatch("[0-9]{12}", number):
        return None
    return FEMALE if int(number[3]) % 2 else MALE
