"""Exports: no formula, no small count."""

from __future__ import annotations

import csv
import io
from datetime import date

from openpyxl import load_workbook

from hub.indicators.export import HEAD, as_csv, as_xlsx, rows
from hub.indicators.figures import Figure


def figure(over: int | None, under: int | None, field: str = "Hộ tịch") -> Figure:
    value = round(100 * over / under, 2) if over is not None and under else None
    return Figure("4.3", "QĐ 766", "760", field, "", date(2022, 5, 1), over, under, value, "", None, 1)


def test_a_text_never_becomes_a_formula() -> None:
    """A field's name is a sender's text: a spreadsheet would compute it."""
    found = [figure(10, 20, '=HYPERLINK("http://x")'), figure(10, 20, "@SUM(A1)")]
    read = list(csv.reader(io.StringIO(as_csv(found).decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(as_xlsx(found))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]

    assert [row[HEAD.index("field")] for row in read[1:]] == ['\'=HYPERLINK("http://x")', "'@SUM(A1)"]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not [cell for cell in cells if str(cell.value).startswith(("=", "@"))]


def test_small_counts_are_left_out_with_what_betrays_them() -> None:
    """Three of twenty, seventeen of twenty (the other three), two of two: left out. None of twenty stays."""
    found = rows([figure(3, 20), figure(17, 20), figure(2, 2), figure(0, 20), figure(10, 20)])
    shown = [[row[HEAD.index(name)] for name in ("numerator", "denominator", "value")] for row in found]

    assert shown[:3] == [["<5", "<5", ""]] * 3
    assert shown[3:] == [[0, 20, 0.0], [10, 20, 50.0]]
