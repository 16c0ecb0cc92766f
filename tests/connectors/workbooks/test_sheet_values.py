"""What a sheet shows of its cells: formats, merged ranges, escapes; and what becomes a case of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import openpyxl
import polars as pl
import pytest

from connectors.files.archive import ArchiveLimits
from connectors.workbooks.workbook import SheetLayout, read_xlsx
from contracts.model import Classification, Field, Kind
from contracts.refused import REFUSED
from tests.connectors.sheets import LISTED, PLAIN, changed, merged, saved

COLUMNS = ("ma", "ten", "ngay", "luc", "so", "dienTich")
KINDS = (Kind.TEXT, Kind.TEXT, Kind.PARTIAL_DATE, Kind.TIMESTAMP, Kind.INTEGER, Kind.DECIMAL)
FIELDS = {
    name: Field(name, name, name, "", kind, Classification.NONE, key_position=1 if name == "ma" else None)
    for name, kind in zip(COLUMNS, KINDS, strict=True)
}
DUE = SheetLayout(COLUMNS, fields=FIELDS)


def cell(title: str, value: Any, form: str | None = None) -> tuple[str | None, str | None]:
    """(text, refusal) of one cell; the row has another value beside it."""
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    at = COLUMNS.index(title) + 1
    other = 2 if at == 1 else 1
    book.active.cell(2, other, "K1")
    book.active.cell(2, at, value)
    if form is not None:
        book.active.cell(2, at).number_format = form
    rows = read_xlsx(saved(book), "b.xlsx", DUE, ArchiveLimits())
    assert rows.height == 1
    assert rows[0, COLUMNS[other - 1]] == "K1"
    return rows[0, title], rows[0, REFUSED]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("mmm-yy", "05.1990"),
        ("mm/yyyy", "05.1990"),
        ("[$-409]mmm-yy;@", "05.1990"),
        ("mmmm yyyy", "05.1990"),
        ('"Tháng" mm "năm" yyyy', "05.1990"),
        ("yyyy", "1990"),
        ("yyyy-mm", "05.1990"),
        ("dd/mm/yyyy", "20.05.1990"),
        ("d-mmm-yy", "20.05.1990"),
        ("[$-42A]dd/mm/yyyy;@", "20.05.1990"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "20.05.1990"),
        ("yyyy\\-mm\\-dd", "20.05.1990"),
    ],
)
def test_a_date_is_as_much_as_its_format_shows(form: str, shown: str) -> None:
    """Once May-90 was 1990-05-01: a day that no book ever held, and a person that was not found by the month."""
    assert cell("ngay", datetime(1990, 5, 20), form) == (shown, None)


@pytest.mark.parametrize("form", ["d-mmm", "dd/mm", "mmmm", "ddd", "[h]:mm", "h:mm", "bbbb", "e"])
def test_a_date_without_its_year_is_a_case(form: str) -> None:
    """12-Mar may have been 12/3, the number of a paper."""
    text, refusal = cell("ngay", datetime(1990, 5, 20), form)

    assert text is None
    assert re.fullmatch(
        r"b\.xlsx: sheet 1, row 2: cell C2 \(ngay\): .*: have the column made text, and typed anew", refusal
    )


@pytest.mark.parametrize(
    ("title", "form"), [("ma", "dd/mm/yyyy"), ("ma", "mmm-yy"), ("ten", "mmm-yy"), ("so", "dd/mm/yyyy")]
)
def test_a_date_where_a_number_was_typed_is_a_case(title: str, form: str) -> None:
    """Excel makes a date of 01/2005: once an entry landed under a key that its book does not have."""
    text, refusal = cell(title, datetime(2005, 1, 1), form)

    assert text is None
    assert "a date that the program made of a number such as 01/2005" in refusal


def test_a_time_is_iso_where_a_moment_is_due() -> None:
    """As the contract reads it; a time of day alone is one where a text is due."""
    assert cell("luc", datetime(2022, 5, 31, 8, 30), "dd/mm/yyyy hh:mm") == ("2022-05-31T08:30:00", None)
    assert cell("ten", time(8, 30), "h:mm") == ("08:30:00", None)
    assert cell("ten", timedelta(hours=30), "[h]:mm")[0] is None


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (1, "00000", "00001"),
        (79200000001, "000000000000", "079200000001"),
        (12, '"QĐ-"0000', "QĐ-0012"),
        (12, '0000"/QĐ"', "0012/QĐ"),
        (12, "\\K\\S000", "KS012"),
        (79200, '000"-"000', "079-200"),
        (12, "[Red]000", "012"),
        (12, "0_);(0)", "12"),
        (123, "#,##0", "123"),
        (12, "@", "12"),
        (12, "General", "12"),
        (1.5, "General", "1.5"),
        (999999999999999, "0", "999999999999999"),
        (-7, "000", "-007"),
    ],
)
def test_a_number_is_the_text_that_its_format_shows(value: float, form: str, shown: str) -> None:
    """Once 00001 was 1: after the sender had mended the column, the warehouse held every unit twice."""
    assert cell("ten", value, form) == (shown, None)
    assert cell("ma", value, form) == (shown, None)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (1234567890123456789, "General"),
        (1234567890123456, "0"),
        (1e20, "General"),
        (0.1234567890123456789, "General"),
        (1234, "#,##0"),
        (0.15, "0%"),
        (12, "[$₫-42A]#,##0.00"),
        (12, "0.00"),
        (1.5, "0"),
        (12, "0.0E+00"),
        (0.5, "# ?/?"),
        (12, ";;;"),
        (0, "#"),
        (12, "[<=9]0;00"),
    ],
)
def test_a_number_that_is_shown_otherwise_is_a_case(value: float, form: str) -> None:
    """Grouped, rounded, scaled, hidden, or with digits that are lost: nobody can say what was typed."""
    text, refusal = cell("ten", value, form)

    assert text is None
    assert "cell B2 (ten): a number " in refusal


def test_a_number_is_its_value_where_a_number_is_due() -> None:
    """Its format is for people; only a percentage says another number than it holds."""
    assert cell("dienTich", 1234.5, '#,##0.00 "m²"') == ("1234.5", None)
    assert cell("dienTich", 0.1 + 0.2) == ("0.3", None)
    assert cell("dienTich", 1e-7) == ("0.0000001", None)
    assert cell("so", 5.0, "0.00") == ("5", None)
    assert "a percentage" in str(cell("dienTich", 0.15, "0%")[1])
    assert "more than 15 digits" in str(cell("so", 1234567890123456789)[1])


def inline(text: str) -> tuple[str | None, str | None]:
    """A cell as programs write it that know the escapes of ISO 29500."""
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append(["K1", "x"])
    given = f'<c r="B2" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    body = changed(saved(book), lambda xml: re.sub(r'<c r="B2".*?</c>', lambda _: given, xml))
    rows = read_xlsx(body, "b.xlsx", DUE, ArchiveLimits())
    return rows[0, "ten"], rows[0, REFUSED]


def test_escapes_are_undone() -> None:
    """Once a line end inside a cell was read as the seven characters _x000D_."""
    assert inline("dòng một_x000D_\ndòng hai_x000D_") == ("dòng một\r\ndòng hai\r", None)
    assert inline("a_x005F_x000D_") == ("a_x000D_", None)
    assert inline("_xD83D__xDE00_") == ("\N{GRINNING FACE}", None)
    assert "half a character" in str(inline("a_xD83D_")[1])
    assert inline("_x00A0_") == ("\xa0", None)


def test_booleans_are_as_every_dialect_has_them() -> None:
    assert cell("ten", True) == ("1", None)
    assert cell("ten", False) == ("0", None)


def test_a_cell_that_nobody_takes_costs_nothing() -> None:
    """A running number by formula in a column that the deployment leaves out."""
    book = openpyxl.Workbook()
    book.active.append(["stt", "ma", "ten"])
    book.active.append(["=ROW()", "M01", "A"])
    due = SheetLayout(("stt", "ma", "ten"), skipped=frozenset({"stt"}))
    rows = read_xlsx(saved(book), "b.xlsx", due, ArchiveLimits())

    assert rows.select(due.columns).rows() == [(None, "M01", "A")]


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace('<row r="3"', '<row r="x"'),
        lambda xml: xml.replace('<c r="A3"', '<c r="A77"'),
        lambda xml: re.sub(r'(<c r="A3"[^>]*>).*?</c>', r"\1<v>x1</v></c>", xml),
        lambda xml: re.sub(r'<c r="A3".*?</c>', '<c r="A3" t="s"><v>-9999</v></c>', xml),
        lambda xml: re.sub(r'<c r="A3".*?</c>', '<c r="A3" t="b"><v>yes</v></c>', xml),
        lambda xml: re.sub(r'<c r="A3".*?</c>', '<c r="A3" t="d"><v>no day</v></c>', xml),
        lambda xml: re.sub(r'<c r="A3".*?</c>', '<c r="A3"><f t="shared" si="9"/><v>1</v></c>', xml),
        lambda xml: re.sub(r'<c r="A3".*?</c>', '<c r="A3" s="777"><v>1</v></c>', xml),
    ],
)
def test_a_damaged_cell_costs_at_most_its_row(change: Callable[[str], str]) -> None:
    """Whatever openpyxl makes of it: once the whole workbook was refused."""
    body = changed(merged(rows=LISTED), change)
    rows = read_xlsx(body, "b.xlsx", PLAIN, ArchiveLimits())

    good = rows.filter(pl.col(REFUSED).is_null())
    assert {"M01", "M03", "M04"} <= set(good["ma"])
    assert rows.height == 4


def test_a_row_that_comes_twice_is_a_case() -> None:
    """openpyxl passes a row over whose number was there before."""
    body = changed(merged(rows=LISTED), lambda xml: xml.replace('<row r="4"', '<row r="3"').replace('r="A4"', 'r="A3"'))
    rows = read_xlsx(body, "b.xlsx", PLAIN, ArchiveLimits())

    assert rows.height == 4
    assert "a row number that was there before" in rows[REFUSED][2]


@pytest.mark.parametrize("serial", [-1, 1, 59, 60])
def test_a_day_that_programs_disagree_about_is_a_case(serial: int) -> None:
    """Excel shows 29.02.1900 for 60 and counts one day more before it: another day of birth was accepted."""
    text, refusal = cell("ngay", serial, "dd/mm/yyyy")

    assert text is None
    assert "before March 1900" in str(refusal)
    assert ("01.03.1900", None) == cell("ngay", 61, "dd/mm/yyyy")
