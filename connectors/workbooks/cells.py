"""The text of a cell: what the sheet shows of its value, or why that cannot be said.

text            without invisible characters at its ends, escapes (`_x000D_`) undone, a leading `=` or apostrophe
                kept: data, never executed
a number        under a text: its digits as the format shows them (00001, QĐ-0012). Under a number: its value
a date          what its format shows of it: `dd.MM.yyyy`, `MM.yyyy`, `yyyy`; under a time, ISO 8601
true, false     1, 0
a plain number  stays one, also where a date is due: 1984 is a year, and 44713 a serial without its format
a formula       its result, as a value of that kind, where the file has one (`connectors.workbooks.rows`)
all else        is no value: a formula without a result, an error, a number whose digits are lost, a date that shows no
                year or stands where a number of a paper was typed
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from contracts.model import Kind

from . import shown_dates, shown_numbers

LONGEST = 32_767
"""Characters of a cell, as Excel has it."""
FORMULA = "f"
"""Kind of a formula that has no result, as openpyxl names it."""
BROKEN = "broken"
"""Kind of a cell that the library cannot read."""
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL)
_FIRST_SURE_MONTH = (1900, 3)
"""Excel has a 29 February 1900, so its days before are one off from those of all others; before 1900 it has none."""
_AS_TEXT = "have the column made text, and typed anew"


class NoValue(Exception):
    """Why a cell has no value: names and forms, never what stands in it."""


Value: TypeAlias = Any


def cell_text(value: Value, of: str, form: str, due: Kind, *, key: bool = False) -> str | None:
    """One cell as text; `of` is its kind as openpyxl names it, `form` its number format.

    Raises:
        NoValue: with the reason and the next step.
    """
    if of == FORMULA:
        raise NoValue("a formula without a computed result: save it from a spreadsheet program, or paste it as values")
    if of == "e":
        raise NoValue("an error value: mend the cell")
    if of == BROKEN:
        raise NoValue("a cell that cannot be read: type it anew, or save the workbook anew")
    match value:
        case None:
            return None
        case str():
            return _text(value)
        case bool():
            return "1" if value else "0"
        case int() | float():
            return _number(value, form, due)
        case timedelta():
            raise NoValue(f"a duration, where a value was due: {_AS_TEXT}")
        case datetime() | date() | time():
            return _date(value, form, due, key)
    raise NoValue("a value of a kind that no table has: type it anew")


def _text(value: str) -> str | None:
    if "_x" in value:
        value = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if "\ufffd" in value:
            raise NoValue("half a character: type it anew")
    if len(value) > LONGEST:
        raise NoValue(f"more than {LONGEST} characters: shorten it")
    return value or None


def _number(value: int | float, form: str, due: Kind) -> str:
    if due in _NUMBERS:
        if shown_numbers.is_percentage(form):
            raise NoValue("a percentage: the sheet shows a hundred times its value; have it written as a plain number")
        if (text := shown_numbers.nearest(value)) is None:
            raise NoValue(f"a number of more than {shown_numbers.MOST_DIGITS} digits, the last of which are lost")
        return text
    if (text := shown_numbers.shown(value, form)) is None:
        if shown_numbers.exact(value) is None:
            raise NoValue(
                f"a number of more than {shown_numbers.MOST_DIGITS} digits, the last of which are lost: {_AS_TEXT}"
            )
        raise NoValue(f"a number in a format that shows something else than its digits: {_AS_TEXT}")
    return text


def _date(value: datetime | date | time, form: str, due: Kind, key: bool) -> str:
    if isinstance(value, date) and (value.year, value.month) < _FIRST_SURE_MONTH:
        raise NoValue(f"a date before March 1900, which each program shows as another day: {_AS_TEXT}")
    if due is Kind.TIMESTAMP and not isinstance(value, time) and (moment := shown_dates.moment(value, form)):
        return moment
    text = shown_dates.shown(value, form)
    if text is None:
        raise NoValue(f"a date that shows no year, or a time without its day: {_AS_TEXT}")
    made = due in _NUMBERS or (due is Kind.TEXT and (key or len(text) == len("01.1990")))
    if made and not isinstance(value, time):
        raise NoValue(f"a date that the program made of a number such as 01/2005: {_AS_TEXT}")
    return text
