"""Workbooks and CSV as text: what becomes of a cell, and what is told of one that cannot be taken."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Incomplete, Malformed, TooLarge
from connectors.files.archive import ArchiveLimits
from connectors.workbooks.workbook import SheetLayout, for_spreadsheet, read_csv, read_xlsx, risky
from contracts.refused import RAW, REFUSED
from tests.connectors.sheets import changed

DUE = SheetLayout(("so", "hoTen", "ngay"))


def book(
    rows: list[list[Any]], change: Callable[[Any], object] = lambda sheet: None, header: tuple[str, ...] = DUE.columns
) -> bytes:
    """A workbook of one sheet, as a spreadsheet program would write it."""
    made = openpyxl.Workbook()
    made.active.append(header)
    for row in rows:
        made.active.append(row)
    change(made.active)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def column(values: list[Any]) -> list[str | None]:
    return read_xlsx(book([["1", value, None] for value in values]), "b.xlsx", DUE, ArchiveLimits())["hoTen"].to_list()


def test_what_becomes_of_a_cell() -> None:
    """Text as it stands, numbers as digits, dates in the template's form; nothing is guessed."""
    values = [
        "Nguyễn Văn A",
        "'079",
        " x ",
        5,
        5.0,
        0.5,
        1984,
        44713,
        79000000001,
        True,
        date(1984, 2, 3),
        datetime(2005, 12, 31),
        datetime(2005, 12, 31, 8, 30),
        time(8, 30),
    ]
    came = [
        "Nguyễn Văn A",
        "'079",
        " x ",
        "5",
        "5",
        "0.5",
        "1984",
        "44713",
        "79000000001",
        "1",
        "03.02.1984",
        "31.12.2005",
        "31.12.2005 08:30:00",
        "08:30:00",
    ]

    assert column(values) == came


def test_a_date_and_a_serial_that_lost_its_format_are_distinguished() -> None:
    """44713 shown as a date is 01.06.2022; the bare number stays one, for the contract's rule to refuse."""

    def dated(sheet: Any) -> None:
        sheet["B2"].number_format = "dd/mm/yyyy"

    rows = read_xlsx(book([[1, 44713, None], [2, 44713, None]], dated), "b.xlsx", DUE, ArchiveLimits())
    assert rows["hoTen"].to_list() == ["01.06.2022", "44713"]


def test_texts_that_look_like_formulas_are_data() -> None:
    """Kept as they are, marked for whoever exports, and never a formula again."""

    def as_text(sheet: Any) -> None:
        for row, value in enumerate(["=1+1", "+84 28", "-", "@x"], 2):
            sheet.cell(row, 2, value).data_type = "s"

    rows = read_xlsx(book([[n, "x", None] for n in range(4)], as_text), "b.xlsx", DUE, ArchiveLimits())
    assert rows["hoTen"].to_list() == ["=1+1", "+84 28", "-", "@x"]
    assert risky(rows) == {"hoTen": 4}
    assert [for_spreadsheet(value) for value in rows["hoTen"]] == ["'=1+1", "'+84 28", "'-", "'@x"]


def test_a_formula_costs_its_row() -> None:
    """It was never computed, and nothing here computes it. Once it kept the whole book out."""
    rows = read_xlsx(book([[1, "a", None], [2, "=A2", None], [3, "c", None]]), "b.xlsx", DUE, ArchiveLimits())

    assert rows["hoTen"].to_list() == ["a", None, "c"]
    assert rows["so"].to_list() == ["1", "2", "3"]
    assert rows[REFUSED].to_list() == [
        None,
        "b.xlsx: sheet 1, row 3: cell B3 (hoTen): a formula without a computed result: save it from a spreadsheet "
        "program, or paste it as values",
        None,
    ]
    assert rows[RAW][1] == b'{"so": "2", "hoTen": "=A2"}'


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (("so", "ngay", "hoTen"), "cell B1: found «ngay», expected «hoTen»"),
        (("so", "Trần Thị Mật", "ngay"), "cell B1: found another text, expected «hoTen»"),
        (("so", "hoTen"), "cell C1: found nothing, expected «ngay»"),
        (("so", "hoTen", "ngay", "so"), "cell D1: found «so», expected nothing more"),
    ],
)
def test_another_header_is_reported_by_cell(header: tuple[str, ...], words: str) -> None:
    """What was found and expected; a text that is no title of ours may be a person's and is not repeated."""
    with pytest.raises(Malformed) as caught:
        read_xlsx(book([], header=header), "b.xlsx", DUE, ArchiveLimits())

    assert words in caught.value.message
    assert "Mật" not in str(caught.value)


def test_a_value_beside_the_table_costs_its_row() -> None:
    """Something right of the last column is a row that has slipped: nothing in it is sure."""
    rows = read_xlsx(book([["1", "a", "b", "c"], ["2", "b", None]]), "b.xlsx", DUE, ArchiveLimits())

    assert rows.select(DUE.columns).rows() == [(None, None, None), ("2", "b", None)]
    assert "cell D2: something right of the last declared column" in rows[REFUSED][0]


def test_rows_without_anything_are_left_out() -> None:
    """Blank lines between entries, and the formatted ones below."""
    assert read_xlsx(book([["1", "a", None], [None, None, None], ["2", "b", None]]), "b.xlsx", DUE, ArchiveLimits())[
        "so"
    ].to_list() == ["1", "2"]


def test_the_sheet_is_the_only_one_or_the_named_one() -> None:
    """Nobody guesses among several."""

    def two(sheet: Any) -> None:
        sheet.title = "So"
        sheet.parent.create_sheet("Ghi chú")

    body = book([["1", "a", None]], two)
    with pytest.raises(Malformed, match="2 sheets"):
        read_xlsx(body, "b.xlsx", DUE, ArchiveLimits())
    assert 1 == read_xlsx(body, "b.xlsx", SheetLayout(DUE.columns, sheet="So"), ArchiveLimits()).height


def test_columns_from_anywhere() -> None:
    """Only the asked ones are read: a formula in another is none of ours."""
    rows = read_xlsx(book([["1", "=1+1", "x"]]), "b.xlsx", SheetLayout(("ngay", "so"), anywhere=True), ArchiveLimits())

    assert rows.select("ngay", "so").rows() == [("x", "1")]
    with pytest.raises(Malformed, match="«que»"):
        read_xlsx(book([]), "b.xlsx", SheetLayout(("que",), anywhere=True), ArchiveLimits())


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff_"),
            min_size=1,
            max_size=12,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_text_comes_back_as_it_was_written(texts: list[str]) -> None:
    """In a workbook and in CSV alike; for a spreadsheet it never begins like a formula."""
    import csv

    def as_text(sheet: Any) -> None:
        for row, value in enumerate(texts, 2):
            sheet.cell(row, 2, value).data_type = "s"

    target = io.StringIO()
    csv.writer(target).writerows([DUE.columns, *(["1", value, ""] for value in texts)])
    assert (
        read_xlsx(book([["1", "x", None]] * len(texts), as_text), "b.xlsx", DUE, ArchiveLimits())["hoTen"].to_list()
        == texts
    )
    assert read_csv(target.getvalue().encode(), "b.csv", DUE)["hoTen"].to_list() == texts
    assert not any(str(for_spreadsheet(value)).lstrip()[:1] in "=+-@" for value in texts if value.strip())


def test_caps_of_rows() -> None:
    """Neither a long CSV nor a long sheet fills the memory."""
    with pytest.raises(TooLarge):
        read_csv(b"so\n" + b"1\n" * 11, "b.csv", SheetLayout(("so",), max_rows=10))
    with pytest.raises(TooLarge):
        read_xlsx(book([["1", "a", None]] * 11), "b.xlsx", SheetLayout(DUE.columns, max_rows=10), ArchiveLimits())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html></html>", r"a web page \(HTML\), where an .xlsx was due"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), r"an \.xls, or another file of Office before 2007"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a workbook with a password"),
        ("số,tên\n1,a\n".encode(), "text, CSV perhaps"),
        (b"%PDF-1.4", "a PDF"),
        (b"\x1f\x8b\x08", "a gzip file"),
    ],
)
def test_what_is_no_workbook_is_named(body: bytes, words: str) -> None:
    """Once all of these were "cut" and waited for: what was never a workbook does not become one."""
    with pytest.raises(Malformed, match=words):
        read_xlsx(body, "b.xlsx", DUE, ArchiveLimits())


def test_half_an_archive_is_incomplete() -> None:
    """It may be on its way."""
    with pytest.raises(Incomplete):
        read_xlsx(book([])[:-30], "b.xlsx", DUE, ArchiveLimits())
    with pytest.raises(Incomplete, match="empty"):
        read_xlsx(b"", "b.xlsx", DUE, ArchiveLimits())


def test_risky_leaves_quiet_columns_out() -> None:
    """Also behind blanks, and tabs or returns at the start."""
    assert risky(pl.DataFrame({"a": [" =x", "\tx", "x"], "b": ["x", None, "1-2"]})) == {"a": 2}


def test_a_workbook_of_the_strict_form_is_named() -> None:
    """Its rows were not seen, and the sender was told that his sheet is empty."""
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    usual = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    body = book([["1", "A", None]])
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        body = changed(body, lambda text: text.replace(usual, strict), part)

    with pytest.raises(Malformed, match="of the strict form of Open XML"):
        read_xlsx(body, "b.xlsx", DUE, ArchiveLimits())
