"""Merged ranges of a sheet: each row has the value that people see in it, or is a case."""

from __future__ import annotations

from dataclasses import replace

import openpyxl
import pytest

from connectors.errors import Malformed
from connectors.files.archive import ArchiveLimits
from connectors.workbooks.workbook import read_xlsx, xlsx_table
from contracts.refused import RAW, REFUSED
from tests.connectors.sheets import LISTED, PLAIN, changed, merged, saved


def test_a_merged_value_is_that_of_every_row_it_covers() -> None:
    """Once only the first of the rows had it, and no rule could find that the others had none."""
    rows = read_xlsx(merged("C2:C4", rows=LISTED), "b.xlsx", PLAIN, ArchiveLimits())

    assert rows["donVi"].to_list() == ["Sở Tư pháp", "Sở Tư pháp", "Sở Tư pháp", "Sở Y tế"]
    assert 0 == rows[REFUSED].count()


def test_merged_rows_are_cases_where_the_system_says_so() -> None:
    rows = read_xlsx(merged("C2:C4", rows=LISTED), "b.xlsx", replace(PLAIN, merged="case"), ArchiveLimits())

    assert [text is not None for text in rows[REFUSED]] == [True, True, True, False]
    assert "cell C3 (donVi): merged over several rows (C2:C4): have the cells split" in rows[REFUSED][1]


def test_a_value_merged_over_columns_is_a_case() -> None:
    """A heading inside the table, or one value for two titles: which of them it is, nobody can say."""
    listed = [["I. Các sở", None, None], *LISTED]
    rows = read_xlsx(merged("A2:C2", rows=listed), "b.xlsx", PLAIN, ArchiveLimits())

    assert [text is not None for text in rows[REFUSED]] == [True, False, False, False, False]
    assert "merged over several columns (A2:C2)" in rows[REFUSED][0]
    assert b"I. C\xc3\xa1c s\xe1\xbb\x9f" in rows[RAW][0]


def test_rows_of_a_merged_range_that_have_nothing_of_their_own_are_blank() -> None:
    """A range that reaches below the table makes no records."""
    table = xlsx_table(merged("C5:C9", rows=LISTED), "b.xlsx", PLAIN, ArchiveLimits())

    assert table.frame["ma"].to_list() == ["M01", "M02", "M03", "M04"]


def test_a_row_merged_with_the_header_is_a_case() -> None:
    rows = read_xlsx(merged("C1:C2", rows=LISTED), "b.xlsx", PLAIN, ArchiveLimits())

    assert "merged with the header (C1:C2)" in rows[REFUSED][0]
    assert rows[REFUSED][1] is None


def test_a_title_merged_over_rows_is_the_header_s() -> None:
    book = openpyxl.Workbook()
    for row in (["ma", "ten", "donVi"], [None, None, None], ["M01", "A", "B"]):
        book.active.append(row)
    for letter in "ABC":
        book.active.merge_cells(f"{letter}1:{letter}2")
    rows = read_xlsx(saved(book), "b.xlsx", replace(PLAIN, header_row=2), ArchiveLimits())

    assert rows.select(PLAIN.columns).rows() == [("M01", "A", "B")]


def test_ranges_that_lie_over_one_another_end() -> None:
    """Nobody's spreadsheet program writes them: they would cost a look at each in every row."""
    body = merged("C2:C4", rows=LISTED)
    many = '<mergeCell ref="A2:C1048576"/>' * 5_000
    body = changed(body, lambda xml: xml.replace('<mergeCell ref="C2:C4"', many + '<mergeCell ref="C2:C4"'))

    with pytest.raises(Malformed, match="merged ranges lie over one another"):
        read_xlsx(body, "b.xlsx", PLAIN, ArchiveLimits(max_ratio=10_000))
