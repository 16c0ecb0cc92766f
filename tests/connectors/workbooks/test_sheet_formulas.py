"""A formula in a workbook: its result is taken where the file has one, and its row is a case where it has none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import openpyxl
import pytest

from connectors.files.archive import ArchiveLimits
from connectors.workbooks.workbook import read_xlsx
from contracts.refused import RAW, REFUSED
from tests.connectors.sheets import PLAIN, changed, saved

DUE = PLAIN
NOT_COMPUTED = (
    "b.xlsx: sheet 1, row 2: cell B2 (ten): a formula without a computed result: save it from a spreadsheet program, "
    "or paste it as values"
)


def formulas(cell: str, calculation: Callable[[str], str] = lambda xml: re.sub("<calcPr[^>]*/>", "", xml)) -> bytes:
    """A workbook of two rows, with another cell B2; without a word on when its formulas are computed."""
    book = openpyxl.Workbook()
    for row in (list(PLAIN.columns), ["M01", "x", "Sở Tư pháp"], ["M02", "B", None]):
        book.active.append(row)
    whole = changed(saved(book), lambda xml: re.sub(r'<c r="B2"[^>]*>.*?</c>', lambda _: cell, xml, count=1))
    return changed(whole, calculation, "xl/workbook.xml")


def second(body: bytes) -> tuple[str | None, str | None]:
    """The text of B2, and what is said against its row; the row after it must come."""
    rows = read_xlsx(body, "b.xlsx", DUE, ArchiveLimits())
    assert rows["ma"].to_list() == ["M01", "M02"]
    assert rows["ten"][1] == "B"
    return rows["ten"][0], rows[REFUSED][0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="B2" t="str"><f>UPPER("an")</f><v>AN</v></c>', "AN"),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="B2"><f>1-1</f><v>0</v></c>', "0"),
        ('<c r="B2" t="b"><f>1=1</f><v>1</v></c>', "1"),
        ('<c r="B2" t="str"><f>IF(A2="",1,"")</f><v></v></c>', None),
        ('<c r="B2" t="str"><f>IF(A2="",1,"")</f><v/></c>', None),
        ('<c r="B2" t="str"><f t="shared" ref="B2:B3" si="0">A2&amp;1</f><v>M011</v></c>', "M011"),
        ('<c r="B2" t="str"><f t="shared" si="0"/><v>M012</v></c>', "M012"),
        ('<c r="B2" t="str"><f t="array" ref="B2">A2</f><v>M01</v></c>', "M01"),
    ],
)
def test_a_result_is_taken(cell: str, text: str | None) -> None:
    """As the sheet shows it. A column of formulas once made a case of every row that a clerk had computed."""
    assert second(formulas(cell)) == (text, None)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><f>1+1</f></c>',
        '<c r="B2"><f>1+1</f><v></v></c>',
        '<c r="B2" t="str"><f>UPPER("an")</f></c>',
        '<c r="B2"><f t="array" ref="B2">A2</f></c>',
    ],
)
def test_a_formula_without_a_result_is_a_case(cell: str) -> None:
    """Written by a program that computes nothing; the formula itself is kept for whoever opens the case."""
    body = formulas(cell)

    assert second(body) == (None, NOT_COMPUTED)
    raw = read_xlsx(body, "b.xlsx", DUE, ArchiveLimits())[RAW][0]
    assert set(json.loads(raw)) == set(PLAIN.columns)


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!"])
def test_an_error_for_a_result_is_a_case(error: str) -> None:
    """The program could not compute it; nobody may take its word for a value."""
    cell = f'<c r="B2" t="e"><f>VLOOKUP(1,A:B,2)</f><v>{error}</v></c>'

    assert second(formulas(cell)) == (None, "b.xlsx: sheet 1, row 2: cell B2 (ten): an error value: mend the cell")


@pytest.mark.parametrize(("result", "text"), [("0", None), ("0.0", None), ("7", "7")])
def test_a_zero_that_nobody_computed_is_a_case(result: str, text: str | None) -> None:
    """Libraries write 0 beside each formula and ask that all be computed when the file is opened."""
    cell = f'<c r="B2"><f>6+1</f><v>{result}</v></c>'
    body = formulas(cell, lambda xml: re.sub("<calcPr[^>]*/>", '<calcPr fullCalcOnLoad="1"/>', xml))

    assert second(body) == (text, None if text else NOT_COMPUTED)


def test_a_day_by_formula_is_the_day_that_the_sheet_shows() -> None:
    """=DATE(2022,6,1) under a format of dates."""

    def dated(sheet: str) -> str:
        return re.sub(
            r'<c r="B2" s="(\d+)"[^>]*>.*?</c>', r'<c r="B2" s="\1"><f>DATE(2022,6,1)</f><v>44713</v></c>', sheet
        )

    book = openpyxl.Workbook()
    for row in (list(PLAIN.columns), ["M01", 1, None], ["M02", "B", None]):
        book.active.append(row)
    book.active["B2"].number_format = "dd/mm/yyyy"

    assert second(changed(saved(book), dated)) == ("01.06.2022", None)


def test_a_row_of_empty_results_is_left_out() -> None:
    """A template whose formulas are filled down far below its last entry."""
    empty = "".join(f'<row r="{row}"><c r="A{row}" t="str"><f>IF(1,"")</f><v></v></c></row>' for row in range(4, 40))
    body = changed(formulas('<c r="B2"><v>1</v></c>'), lambda xml: xml.replace("</sheetData>", empty + "</sheetData>"))

    assert read_xlsx(body, "b.xlsx", DUE, ArchiveLimits()).height == 2
