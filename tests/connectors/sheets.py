"""Workbooks that a test writes, and changes inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl

from connectors.workbooks.workbook import SheetLayout

PLAIN = SheetLayout(("ma", "ten", "donVi"))
LISTED: list[list[Any]] = [["M01", "A", "Sở Tư pháp"], ["M02", "B", None], ["M03", "C", None], ["M04", "D", "Sở Y tế"]]


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook as bytes."""
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed(body: bytes, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with another part."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content.decode()).encode() if name == part else content)
    return target.getvalue()


def merged(*ranges: str, rows: list[list[Any]]) -> bytes:
    """A sheet with the titles of `PLAIN` and merged ranges."""
    book = openpyxl.Workbook()
    book.active.append(list(PLAIN.columns))
    for row in rows:
        book.active.append(row)
    for each in ranges:
        book.active.merge_cells(each)
    return saved(book)
