"""CSV as text: in its declared encoding, and what becomes of a row that is none."""

from __future__ import annotations

import polars as pl
import pytest

from connectors.errors import Malformed
from connectors.workbooks.workbook import SheetLayout, csv_table, read_csv
from contracts.refused import RAW, REFUSED

DUE = SheetLayout(("so", "hoTen", "ngay"))


def test_csv_in_its_declared_encoding() -> None:
    """A byte order mark goes; semicolons, quotes and line breaks inside are as declared."""
    body = '\ufeffso;hoTen;ngay\r\n1;"A;\nB";\r\n'.encode("utf-16-le")

    rows = read_csv(body, "b.csv", DUE, delimiter=";", encoding="utf-16-le")
    assert rows.select(DUE.columns).rows() == [("1", "A;\nB", None)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"so,hoTen\n", "line 1, cell C1: found nothing"),
        ("so,hoTen,ngay\n".encode("utf-16"), "begins as utf-16, not as utf-8"),
    ],
)
def test_csv_that_is_none(body: bytes, words: str) -> None:
    """Told by line, without a value."""
    with pytest.raises(Malformed, match=words):
        read_csv(body, "b.csv", DUE)


@pytest.mark.parametrize(
    ("row", "clause"),
    [
        (b"1,a", "2 values where 3 are due"),
        (b"1,a,b,c", "4 values where 3 are due"),
        (b'1,"a,b', "quotes that do not end, or stand inside a value"),
        (b'1,"a"b,c', "quotes that do not end, or stand inside a value"),
        (b"1,\xff,b", "value 2 holds bytes that are not of the declared encoding"),
        (b"1,a\0,b", "value 2 holds a NUL"),
        (b"1," + b"a" * 131_073 + b",b", "value 2 has more than 131072 characters"),
    ],
)
def test_a_row_of_csv_that_is_none_costs_itself(row: bytes, clause: str) -> None:
    """Once one forgotten quote or one letter of another code page kept a whole list out."""
    body = b"so,hoTen,ngay\n7,g,h\n" + row + b'\n8,"two\nlines",i\n9,"x",y\n'
    rows = read_csv(body, "b.csv", DUE)

    assert rows.filter(pl.col(REFUSED).is_null()).select(DUE.columns).rows() == [
        ("7", "g", "h"),
        ("8", "two\nlines", "i"),
        ("9", "x", "y"),
    ]
    assert rows[REFUSED][1] == f"b.csv, line 3: {clause}: have the row mended"
    assert rows[RAW][1] == row


def test_rows_of_commas_are_left_out_and_counted() -> None:
    """Excel writes them below a list. Once each was a case of its own."""
    table = csv_table(b"so,hoTen,ngay\n1,a,\n,,\n\n , \xc2\xa0,\n2,b,\n,,\n", "b.csv", DUE)

    assert table.frame.select(DUE.columns).rows() == [("1", "a", None), ("2", "b", None)]
    assert table.blank == 4
    assert table.size("b.csv", 9) == "b.csv (9 bytes, 4 rows without any value left out)"
