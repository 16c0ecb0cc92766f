"""A contractor that delivers digitised books as files: a few books of the city, each a workbook and a ZIP of scans.

    KS.27007.01-2005.xlsx            one row for each entry, columns as in the Ministry's import template
    KS.27007.01-2005.zip             one PDF for each entry, `12.pdf`
    KS.27007.01-2005.manifest.json   written last: time, and each file's bytes and SHA-256

The scans are real PDF files that say "synthetic" and contain nothing about a person. In the first book one scan is
missing and one has no entry, as happens in reality; the reader must report both. A folder is written once.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import polars as pl

from contracts.local_time import LOCAL
from twins.city.fields import MODULES, REGISTER_FIELDS
from twins.population import City

BOOKS_EACH = 2
"""Of each register: the thickest ones."""
STRAY_SCAN = "bia-so.pdf"
"""A book's cover: a scan of no entry."""


@dataclass(frozen=True)
class Book:
    """A book that is delivered."""

    register: str
    mark: str
    """KS, KT, KH or CMC."""
    rows: pl.DataFrame
    """Its entries, as the city has them."""
    flawed: bool
    """One scan is missing, and a stray one is there."""

    @property
    def name(self) -> str:
        """`KS.27007.01-2005`: of its files, without suffix."""
        return f"{self.mark}.{self.rows[0, 'noiDangKy']}.{self.rows[0, 'quyenSo'].replace('/', '-')}"


def books_of(city: City, books_each: int = BOOKS_EACH) -> list[Book]:
    """The books that are delivered, register by register."""
    return [
        Book(register, mark, rows, flawed=mark == "KS" and number == 0)
        for mark, register in MODULES.items()
        for number, rows in enumerate(_thickest(city.registers[register], books_each))
    ]


def deliver(city: City, folder: Path, books_each: int = BOOKS_EACH) -> list[str]:
    """Write the books that are not there yet; return all their names, without suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    books = books_of(city, books_each)
    for book in books:
        if not (folder / f"{book.name}.manifest.json").exists():
            _write(
                folder,
                book.name,
                book.rows.select(REGISTER_FIELDS[book.register][3:]),
                book.rows["_changed"].max(),
                flawed=book.flawed,
            )
    return [book.name for book in books]


def _thickest(frame: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    """The books with most entries, each in the order of its numbers; only well-formed heads can stand in a file's name."""
    named = frame.filter(
        pl.col("noiDangKy").str.contains(r"^\d{5}$")
        & pl.col("quyenSo").str.contains(r"^\d+/\d{4}$")
        & pl.col("so").str.contains(r"^\d+(/\d{4})?$")
    )
    books = (
        named.group_by("noiDangKy", "quyenSo", maintain_order=True)
        .len()
        .sort("len", "noiDangKy", "quyenSo", descending=[True, False, False])
        .head(count)
    )
    number = pl.col("so").str.extract(r"^(\d+)").cast(pl.Int32)
    return [
        named.filter(pl.col("noiDangKy") == place, pl.col("quyenSo") == quyen).sort(number, "id")
        for place, quyen, _ in books.rows()
    ]


def _write(folder: Path, name: str, book: pl.DataFrame, changed: object, *, flawed: bool) -> None:
    scans = {f"{so.replace('/', '-')}.pdf": scan(f"{name} {so}") for so in book["so"].to_list()}
    if flawed:
        scans.popitem()
        scans[STRAY_SCAN] = scan(f"{name} cover")
    files = {f"{name}.xlsx": workbook(book), f"{name}.zip": packed(scans)}
    for file, body in files.items():
        _place(folder / file, body)
    # The seconds of `_changed` are local ones, as all times of the city.
    when = datetime.fromtimestamp(int(str(changed)), UTC).replace(tzinfo=LOCAL)
    _place(folder / f"{name}.manifest.json", manifest(when, files))


def workbook(book: pl.DataFrame) -> bytes:
    """An .xlsx of one sheet: a header of field names, then the rows; every cell is text."""
    made = openpyxl.Workbook(write_only=True)
    sheet = made.create_sheet("So")
    sheet.append(book.columns)
    for row in book.rows():
        sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def packed(members: dict[str, bytes]) -> bytes:
    """A ZIP of the members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2022, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def manifest(when: datetime, files: dict[str, bytes]) -> bytes:
    """The manifest of a delivery."""
    entries = [
        {"name": name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()} for name, body in files.items()
    ]
    return json.dumps({"time": when.isoformat(), "files": entries}, ensure_ascii=False, indent=1).encode()


def scan(caption: str) -> bytes:
    """A one-page PDF (ISO 32000) that shows the caption and that it is synthetic."""
    text = re.sub(r"[^ -'*-\[\]-~]", "?", caption)
    content = f"BT /F1 12 Tf 20 60 Td ({text}) Tj 0 -20 Td (synthetic scan) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
    )
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%b endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n%btrailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )


def _place(path: Path, body: bytes) -> None:
    partial = path.with_suffix(".part")
    partial.write_bytes(body)
    partial.rename(path)
