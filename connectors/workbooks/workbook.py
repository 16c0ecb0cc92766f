"""Excel workbooks (.xlsx, ISO/IEC 29500) and CSV as frames of text.

A workbook is a ZIP of XML. `connectors.files.archive` checks the ZIP, a search for DTDs checks the XML, and openpyxl reads
the rest in its streaming mode. openpyxl distinguishes formula cells from values (a reader of results would hide
them) and never builds a dense sheet because of one distant cell. What becomes of a cell is in `connectors.workbooks.cells`.

A row that cannot be read is refused by itself, with place, reason and its values as they stand (`connectors.refusals`);
the rows beside it are read. A file is refused whole where it cannot be cut into rows, or where its header is another:
a shifted column would put every value into a wrong field.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from contracts.errors import HubError
from contracts.invisible import trimmed

from ..errors import Malformed
from ..files.archive import Archive, ArchiveLimits
from ..files.csv_rows import CsvRow, csv_rows, decoded
from ..interface import RecordRefusal
from ..leaf_rows import Texts
from ..refusals import record_frame
from .layout import SheetLayout

__all__ = ["SheetLayout", "Table", "csv_table", "for_spreadsheet", "read_csv", "read_xlsx", "risky", "xlsx_table"]

_XML = (".xml", ".rels", ".vml")
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_RISKY = re.compile(r"^\s*[=+\-@\t\r|%]")


@dataclass(frozen=True)
class Table:
    """The rows of a file below its header."""

    frame: pl.DataFrame
    """Columns named by the layout, and those of refused rows (`connectors/interface.py`)."""
    blank: int
    """Rows without any value, which are left out."""

    def size(self, name: str, size: int) -> str:
        """What was read, for people."""
        blank = f", {self.blank} rows without any value left out" if self.blank else ""
        return f"{name} ({size} bytes{blank})"


def read_xlsx(body: bytes, about: str, due: SheetLayout, caps: ArchiveLimits) -> pl.DataFrame:
    """The rows of `xlsx_table`."""
    return xlsx_table(body, about, due, caps).frame


def read_csv(
    body: bytes, about: str, due: SheetLayout, *, delimiter: str = ",", encoding: str = "utf-8"
) -> pl.DataFrame:
    """The rows of `csv_table`."""
    return csv_table(body, about, due, delimiter=delimiter, encoding=encoding).frame


def xlsx_table(body: bytes, about: str, due: SheetLayout, caps: ArchiveLimits) -> Table:
    """The rows below the header as `pl.String` columns named by `due`; empty cells are null.

    Raises:
        Incomplete, TooLarge, Malformed: as `Archive`.
        Malformed: no workbook, a DTD, macros, another header; names sheet and cell.
    """
    archive = Archive(body, about, caps, due="an .xlsx")
    _look_inside(archive, about)
    try:
        return _sheet(archive, body, about, due)
    except HubError:
        raise
    except Exception as error:  # openpyxl raises whatever broke inside it, with values in its text
        hint = "open it in a spreadsheet program and save it anew as .xlsx"
        raise Malformed(f"{about}: the workbook cannot be read ({type(error).__name__})", hint=hint) from None


def csv_table(body: bytes, about: str, due: SheetLayout, *, delimiter: str = ",", encoding: str = "utf-8") -> Table:
    """As `xlsx_table`, for CSV in a declared encoding; each row must have as many values as the header.

    A CSV file that was cut between two lines looks like a shorter one; only a manifest detects it.
    """
    text = decoded(body, about, encoding)
    rows: list[Texts | RecordRefusal] = []
    blank, number, width = 0, 0, len(due.columns)
    places: list[int] = []
    for number, row in enumerate(csv_rows(text, delimiter), 1):
        texts = [value or None for value in row.values]
        if number == due.header_row:
            titles = texts if not row.fault else [None]
            due.places(titles, f"{about}: line {row.line}")
            places = [at for at, title in enumerate(due.columns) if title not in due.skipped]
        elif number > due.header_row:
            if not row.fault and not any(map(trimmed, row.values)):
                blank += 1
                continue
            while len(texts) > width and texts[-1] is None:
                texts.pop()
            rows.append(_csv_row(row, texts, due, about, encoding, places))
            due.require_rows(len(rows), about)
    if number < due.header_row:
        hint = "the titles must stand in the declared row; header_row names it"
        raise Malformed(f"{about}: empty; a header was due in line {due.header_row}", hint=hint)
    return Table(record_frame(due.columns, rows), blank)


def _csv_row(
    row: CsvRow, texts: list[str | None], due: SheetLayout, about: str, encoding: str, places: list[int]
) -> Texts | RecordRefusal:
    place = f"{about}, line {row.line}"
    if row.fault and len(texts) != len(due.columns):
        return RecordRefusal(row.content(encoding), place, f"{row.fault}: have the row mended")
    if len(texts) != len(due.columns):
        clause = f"{len(texts)} values where {len(due.columns)} are due: have the row mended"
        return RecordRefusal(row.content(encoding), place, clause)
    if row.fault:
        clear = {due.columns[at]: text for at in places if (text := texts[at]) and text.isprintable()}
        return RecordRefusal(row.content(encoding), place, f"{row.fault}: have the row mended", clear)
    taken = set(places)
    return tuple(text if at in taken else None for at, text in enumerate(texts))


def for_spreadsheet(value: str | None) -> str | None:
    """The value in a form that a spreadsheet program shows and does not execute.

    A text that begins like a formula (= + - @, tab, carriage return, also after blanks) gets an apostrophe (OWASP, CSV
    injection). Only exports for people do this; programs get the value itself.
    """
    return f"'{value}" if value and _RISKY.match(value) else value


def risky(frame: pl.DataFrame) -> Mapping[str, int]:
    """Column -> number of values that `for_spreadsheet` would change; columns without any are left out."""
    counts = {name: frame[name].cast(pl.String).str.contains(_RISKY.pattern).sum() for name in frame.columns}
    return {name: int(count) for name, count in counts.items() if count}


def _look_inside(archive: Archive, about: str) -> None:
    """Refuse parts that a table does not need. The check reads bytes, so the XML must be UTF-8: a DTD cannot hide."""
    if "xl/workbook.xml" not in archive.names:
        hint = "an .xls, .xlsb or .ods must be saved as .xlsx"
        raise Malformed(f"{about}: no Excel workbook (.xlsx)", hint=hint)
    for name in archive.names:
        if "vbaproject" in name.lower():
            raise Malformed(f"{about}: the workbook holds macros", hint="save it as .xlsx, without macros")
        if name.lower().endswith(_XML):
            content = archive.read(name)
            if name == "xl/workbook.xml" and _STRICT in content:
                hint = "save it as Excel Workbook (.xlsx), not as Strict Open XML Spreadsheet"
                raise Malformed(f"{about}: a workbook of the strict form of Open XML, which is not read", hint=hint)
            if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:200]:
                raise Malformed(f"{about}: its XML is not UTF-8", hint=_ANEW)
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise Malformed(f"{about}: its XML has a DTD: no spreadsheet program writes one", hint=_ANEW)


_ANEW = "open it in a spreadsheet program and save it anew as .xlsx"


def _sheet(archive: Archive, body: bytes, about: str, due: SheetLayout) -> Table:
    import openpyxl  # only who reads workbooks pays for it

    from .merges import Merges
    from .rows import SheetReader

    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=False, keep_links=False)
    try:
        name = due.sheet or (book.sheetnames[0] if len(book.sheetnames) == 1 else "")
        if name not in book.sheetnames:
            raise Malformed(
                f"{about}: {len(book.sheetnames)} sheets and none is {due.sheet or 'the only one'}",
                hint="name the sheet in the system's options",
            )
        sheet: Any
        sheet, where = book[name], f"{about}: sheet {due.sheet or '1'}"
        if not hasattr(sheet, "reset_dimensions"):
            raise Malformed(f"{where}: a chart, no table", hint="name the sheet in the system's options")
        merges = Merges(archive.read(sheet._worksheet_path), where)
        reader = SheetReader(book, sheet, merges, where, due)
        rows = list(reader)
        return Table(record_frame(due.columns, rows), reader.blank)
    finally:
        book.close()
