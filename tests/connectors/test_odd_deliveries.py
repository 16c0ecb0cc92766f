"""What lies in a folder beside or instead of what was agreed: read, or named; never passed over."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import Incomplete, Malformed, Refused
from contracts.refused import REFUSED
from tests.connectors.trial_lists import NOW, frame_of, listed, put, read, workbook
from twins.digitised.book_files import manifest

GOOD = b"ma,ten\nM01,A\n"


@pytest.mark.parametrize("name", ["DS2.CSV", "ds2.Csv", "ds2.XLSX"])
def test_a_suffix_in_capitals_is_the_suffix(tmp_path: Path, name: str) -> None:
    """Windows programs and scanners write it. Once DS2.CSV was never read, and nothing said so."""
    body = workbook([["ma", "ten"], ["M02", "B"]]) if name.endswith("XLSX") else b"ma,ten\nM02,B\n"
    put(tmp_path, "ds1.csv", GOOD, 3)
    put(tmp_path, name, body)
    source = listed(tmp_path, files={"trial_list": "[dD][sS]*"})
    pages, error = read(source)

    assert error is None
    assert frame_of(source, pages)["ma"].to_list() == ["M01", "M02"]
    assert name in pages[1].request


@pytest.mark.parametrize("name", ["DS2.CSV", "Ds2.csv", "dS2.Csv"])
def test_a_name_in_capitals_fits_its_pattern(tmp_path: Path, name: str) -> None:
    """Windows makes no difference between them, so nobody there would know why a file is never read."""
    put(tmp_path, "ds1.csv", GOOD, 3)
    put(tmp_path, name, b"ma,ten\nM02,B\n")
    source = listed(tmp_path, files={"trial_list": "ds*.csv"})
    pages, error = read(source)

    assert error is None
    assert frame_of(source, pages)["ma"].to_list() == ["M01", "M02"]


@pytest.mark.parametrize("name", ["ds2.csv.gz", "DS2.CSV.ZIP", "ds2.csv.pgp", "ds2.csv.p7m"])
def test_a_packed_file_is_named(tmp_path: Path, name: str) -> None:
    """It is the list that was due; under a pattern with its suffix it was passed over in silence."""
    put(tmp_path, "ds1.csv", GOOD, 3)
    put(tmp_path, name, b"x")
    source = listed(tmp_path, files={"trial_list": "ds*.csv"})
    pages, error = read(source)

    assert isinstance(error, Malformed)
    assert f"{name}: the stream's by its name, and not of a form that is read" in error.message
    assert frame_of(source, pages)["ma"].to_list() == ["M01"]


@pytest.mark.parametrize("name", ["ds2.xls", "ds2.xlsx", "ds2.csv.bak", "ds2"])
def test_a_file_beside_that_only_has_another_suffix_is_shown(tmp_path: Path, name: str) -> None:
    """It may be a notice, or the list in another form: the check shows it, and the reading goes on."""
    put(tmp_path, "ds1.csv", GOOD, 3)
    put(tmp_path, name, b"x")
    put(tmp_path, "other.xls", b"x")
    source = listed(tmp_path, files={"trial_list": "ds*.csv"})
    _, error = read(source)

    assert error is None
    [aside] = [step.detail for step in source.check() if step.step == "left aside"]
    assert aside == f"{name}: the stream's by its name, but for the suffix"


def test_a_promised_suffix_in_capitals_is_the_file(tmp_path: Path) -> None:
    """The manifest and the folder may differ in capitals, and in the form of Unicode."""
    name = "ds Sổ.csv"
    put(tmp_path, unicodedata.normalize("NFD", "ds Sổ.CSV"), GOOD)
    put(tmp_path, f"{name}.manifest.json", manifest(datetime(2026, 6, 1, tzinfo=UTC), {name: GOOD}))
    source = listed(tmp_path, manifests=True)
    pages, error = read(source)

    assert error is None
    assert frame_of(source, pages)["ma"].to_list() == ["M01"]


def test_a_name_of_a_mac_fits_its_pattern(tmp_path: Path) -> None:
    """A Mac writes letter and mark apart; the pattern of the deployment has them in one."""
    put(tmp_path, unicodedata.normalize("NFD", "Đơn vị hành chính.csv"), GOOD)
    source = listed(tmp_path, files={"trial_list": unicodedata.normalize("NFC", "Đơn vị*")})
    pages, error = read(source)

    assert error is None
    assert frame_of(source, pages)["ma"].to_list() == ["M01"]


@pytest.mark.parametrize("name", ["ds2.xls", "ds2.txt", "ds2.csv.gz", "ds2", "ds2.ods", "ds2.XLSB"])
def test_a_file_of_another_form_is_named_and_keeps_nothing_out(tmp_path: Path, name: str) -> None:
    """It fits the list's pattern, and nobody would ever have read it. The position stays before it."""
    put(tmp_path, name, b"x", 3)
    put(tmp_path, "ds1.csv", GOOD)
    source = listed(tmp_path)
    pages, error = read(source)

    assert frame_of(source, pages)["ma"].to_list() == ["M01"]
    assert [page.end for page in pages] == [None]
    assert isinstance(error, Malformed)
    assert error.message == f"lists: {name}: the stream's by its name, and not of a form that is read (.csv, .xlsx)"
    assert error.hint
    assert any(probe.ok is False and name in probe.detail for probe in source.check())


def test_a_promised_file_of_another_form_is_named(tmp_path: Path) -> None:
    """A manifest promises it, so it is no rest of something."""
    put(tmp_path, "ds1.xls", b"x")
    put(tmp_path, "ds1.manifest.json", manifest(datetime(2026, 6, 1, tzinfo=UTC), {"ds1.xls": b"x"}))
    _, error = read(listed(tmp_path, manifests=True))

    assert isinstance(error, Malformed)
    assert "ds1.xls" in error.message


def test_what_programs_leave_is_left_aside_by_name(tmp_path: Path) -> None:
    """Lock files, caches, uploads under way: no error, and the check names them."""
    for name in ("Thumbs.db", "desktop.ini", "~$ds1.xlsx", "ds9.csv.part", "ds8.filepart", ".DS_Store"):
        put(tmp_path, name, b"x")
    put(tmp_path, "ds1.csv", GOOD)
    source = listed(tmp_path, files={"trial_list": "*"})
    pages, error = read(source)
    aside = next(probe for probe in source.check() if probe.step == "left aside")

    assert error is None
    assert len(pages) == 1
    assert all(name in aside.detail for name in ("Thumbs.db", "desktop.ini", "~$ds1.xlsx", "ds9.csv.part"))


def test_names_that_are_no_utf8_are_named_by_their_bytes(tmp_path: Path) -> None:
    """One document of a clerk's old program once closed a whole folder on a server."""
    put(tmp_path, b"Danh s\xe1ch c\xf9.doc", b"x")
    put(tmp_path, "ds1.csv", GOOD)
    source = listed(tmp_path)
    pages, error = read(source)

    assert error is None
    assert len(pages) == 1
    assert any(r"Danh s\xe1ch c\xf9.doc: the name is no UTF-8" in probe.detail for probe in source.check())


def test_a_wanted_name_that_is_no_utf8_is_an_error(tmp_path: Path) -> None:
    """It fits the list's pattern: leaving it aside would leave its rows out."""
    put(tmp_path, b"ds \xe1.csv", GOOD)
    put(tmp_path, "ds1.csv", GOOD)
    pages, error = read(listed(tmp_path))

    assert len(pages) == 1
    assert isinstance(error, Refused)
    assert r"ds \xe1.csv: the name is no UTF-8" in error.message


def test_two_names_that_are_one(tmp_path: Path) -> None:
    """In capitals and not, or in two forms of Unicode: which of them is the delivery, nobody can say."""
    put(tmp_path, "ds1.csv", GOOD)
    put(tmp_path, "ds1.CSV", GOOD)
    put(tmp_path, "ds2.csv", b"ma,ten\nM02,B\n")
    source = listed(tmp_path)
    pages, error = read(source)

    assert frame_of(source, pages)["ma"].to_list() == ["M02"]
    assert isinstance(error, Refused)
    assert "two files have this name" in error.message


def test_a_refused_file_keeps_no_other_out(tmp_path: Path) -> None:
    """Once one cut workbook, or a list with another header, kept all others of its folder out in every run."""
    put(tmp_path, "ds1.csv", GOOD, 4)
    put(tmp_path, "ds2.csv", b"another,header\nM02,B\n", 3)
    put(tmp_path, "ds3.csv", b"ma,ten\nM03,C\n", 2)
    put(tmp_path, "ds4.xlsx", b"PK\x03\x04 cut", 1)
    source = listed(tmp_path)
    pages, error = read(source)

    assert frame_of(source, pages)["ma"].to_list() == ["M01", "M03"]
    assert [page.end is not None for page in pages] == [True, False]
    assert isinstance(error, Malformed)
    assert error.message.startswith(
        "lists: ds2.csv: line 1, cell A1: found another text, expected «ma». Beside it: ds4.xlsx"
    )


def test_a_delivery_overdue_keeps_no_other_out(tmp_path: Path) -> None:
    """The error names it when the others have come."""
    put(tmp_path, "ds0.csv", GOOD, 30)
    for name in ("ds0.csv", "ds1.csv"):
        stamp = datetime(2026, 6, 7 if name == "ds0.csv" else 8, tzinfo=UTC)
        put(tmp_path, f"{name}.manifest.json", manifest(stamp, {name: GOOD}))
    (tmp_path / "ds0.csv").unlink()
    put(tmp_path, "ds1.csv", GOOD)
    pages, error = read(listed(tmp_path, manifests=True))

    assert len(pages) == 1
    assert isinstance(error, Incomplete)
    assert "ds0.csv: not complete since" in error.message


def test_a_row_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    """In a list of ten thousand rows one error cell once kept all of them out, and left no case."""
    put(tmp_path, "ds1.xlsx", workbook([["ma", "ten"], ["M01", "A"], ["M02", "=1/0"], ["M03", "C"]]))
    put(tmp_path, "ds2.csv", b'ma,ten\nM04,D\nM05,"E\nM06,F\nM07\n')
    source = listed(tmp_path)
    pages, error = read(source)
    frame = frame_of(source, pages)

    assert error is None
    assert [page.count for page in pages] == [3, 4]
    assert frame["ma"].to_list() == ["M01", "M02", "M03", "M04", None, "M06", None]
    assert [text is None for text in frame[REFUSED]] == [True, False, True, True, False, True, False]
    assert frame["capNhat"].null_count() == 0


INVISIBLE = "ma,ten\nM03,Ba\nM03\u00a0,Ba\n M03,Ba\nM03\u200b,Ba\n\ufeffM05,Năm\nM06,\u00a0\nM07,\u200b\nM08,\u3000\n"


def test_what_nobody_sees_makes_neither_a_name_nor_a_key(tmp_path: Path) -> None:
    """A name of a no-break space once counted as told, and four keys that look alike were four."""
    from quality.rows import judge
    from tests.connectors.trial_lists import DATASET

    put(tmp_path, "ds1.csv", INVISIBLE.encode())
    source = listed(tmp_path)
    frame = frame_of(source, read(source)[0])
    judged = judge(DATASET, frame.drop(REFUSED), {}).frame

    assert judged["ma"].to_list() == ["M03"] * 4 + ["M05", "M06", "M07", "M08"]
    assert judged["_broken"].to_list() == [None] * 5 + ["ten.required"] * 3


def test_a_file_ahead_of_the_clock_is_read(tmp_path: Path) -> None:
    """And does not carry the position with it."""
    put(tmp_path, "ds1.csv", GOOD, -5)

    assert [page.end for page in read(listed(tmp_path))[0]] == [None]
    assert NOW.tzinfo is UTC
