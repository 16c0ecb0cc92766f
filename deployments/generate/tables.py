"""Tables as lists of rows: read, written, and what changed between two of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = dict[str, str]


def read(path: Path) -> list[Row]:
    """The rows of a CSV file, every cell text; none when the file does not exist."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(rows: Sequence[Row]) -> str:
    """The rows as CSV: UTF-8, LF, columns in the order of the first row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def changes(before: Iterable[Row], after: Iterable[Row]) -> list[str]:
    """`-` and `+` lines of the rows that one of the two has and the other has not."""
    old, new = ([",".join(row.values()) for row in rows] for rows in (before, after))
    return [
        *(f"- {line}" for line in sorted(set(old) - set(new))),
        *(f"+ {line}" for line in sorted(set(new) - set(old))),
    ]
