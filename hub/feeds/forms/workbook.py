"""Aggregates and refusals as a workbook (XLSX), for people with an office program. Records of people never leave so.

No cell is a formula: a text that begins as one (`=`, `+`, `-`, `@`) is stored as text and marked as such, so that no
program reckons it, also after somebody edited the cell.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from contracts.local_time import LOCAL

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that some program takes for a formula."""
LONGEST_TITLE = 31


def workbook(rows: Sequence[Mapping[str, Any]], title: str) -> bytes:
    """One sheet: a line with the columns of the first row, then a line a row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(ILLEGAL_CHARACTERS_RE.sub("", title)[:LONGEST_TITLE])
    names = list(rows[0]) if rows else []
    lines: list[list[Any]] = [[*names], *([row.get(name) for name in names] for row in rows)]
    for line in lines:
        sheet.append([_cell(sheet, value) for value in line])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return WriteOnlyCell(sheet, value=value)
    text = f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA)
    return cell
