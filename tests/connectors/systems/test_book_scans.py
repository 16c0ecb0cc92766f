"""Archives of scans as people pack them: by Windows, by a Mac, in a folder, in an old code page."""

from __future__ import annotations

import os
import struct
import unicodedata
import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors import Source, System, Window, open_source
from connectors.errors import Malformed
from connectors.files.archive import Archive, ArchiveLimits
from connectors.interface import Page
from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from contracts.refused import REFUSED
from quality.rows import judge
from tests.connectors.trial_lists import workbook

NOW = datetime(2026, 6, 9, 1, tzinfo=UTC)
SCAN, BIRTH = (load_contracts()[name] for name in ("scan", "birth"))
NAMES = [field.name for field in BIRTH.datasets[0].fields if field.name not in ("id", "maDonVi", "ngayCapNhat")]
OPTIONS: dict[str, object] = {
    "kinds": {"birth": "KS"},
    "book_name": "{loai}.{noiDangKy}.{quyenSo}",
    "scan_name": "{so}.pdf",
    "units_from": date(2021, 1, 1),
    "manifests": False,
    "settle_s": 0.01,
}
KEY = "KS|27007@2021-01-01|01/2005|"


def book(*numbers: object) -> bytes:
    rows: list[list[object]] = [list(NAMES)]
    for number in numbers:
        row = {
            "so": number,
            "quyenSo": "01/2005",
            "noiDangKy": "27007",
            "ngayDangKy": "15.05.2005",
            "nksHoTen": "Trần A",
        }
        rows.append([row.get(name) for name in NAMES])
    return workbook(rows)


def packed(*names: str, encoding: str = "") -> bytes:
    """An archive of scans; with an encoding its names are written in it and not flagged, as many tools leave them.

    Written by hand (APPNOTE 4.3): zipfile flags every name beyond ASCII.
    """
    out, directory = b"", b""
    for name in names:
        raw, flags, data = name.encode(encoding or "utf-8"), 0 if encoding else 0x800, b"%PDF-"
        common = struct.pack("<5H3L2H", 20, flags, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(raw), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<3H2L", 0, 0, 0, 0, len(out)) + raw
        out += b"PK\x03\x04" + common + raw + data
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(names), len(names), len(directory), len(out), 0)
    return out + directory + end


def scans(folder: Path, archive: bytes, workbook_: bytes | None = None, **options: object) -> Source:
    """The stream of scans of one book with the entries 1 and 2."""
    for name, content in (("KS.27007.01-2005.xlsx", workbook_ or book("1", "2")), ("KS.27007.01-2005.zip", archive)):
        (folder / name).write_bytes(content)
        os.utime(folder / name, ((NOW - timedelta(hours=2)).timestamp(),) * 2)
    given = {**OPTIONS, **options}
    return open_source(System("books", "Sổ", "book_files", folder.as_uri(), {}, given, folder, now=lambda: NOW), SCAN)


def entries(source: Source) -> tuple[Page, list[str | None]]:
    """The page, and the entry that each scan names."""
    [page] = source.pages(Window())
    return page, source.records(page.body, page.media_type)["scan"]["hoSo"].to_list()


@pytest.mark.parametrize(
    ("archive", "scan_name"),
    [
        (packed("1.pdf", "2.pdf"), "{so}.pdf"),
        (packed("1.PDF", "2.Pdf"), "{so}.pdf"),
        (packed("1.pdf", "2.pdf"), "{so}.PDF"),
        (packed("KS.27007.01-2005/1.pdf", "KS.27007.01-2005/2.pdf"), "{so}.pdf"),
        (packed("a/b/1.pdf", "a/b/2.pdf"), "{so}.pdf"),
        (packed("Số 1.pdf", "Số 2.pdf"), "Số {so}.pdf"),
        (packed("Số 1.pdf", "Số 2.pdf", encoding="utf-8"), "Số {so}.pdf"),
        (packed(*(unicodedata.normalize("NFD", f"Số {n}.pdf") for n in "12")), "Số {so}.pdf"),
        (packed("1.pdf", "__MACOSX/._1.pdf", ".DS_Store", "2.pdf", "Thumbs.db", "desktop.ini"), "{so}.pdf"),
        (packed("KS.27007.01-2005\\1.pdf", "KS.27007.01-2005\\2.pdf"), "{so}.pdf"),
        (packed("a\\", "a\\1.pdf", "a\\2.pdf"), "{so}.pdf"),
        (packed("./1.pdf", "./2.pdf"), "{so}.pdf"),
        (packed("1.pdf", "Icon\r", ".directory", "2.pdf", ".Spotlight-V100/x"), "{so}.pdf"),
        (packed("a/1.pdf", "a/Icon\r", "a/2.pdf"), "{so}.pdf"),
        (packed("a/1.pdf", "__MACOSX/a/._1.pdf", "a/.DS_Store", "a/2.pdf"), "{so}.pdf"),
    ],
)
def test_the_same_scans_packed_in_other_ways(tmp_path: Path, archive: bytes, scan_name: str) -> None:
    """Once each of these made every scan a case, and no option helped."""
    page, found = entries(scans(tmp_path, archive, scan_name=scan_name))

    assert found == [f"{KEY}1", f"{KEY}2"]
    assert page.count == 2
    assert page.refused == {}


@pytest.mark.parametrize(
    "name", ["..\\1.pdf", "\\1.pdf", "\\\\h\\1.pdf", "C:\\1.pdf", "a/../1.pdf", "./../1.pdf", "1.pdf\r", "a\\..\\1.pdf"]
)
def test_a_member_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """Whichever way its separators lean."""
    with pytest.raises(Malformed, match="a member's name leads elsewhere"):
        list(scans(tmp_path, packed(name, "2.pdf")).pages(Window()))


def test_names_of_an_old_code_page_are_read_by_it(tmp_path: Path) -> None:
    """cp1258 is what a Vietnamese Windows wrote; an option says so."""
    archive = packed("Tên 1.pdf", "Tên 2.pdf", encoding="cp1258")
    source = scans(tmp_path, archive, scan_name="Tên {so}.pdf", archive_names="cp1258")

    assert entries(source)[1] == [f"{KEY}1", f"{KEY}2"]
    with pytest.raises(DeploymentInvalid, match="no encoding cp-9"):
        scans(tmp_path, archive, archive_names="cp-9")


def test_a_scan_of_no_entry_is_a_case(tmp_path: Path) -> None:
    """Once 002.pdf was told for an entry 002 that the book does not have, without a case."""
    source = scans(tmp_path, packed("1.PDF", "002.pdf", "2.pdf"))
    page, found = entries(source)
    frame = source.records(page.body, page.media_type)["scan"]

    assert found == [f"{KEY}1", None, f"{KEY}2"]
    assert judge(SCAN.datasets[0], frame, {}).frame["_broken"].to_list() == [None, "hoSo.required", None]
    assert page.refused == {f"{KEY}002": "scan-without-entry"}


def test_files_of_a_packing_program_are_counted(tmp_path: Path) -> None:
    """Left aside, and said so where the page is noted."""
    page, _ = entries(scans(tmp_path, packed("1.pdf", "2.pdf", "__MACOSX/._1.pdf", "Thumbs.db")))

    assert "2 of a packing program left aside" in page.request


def test_scans_in_two_folders_are_not_guessed_at(tmp_path: Path) -> None:
    """Which folder is the book's, nobody can say: each scan is a case."""
    assert entries(scans(tmp_path, packed("a/1.pdf", "b/2.pdf")))[1] == [None, None]


def test_a_damaged_scan_costs_itself(tmp_path: Path) -> None:
    """Its bytes are not those that were packed; those of the others are."""
    body = packed("1.pdf", "2.pdf")
    at = body.index(b"%PDF-")
    source = scans(tmp_path, body[:at] + b"?" + body[at + 1 :])
    [page] = source.pages(Window())
    frame = source.records(page.body, page.media_type)["scan"]

    assert page.count == 2
    assert frame[REFUSED].to_list() == [
        "KS.27007.01-2005.zip, 1.pdf: its bytes differ from their checksum: have the archive packed anew",
        None,
    ]
    assert frame["sha256"].null_count() == 1


def test_another_archive_is_named() -> None:
    """A RAR under the name of a ZIP was once cut, and waited for."""
    with pytest.raises(Malformed, match=r"x\.zip: a RAR archive, where a ZIP archive was due"):
        Archive(b"Rar!\x1a\x07\x01\x00", "x.zip", ArchiveLimits())


def test_a_book_number_that_became_a_date_is_a_case(tmp_path: Path) -> None:
    """Excel made a date of it: once the entry landed under a wrong key, although the file's own name says the book."""
    rows: list[list[object]] = [list(NAMES)]
    for number, quyen in ((1, datetime(2005, 1, 1)), (2, "01/2005")):
        row = {"so": number, "quyenSo": quyen, "noiDangKy": 27007, "ngayDangKy": "15.05.2005", "nksHoTen": "Trần A"}
        rows.append([row.get(name) for name in NAMES])
    scans(tmp_path, packed("1.pdf", "2.pdf"), workbook(rows))
    system = System("books", "Sổ", "book_files", tmp_path.as_uri(), {}, OPTIONS, tmp_path, now=lambda: NOW)
    source = open_source(system, BIRTH)
    [page] = source.pages(Window())
    frame = source.records(page.body, page.media_type)["birth"]

    assert frame["id"].to_list() == [None, f"{KEY}2"]
    assert "(quyenSo): a date that the program made of a number" in frame[REFUSED][0]
    assert frame["nksHoTen"].to_list() == ["Trần A", "Trần A"]


@pytest.mark.parametrize(
    "name", ["KS.27007.02-2005.xls", "KS.27007.02-2005.rar", "KS.27007.02-2005.xlsx.gz", "KS.27007.02-2005"]
)
def test_a_book_of_another_form_is_named(tmp_path: Path, name: str) -> None:
    """The other book comes in; this one is an error until somebody acts."""
    source = scans(tmp_path, packed("1.pdf", "2.pdf"))
    (tmp_path / name).write_bytes(b"x")
    reading = source.pages(Window())

    assert next(reading).count == 2
    with pytest.raises(Malformed, match=f"{name}: the stream's by its name"):
        next(reading)
