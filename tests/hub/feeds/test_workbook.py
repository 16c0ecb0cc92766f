"""A workbook for people: counts as numbers, and no text that a program would reckon."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import openpyxl
import pytest

from hub.feeds.forms import FORMS
from hub.feeds.forms.workbook import FORMULA, workbook


def read(content: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_numbers_times_and_nothing() -> None:
    """Counts stay numbers, times are local, nothing is an empty cell."""
    rows = [{"feed": "moj-births", "refused": 3, "at": datetime(2022, 6, 1, 1, tzinfo=UTC), "why": None}]
    assert [["feed", "refused", "at", "why"], ["moj-births", 3, "2022-06-01 08:00:00", None]] == read(
        workbook(rows, "Sổ cái")
    )
    assert [] == [row for row in read(workbook([], "Sổ cái")) if any(row)]


@pytest.mark.parametrize("begin", FORMULA)
def test_no_cell_is_a_formula(begin: str) -> None:
    """A reason of a receiver that begins as a formula is text, marked so that editing it keeps it text."""
    said = f'{begin}HYPERLINK("http://evil","x")'
    book = openpyxl.load_workbook(io.BytesIO(workbook([{said: said}], "x")))
    for [cell] in book.worksheets[0].iter_rows():
        assert "s" == cell.data_type
        assert cell.quotePrefix


def test_what_a_workbook_cannot_hold() -> None:
    """A control character is shown as one that cannot be shown."""
    assert [["a"], ["x\ufffdy"]] == read(workbook([{"a": "x\x07y"}], "x\x07"))


def test_no_feed_leaves_so() -> None:
    """Records of people never leave as a workbook."""
    assert "xlsx" not in FORMS
