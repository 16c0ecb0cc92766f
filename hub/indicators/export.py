"""Figures as CSV and XLSX, for people who open them in a spreadsheet.

No cell is a formula: text that a spreadsheet would compute gets an apostrophe before it. Counts from 1 to 4 are left
out, and so is what they could be computed from: in a group so small a dossier might be somebody's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields

from hub.indicators.figures import Figure

SMALL = 5
"""Counts below this, but for 0, are left out."""
LEFT_OUT = f"<{SMALL}"
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""First characters by which a spreadsheet takes a text for a formula."""
HEAD = tuple(field.name for field in fields(Figure))


def rows(found: Iterable[Figure]) -> list[list[str | int | float]]:
    """One row a figure, in the order of `HEAD`."""
    return [_row(figure) for figure in found]


def _row(figure: Figure) -> list[str | int | float]:
    over, under = figure.numerator, figure.denominator
    hidden = any(_small(part) for part in (over, under, _rest(over, under)))
    values: list[str | int | float] = []
    for name in HEAD:
        value = getattr(figure, name)
        if hidden and name in ("numerator", "denominator", "value", "rank"):
            value = LEFT_OUT if name in ("numerator", "denominator") else ""
        values.append(_safe(value))
    return values


def _small(count: int | None) -> bool:
    return count is not None and 0 < count < SMALL


def _rest(over: int | None, under: int | None) -> int | None:
    """The other part of a share: it is as telling as the part."""
    return under - over if over is not None and under is not None and over <= under else None


def _safe(value: object) -> str | int | float:
    if isinstance(value, int | float):
        return value
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(COMPUTED) else text


def as_csv(found: Sequence[Figure]) -> bytes:
    """UTF-8 with a mark of its order, so that spreadsheets read Vietnamese."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows(rows(found))
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def as_xlsx(found: Sequence[Figure]) -> bytes:
    """A workbook of one sheet; every text is a text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("indicators")
    sheet.append(HEAD)
    for row in rows(found):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
