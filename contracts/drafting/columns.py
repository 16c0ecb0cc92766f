"""One column of a draft, and what its values say of its kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.checks import DECIMAL, INTEGER, TIMESTAMP_COMPACT, TIMESTAMP_ISO
from contracts.identifiers import LONGEST, LOOKUP, SYSTEM_COLUMNS
from contracts.naming import column_of

MOST_CODES = 12
"""Most distinct values of a column that may be a list of codes."""
ENOUGH = 50
"""Values from which on a few distinct ones say something."""
_PARTIAL_DATE = re.compile(r"([0-9]{2}[./]){0,2}[12][0-9]{3}|[12][0-9]{3}-[0-9]{2}(-[0-9]{2})?")
_KINDS = (
    ("timestamp", re.compile(f"{TIMESTAMP_COMPACT}|{TIMESTAMP_ISO}")),
    ("partial-date", _PARTIAL_DATE),
    ("integer", re.compile(INTEGER)),
    ("number", re.compile(DECIMAL)),
)
_ZEROS = re.compile(r"-?0[0-9]+")
"""A number that begins with a zero is a code: 01 is not 1."""


@dataclass(frozen=True)
class DraftColumn:
    """One field of a draft."""

    name: str
    kind: str = "string"
    """string, integer, number, timestamp or partial-date."""
    required: bool = False
    unique: bool = False
    """Whether each value stands once, as far as is known."""
    max_length: int | None = None
    pattern: str | None = None
    codes: tuple[str, ...] = ()
    meaning: str = ""
    """The source's own word."""
    guessed: str = ""
    """What the kind was guessed from; empty where the source says it."""


def named(names: Sequence[str], dataset: str) -> list[str]:
    """Names of fields that the hub takes, each once, as near to the source's as possible."""
    longest = LONGEST - len(f"{dataset}_{LOOKUP}")
    taken, found = set[str](SYSTEM_COLUMNS), list[str]()
    for name in names:
        base = _plain(name)
        while len(column_of(base)) > longest - 3:
            base = base[:-1]
        number, unique = 1, base
        while column_of(unique) in taken:
            number += 1
            unique = f"{base}{number}"
        taken.add(column_of(unique))
        found.append(unique)
    return found


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    kept = re.sub(r"[^A-Za-z0-9]+", "_", "".join(c for c in bare if not unicodedata.combining(c))).strip("_")
    return kept if kept[:1].isalpha() else f"f{kept}"


def guessed(name: str, values: Sequence[str]) -> DraftColumn:
    """A column by its values, the empty ones among them."""
    filled = [value for value in values if value.strip()]
    required = len(filled) == len(values) > 0
    unique = required and len(set(filled)) == len(filled)
    said = f"{len(filled)} of {len(values)} values"
    for kind, pattern in _KINDS:
        if filled and all(pattern.fullmatch(value) for value in filled):
            if kind in ("integer", "number") and any(_ZEROS.fullmatch(value) for value in filled):
                continue
            if kind == "timestamp" and all(len(value) == 14 for value in filled) and not _moments(filled):
                continue
            return DraftColumn(name, kind, required, unique, guessed=said)
    distinct = sorted(set(filled))
    lengths = {len(value) for value in filled}
    if len(filled) >= ENOUGH and len(distinct) <= MOST_CODES and not unique:
        return DraftColumn(name, "string", required, codes=tuple(distinct), guessed=said)
    if len(lengths) == 1 and all(value.isascii() and value.isdigit() for value in filled):
        return DraftColumn(name, "string", required, unique, pattern=f"[0-9]{{{lengths.pop()}}}", guessed=said)
    return DraftColumn(name, "string", required, unique, _rounded(max(lengths, default=0)), guessed=said)


def _moments(values: Sequence[str]) -> bool:
    """Whether fourteen digits may be a time: months and days that exist."""
    return all("01" <= value[4:6] <= "12" and "01" <= value[6:8] <= "31" and value[8:10] < "25" for value in values)


def _rounded(longest: int) -> int:
    """A length with room: the next of 10, 20, 50, 100, 200 and so on."""
    size = 10
    while size < longest:
        size = size * 5 // 2 if str(size)[0] == "2" else size * 2
    return size
