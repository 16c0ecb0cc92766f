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

from connectors.archive import ArchiveLimits
from connectors.errors import Incomplete, Malformed, TooLarge
from connectors.workbooks import SheetLayout, for_spreadsheet, read_csv, read_xlsx, risky

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


def test_a_formula_is_refused_with_its_cell() -> None:
    """Not evaluated, and its last result not believed."""
    with pytest.raises(Malformed, match=r"b\.xlsx: sheet 1, cell B3: a formula"):
        read_xlsx(book([[1, "a", None], [2, "=A2", None]]), "b.xlsx", DUE, ArchiveLimits())


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


def test_a_value_beside_the_table_is_reported() -> None:
    """Something right of the last column is a row that has slipped."""
    with pytest.raises(Malformed, match="cell D2"):
        read_xlsx(book([["1", "a", "b", "c"]]), "b.xlsx", DUE, ArchiveLimits())


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

    assert rows.rows() == [("x", "1")]
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


def test_csv_in_its_declared_encoding() -> None:
    """A byte order mark goes; semicolons, quotes and line breaks inside are as declared."""
    body = '\ufeffso;hoTen;ngay\r\n1;"A;\nB";\r\n'.encode("utf-16-le")

    assert read_csv(body, "b.csv", DUE, delimiter=";", encoding="utf-16-le").rows() == [("1", "A;\nB", None)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"so,hoTen\n", "line 1, cell C1: found nothing"),
        (b"so,hoTen,ngay\n1,a\n", "line 2: 2 fields where 3 are due"),
        (b'so,hoTen,ngay\n1,"a,b\n', "no CSV"),
        (b"so,hoTen,ngay\n1,\xff,b\n", "byte 17 is not utf-8"),
    ],
)
def test_csv_that_is_none(body: bytes, words: str) -> None:
    """Told by line, without a value."""
    with pytest.raises(Malformed, match=words):
        read_csv(body, "b.csv", DUE)


def test_caps_of_rows() -> None:
    """Neither a long CSV nor a long sheet fills the memory."""
    with pytest.raises(TooLarge):
        read_csv(b"so\n" + b"1\n" * 11, "b.csv", SheetLayout(("so",), max_rows=10))
    with pytest.raises(TooLarge):
        read_xlsx(book([["1", "a", None]] * 11), "b.xlsx", SheetLayout(DUE.columns, max_rows=10), ArchiveLimits())


def test_no_archive_is_incomplete() -> None:
    """An .xls, a page of HTML or half a file: no end of a ZIP archive."""
    with pytest.raises(Incomplete):
        read_xlsx(b"<html></html>", "b.xlsx", DUE, ArchiveLimits())


def test_risky_leaves_quiet_columns_out() -> None:
    """Also behind blanks, and tabs or returns at the start."""
    assert risky(pl.DataFrame({"a": [" =x", "\tx", "x"], "b": ["x", None, "1-2"]})) == {"a": 2}
