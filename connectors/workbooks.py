"""Excel workbooks (.xlsx, ISO/IEC 29500) and CSV as frames of text.

A workbook is a ZIP of XML. `connectors.archive` checks the ZIP, a search for DTDs checks the XML, and openpyxl reads
the rest in its streaming mode. openpyxl distinguishes formula cells from values (a reader of results would hide
them) and never builds a dense sheet because of one distant cell.

Conversion of a cell:
    text            unchanged, with an apostrophe or a leading `=`: data, never executed (see `for_spreadsheet`)
    a whole number  its digits: 5, not 5.0
    a date          `dd.MM.yyyy`, the template's form: the cell's format says that its serial is a date
    a plain number  stays a number, also where a date is due: 1984 is a year, and 44713 a serial without its
                    format. Nothing is guessed; the contract's rule refuses it
    formula, error  the workbook is refused: its text is the result of a program, not the clerk's text
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import polars as pl

from contracts.errors import HubError

from .archive import Archive, ArchiveLimits
from .errors import Malformed, TooLarge

_XML = (".xml", ".rels", ".vml")
_WIDEST = 500
"""Columns that are searched for one at any position."""
_RISKY = re.compile(r"^\s*[=+\-@\t\r|%]")


@dataclass(frozen=True)
class SheetLayout:
    """The required layout of a table."""

    columns: tuple[str, ...]
    """Titles of the header, from column A, in this order and no other."""
    header_row: int = 1
    sheet: str = ""
    """Name of the sheet; empty: the only one."""
    max_rows: int = 100_000
    anywhere: bool = False
    """Read these columns at any position, and skip all others."""


def read_xlsx(body: bytes, about: str, due: SheetLayout, caps: ArchiveLimits) -> pl.DataFrame:
    """The rows below the header as `pl.String` columns named by `due`; empty cells are null, empty rows are skipped.

    Raises:
        Incomplete, TooLarge, Malformed: as `Archive`.
        Malformed: no workbook, a DTD, macros, another header, a formula or error cell; names sheet and cell.
    """
    _look_inside(Archive(body, about, caps), about)
    try:
        return _frame(list(_xlsx_rows(body, about, due)), due)
    except HubError:
        raise
    except Exception as error:  # openpyxl raises whatever broke inside it, with values in its text
        hint = "open it in a spreadsheet program and save it anew as .xlsx"
        raise Malformed(f"{about}: the workbook cannot be read ({type(error).__name__})", hint=hint) from None


def read_csv(
    body: bytes, about: str, due: SheetLayout, *, delimiter: str = ",", encoding: str = "utf-8"
) -> pl.DataFrame:
    """As `read_xlsx`, for CSV (RFC 4180) in a declared encoding; each line must have as many fields as the header.

    A CSV file that was cut between two lines looks like a shorter one; only a manifest detects it.
    """
    try:
        text = body.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Malformed(
            f"{about}: byte {error.start + 1} is not {encoding}", hint="declare the encoding it has"
        ) from None
    rows: list[list[str | None]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(reader, 1):
            if number == due.header_row:
                _require_header([cell or None for cell in row], due, f"{about}: line {reader.line_num}")
            elif number > due.header_row and row:
                if len(row) != len(due.columns):
                    raise Malformed(
                        f"{about}: line {reader.line_num}: {len(row)} fields where {len(due.columns)} are due"
                    )
                rows.append([cell or None for cell in row])
            _bound(len(rows), due, about)
    except csv.Error as error:
        raise Malformed(f"{about}: line {reader.line_num}: no CSV ({error})") from None
    if reader.line_num < due.header_row or not text:
        raise Malformed(f"{about}: empty; a header was due in line {due.header_row}")
    return _frame(rows, due)


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
        raise Malformed(f"{about}: no Excel workbook (.xlsx)", hint="an old .xls must be saved as .xlsx")
    for name in archive.names:
        if "vbaproject" in name.lower():
            raise Malformed(f"{about}: the workbook holds macros", hint="save it as .xlsx, without macros")
        if name.lower().endswith(_XML):
            content = archive.read(name)
            if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:200]:
                raise Malformed(f"{about}: its XML is not UTF-8")
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                raise Malformed(f"{about}: its XML has a DTD: no spreadsheet program writes one")


def _xlsx_rows(body: bytes, about: str, due: SheetLayout) -> Iterator[list[str | None]]:
    import openpyxl  # only who reads workbooks pays for it

    book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=False, keep_links=False)
    try:
        name = due.sheet or (book.sheetnames[0] if len(book.sheetnames) == 1 else "")
        if name not in book.sheetnames:
            raise Malformed(
                f"{about}: {len(book.sheetnames)} sheets and none is {due.sheet or 'the only one'}",
                hint="name the sheet in the system's options",
            )
        sheet, where = book[name], f"{about}: sheet {due.sheet or '1'}"
        if not hasattr(sheet, "reset_dimensions"):
            raise Malformed(f"{where}: a chart, no table")
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        places: list[int] = []
        for number, row in enumerate(sheet.iter_rows(max_col=_WIDEST if due.anywhere else len(due.columns) + 1), 1):
            _bound(number - due.header_row, due, about)
            if number < due.header_row:
                continue
            if not places:
                places = _places([_text(cell, where) for cell in row], due, where)
                continue
            if not due.anywhere and len(row) > len(places) and row[len(places)].value is not None:
                raise Malformed(
                    f"{where}, cell {_letters(len(places))}{number}: something stands right of the last declared column"
                )
            cells = [_text(row[i], where) if i < len(row) else None for i in places]
            if any(cell is not None for cell in cells):
                yield cells
        if not places:
            raise Malformed(f"{where}: empty; a header was due in row {due.header_row}")
    finally:
        book.close()


def _text(cell: Any, where: str) -> str | None:
    """One cell as text, by the list at the top of this module."""
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None or value == "":
        return None
    if kind in ("f", "e"):
        what = "a formula" if kind == "f" else "an error value"
        raise Malformed(
            f"{where}, cell {cell.coordinate}: {what}, where a value was due",
            hint="paste the column as values, save, send again",
        )
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return f"{value:%d.%m.}{value.year:04d}" + (f" {value:%H:%M:%S}" if value.time() != time() else "")
    if isinstance(value, date):
        return f"{value:%d.%m.}{value.year:04d}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)


def _places(titles: Sequence[str | None], due: SheetLayout, where: str) -> list[int]:
    """Positions of the declared columns."""
    if not due.anywhere:
        _require_header(titles, due, where)
        return list(range(len(due.columns)))
    if missing := [each for each in due.columns if titles.count(each) != 1]:
        raise Malformed(f"{where}, row {due.header_row}: a column «{missing[0]}» was due, once")
    return [titles.index(each) for each in due.columns]


def _require_header(cells: Sequence[str | None], due: SheetLayout, where: str) -> None:
    """Check that the header is the declared one: a shifted column would put every value into a wrong field."""
    found = [None if cell is None else cell.strip() for cell in cells]
    for number, expected in enumerate((*due.columns, None)):
        here = found[number] if number < len(found) else None
        if here != expected:
            shown = (
                "nothing" if here is None else f"«{here}»" if here in due.columns else "another text"
            )  # it may be a record's: the header is missing then
            wanted = "nothing more" if expected is None else f"«{expected}»"
            hint = "the columns must stand as declared, in this order"
            raise Malformed(
                f"{where}, cell {_letters(number)}{due.header_row}: found {shown}, expected {wanted}", hint=hint
            )
    if any(cell is not None for cell in found[len(due.columns) :]):
        raise Malformed(f"{where}: more columns than the {len(due.columns)} declared")


def _frame(rows: list[list[str | None]], due: SheetLayout) -> pl.DataFrame:
    schema = dict.fromkeys(due.columns, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _bound(rows: int, due: SheetLayout, about: str) -> None:
    if rows > due.max_rows:
        raise TooLarge(f"{about}: more than {due.max_rows} rows", hint="raise max_rows, or have it split")


def _letters(number: int) -> str:
    """Column 0 is A, 26 is AA."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
