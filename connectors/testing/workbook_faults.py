"""Faults inside a workbook as data: each with the error that it must become, or with the rows that it may cost."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from ..errors import Malformed, TooLarge
from .file_faults import FileFault, in_place, member


def _inside(part: str, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change one member of a workbook."""

    def whole(body: bytes) -> bytes:
        source, target = zipfile.ZipFile(io.BytesIO(body)), io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in source.namelist():
                archive.writestr(name, change(source.read(name)) if name == part else source.read(name))
        return target.getvalue()

    return whole


def _sheet(change: Callable[[bytes], bytes]) -> Callable[[Path, str], object]:
    return in_place(_inside("xl/worksheets/sheet1.xml", change))


def _second_cell(cell: bytes) -> Callable[[bytes], bytes]:
    """Another cell in the place of B2: the first column may be one that nobody takes."""
    return lambda xml: re.sub(rb'<c r="B2"[^>]*>.*?</c>', cell, xml, count=1, flags=re.DOTALL)


def _inline(text: bytes) -> bytes:
    return b'<c r="B2" t="inlineStr"><is><t>' + text + b"</t></is></c>"


def _merged(reference: bytes) -> Callable[[bytes], bytes]:
    part = b'<mergeCells count="1"><mergeCell ref="' + reference + b'"/></mergeCells>'
    return lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + part, 1)


def _far_off(xml: bytes) -> bytes:
    """One value in the last cell that a sheet can have: a reader that makes the sheet dense dies of it."""
    return xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


WORKBOOK_FAULTS = (
    FileFault("no workbook", Malformed, in_place(_inside("xl/workbook.xml", lambda xml: b"<x/>"))),
    FileFault("a formula without a result", None, _sheet(_second_cell(b'<c r="B2"><f>1+1</f></c>')), refused=1),
    FileFault(
        "a formula with an error for its result",
        None,
        _sheet(_second_cell(b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')),
        refused=1,
    ),
    FileFault("an error value", None, _sheet(_second_cell(b'<c r="B2" t="e"><v>#REF!</v></c>')), refused=1),
    FileFault("a number that is none", None, _sheet(_second_cell(b'<c r="B2"><v>1x</v></c>')), refused=1),
    FileFault("a text that is not there", None, _sheet(_second_cell(b'<c r="B2" t="s"><v>99999</v></c>')), refused=1),
    FileFault(
        "a number of 19 digits", None, _sheet(_second_cell(b'<c r="B2"><v>1234567890123456789</v></c>')), refused=1
    ),
    FileFault("half a character", None, _sheet(_second_cell(_inline(b"a_xD83D_"))), refused=1),
    FileFault("a text past Excel's own cap", None, _sheet(_second_cell(_inline(b"a" * 32_768))), refused=1),
    FileFault("two values for one cell", None, _sheet(_second_cell(_inline(b"1") + _inline(b"2"))), refused=1),
    FileFault("cells merged over columns", None, _sheet(_merged(b"B2:C2")), refused=1),
    FileFault(
        "another header",
        Malformed,
        _sheet(lambda xml: re.sub(rb'<c r="B1"[^>]*>.*?</c>', b'<c r="B1"><v>7</v></c>', xml, count=1)),
    ),
    FileFault(
        "no header", Malformed, _sheet(lambda xml: re.sub(rb'<row r="1".*?</row>', b"", xml, count=1, flags=re.DOTALL))
    ),
    FileFault(
        "a DTD",
        Malformed,
        _sheet(lambda xml: re.sub(rb"<worksheet", b'<!DOCTYPE x [<!ENTITY e "1">]><worksheet', xml, count=1)),
    ),
    FileFault("macros", Malformed, in_place(member("xl/vbaProject.bin", b"x"))),
    FileFault("a cell at the far end", TooLarge, _sheet(_far_off)),
    FileFault("rows past their cap", TooLarge, lambda folder, name: None, {"max_rows": 1}),
)
"""Of a workbook whose header is due in its first row."""
