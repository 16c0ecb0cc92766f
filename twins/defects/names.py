"""Defects of names: kinds counted in real lists, and kinds that clerks make. No name here belongs to anyone.

`name_defects.csv` gives for each kind where it was counted, or that we assume it, and the expected verdict: a finding
if a person must check the book, accepted if the name is lawful.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from twins.defects.planting import FINDING, Bed

FILE = Path(__file__).with_name("name_defects.csv")
RATE = 0.0002
"""Share of a book's records that each kind takes."""
NAME_FIELDS = {
    "birth": ("nksHoTen", "meHoTen", "chaHoTen", "nycHoTen"),
    "death": ("nktHoTen", "nycHoTen"),
    "marriage": ("chongHoTen", "voHoTen"),
    "recognition": ("cmHoTen", "ncHoTen", "nycHoTen"),
}
"""Fields of the books that hold a person's whole name, whom the book is about first."""
OTHER_SCRIPT = "other-script-in-name"


@dataclass(frozen=True)
class NameDirt:
    """One kind."""

    kind: str
    other: bool
    """Planted in the second person of the book, not in the first."""
    expected: str


def read_name_dirt(path: Path = FILE) -> list[NameDirt]:
    """The kinds that are planted here. Raises ValueError for an unknown kind."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["field"]]
    if strange := sorted({row["kind"] for row in rows} ^ SPOILERS.keys()):
        raise ValueError(f"{path.name} and the spoilers beside it do not fit: {', '.join(strange)}")
    return [NameDirt(row["kind"], row["field"] == "other", row["expected"]) for row in rows]


def plant_name_dirt(bed: Bed, kind: NameDirt, field: str) -> None:
    """Some names of a field, spoiled in one way; only names of three words or more, which all ways can take."""
    rows = bed.choose(RATE, pl.col(field).str.split(" ").list.len() >= 3)
    bed.write(rows, field, SPOILERS[kind.kind], kind.kind, kind.expected)


def note_foreign_letters(bed: Bed, fields: Sequence[str]) -> None:
    """Enter the Chinese characters of real lists into the truth table: they are not planted, but they are defects too."""
    for name in fields:
        rows = np.flatnonzero(bed.frame[name].str.contains(r"\p{Han}").fill_null(False).to_numpy()).astype(np.int64)
        bed.note(rows, name, OTHER_SCRIPT, FINDING)
        bed.free[rows] = False


def _title(name: str) -> str:
    return f"{'Bà' if ' Thị ' in name else 'Ông'} {name}"


def _cham(name: str) -> str:
    return f"{'Bà' if ' Thị ' in name else 'Ông'} {name.partition(' ')[2]}"


def _initial(name: str) -> str:
    first, middle, *rest = name.split(" ")
    return " ".join([first, f"{middle[0]}.", *rest])


SPOILERS: dict[str, Callable[[str], str]] = {
    OTHER_SCRIPT: lambda name: f"{name.rpartition(' ')[0]} 福",
    "surname-like-title": _cham,
    "digit-in-name": lambda name: f"{name}1",
    "punctuation-in-name": lambda name: f"{name} (con)",
    "initial-in-name": _initial,
    "title-before-name": _title,
    "double-space-in-name": lambda name: name.replace(" ", "  ", 1),
    "foreign-single-name": lambda name: name.rpartition(" ")[2].upper(),
}
"""Kind -> function that gives a name this defect."""
