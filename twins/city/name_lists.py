"""Names of real lists, mixed into the city: single words without owners, put together at random.

A folder holds `vn_given_names.csv` {gender, given_name_raw}, `vn_surnames_weighted.csv` {surname, weight},
`vn_ethnic_surnames.csv` {surname} and, if it likes, `namedb_boy.txt` and `namedb_girl.txt` (a given
name a line). They come with the dirt of the web that they were crawled from; nothing is cleaned.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from twins.city.columns import Mask, pick, stream, weighted

ETHNIC_SHARE = 0.02
"""Weight of all surnames of smaller peoples together, drawn by us: their list has no weights."""


@dataclass(frozen=True)
class NameLists:
    """What a folder holds."""

    surnames: dict[str, float]
    """With their weights."""
    male: tuple[str, ...]
    """Given names, with a middle name or without."""
    female: tuple[str, ...]


def read_name_lists(folder: Path) -> NameLists:
    """The lists of a folder, as they are.

    Raises:
        ValueError: a list is missing, or has no such column.
    """
    try:
        given = _column(folder / "vn_given_names.csv", "gender", "given_name_raw")
        common = _column(folder / "vn_surnames_weighted.csv", "surname", "weight")
        surnames = {surname: float(weight) for surname, weight in common}
        ethnic = [surname for (surname,) in _column(folder / "vn_ethnic_surnames.csv", "surname")]
    except (OSError, KeyError, ValueError) as error:
        needed = "vn_given_names.csv, vn_surnames_weighted.csv and vn_ethnic_surnames.csv"
        raise ValueError(f"{folder} is no folder of name lists: {error}; it must hold {needed}") from None
    male, female = (tuple(name for sex, name in given if sex != other) for other in ("female", "male"))
    share = ETHNIC_SHARE * sum(surnames.values()) / len(ethnic)
    for surname in ethnic:
        surnames[surname] = surnames.get(surname, 0) + share
    return NameLists(surnames, male + _lines(folder / "namedb_boy.txt"), female + _lines(folder / "namedb_girl.txt"))


def mixed_in(seed: int, name: pl.Series, female: Mask, citizen: Mask, lists: NameLists) -> pl.Series:
    """The people's names, half of the citizens' exchanged: a given name of the lists behind the family's surname, or behind one of the lists'."""
    rng, size = stream(seed, "name lists"), len(name)
    given = pick(lists.male, rng.integers(0, len(lists.male), size)).zip_with(
        pl.Series(~female), pick(lists.female, rng.integers(0, len(lists.female), size))
    )
    theirs = pick(list(lists.surnames), weighted(rng, list(lists.surnames.values()), size))
    surname = theirs.zip_with(pl.Series(rng.random(size) < 0.2), name.str.extract("^([^ ]+)"))
    full = pl.select(pl.concat_str(surname, given, separator=" ")).to_series()
    return full.zip_with(pl.Series(citizen & (rng.random(size) < 0.5)), name)


def _column(path: Path, *columns: str) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row[c] for c in columns) for row in csv.DictReader(file)]


def _lines(path: Path) -> tuple[str, ...]:
    return tuple(line for line in path.read_text(encoding="utf-8").split("\n") if line) if path.exists() else ()
