"""The rows of a workbook's sheet, each read or refused by itself.

openpyxl reads the parts of a workbook; its row reader is used cell by cell, so that one damaged cell does not end the
sheet, and a row or a cell that comes twice is seen.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.worksheet._reader import ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from contracts.invisible import trimmed

from ..errors import Malformed
from ..interface import RecordRefusal
from ..leaf_rows import Texts
from .cells import BROKEN, FORMULA, NoValue, cell_text
from .layout import SheetLayout, letters
from .merges import MergedRange, Merges

_WIDEST = 500
"""Columns that are searched for one at any position."""


@dataclass
class SheetReader:
    """Reads one sheet of an openpyxl workbook by a layout."""

    book: Any
    sheet: Any
    merges: Merges
    about: str
    due: SheetLayout
    blank: int = 0
    """Rows below the header without any value; they are left out."""
    _formats: dict[int, str] = field(default_factory=dict)
    _above: dict[MergedRange, dict[str, Any]] = field(default_factory=dict)
    """Merged range -> its first cell."""

    def __iter__(self) -> Iterator[Texts | RecordRefusal]:
        places: list[int] = []
        last = 0
        for number, cells in self._rows():
            self.due.require_rows(number - self.due.header_row, self.about)
            covered = self._covered(number, cells)
            if number < self.due.header_row:
                continue
            if not places:
                if number > self.due.header_row:
                    break
                titles = self._titles(cells, covered)
                places = self.due.places(titles, self.about)
                last = number
                continue
            if number <= last:
                yield RecordRefusal(_raw(cells, self.due.columns, places), f"{self.about}, row {number}", _TWICE)
                continue
            last = number
            if (row := self._row(number, cells, places, covered)) is not None:
                yield row
        if not places:
            hint = "the titles must stand in the declared row; header_row names it"
            raise Malformed(f"{self.about}: empty; a header was due in row {self.due.header_row}", hint=hint)

    def _rows(self) -> Iterator[tuple[int, dict[int, dict[str, Any]]]]:
        """(number, column -> cell) of each row, as they come. Columns count from 1."""
        with self.sheet._get_source() as source, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they show values; what they are about is a refused cell
            reader = _CellByCell(
                source,
                self.sheet._shared_strings,
                epoch=self.book.epoch,
                date_formats=self.book._date_formats,
                timedelta_formats=self.book._timedelta_formats,
            )
            reader.unsure = bool(getattr(self.book.calculation, "fullCalcOnLoad", False))
            for _, element in iterparse(source):
                if element.tag != ROW_TAG:
                    continue
                number, listed = reader.parse_row(element)
                element.clear()
                cells: dict[int, dict[str, Any]] = {}
                for cell in listed:
                    twice = cell["column"] in cells  # two values for one place: neither is believed
                    cells[cell["column"]] = {**cell, "data_type": BROKEN, "value": BROKEN} if twice else cell
                yield number, cells

    def _covered(self, number: int, cells: Mapping[int, dict[str, Any]]) -> Mapping[int, MergedRange]:
        covered = self.merges.at(number)
        for column, merged in covered.items():
            if (number, column) == (merged.top, merged.left) and column in cells:
                self._above[merged] = cells[column]
        if len(self._above) > 4 * len(covered) + 64:
            self._above = {merged: self._above[merged] for merged in covered.values() if merged in self._above}
        return covered

    def _titles(self, cells: Mapping[int, dict[str, Any]], covered: Mapping[int, MergedRange]) -> list[str | None]:
        titles: list[str | None] = []
        widest = _WIDEST if self.due.anywhere else len(self.due.columns) + 1
        for column in range(1, max(widest, 0) + 1):
            merged = covered.get(column)
            cell = cells.get(column)
            if (cell is None or cell["value"] is None) and merged is not None and merged.left == column:
                cell = self._above.get(merged)
            try:
                titles.append(None if cell is None else self._text(cell, ""))
            except NoValue:
                titles.append("\ufffd")  # no title of anybody's
        return titles

    def _row(
        self,
        number: int,
        cells: Mapping[int, dict[str, Any]],
        places: Sequence[int],
        covered: Mapping[int, MergedRange],
    ) -> Texts | RecordRefusal | None:
        """The texts of the declared columns, or why they cannot be had; None for a row without any value."""
        texts: list[str | None] = []
        faults: list[str] = []
        filled = set[int]()
        for title, place in zip(self.due.columns, places, strict=True):
            column = place + 1
            if title in self.due.skipped:
                texts.append(None)
                continue
            cell = cells.get(column)
            merged = covered.get(column)
            fault = ""
            if merged is not None and (above := self._above.get(merged)) is not None and above["value"] is not None:
                if merged.right > merged.left:
                    fault = f"merged over several columns ({merged.name}): have the cells split"
                elif merged.top <= self.due.header_row:
                    fault = f"merged with the header ({merged.name}): have the cells split"
                elif merged.bottom > merged.top and self.due.merged == "case":
                    fault = f"merged over several rows ({merged.name}): have the cells split"
                elif number > merged.top:
                    cell = above
                if number > merged.top:
                    filled.add(column)
            text = None
            try:
                text = None if cell is None else self._text(cell, title)
            except NoValue as reason:
                fault = fault or str(reason)
            texts.append(None if fault else text)
            if fault:
                faults.append(f"cell {letters(place)}{number} ({title}): {fault}")
        if not self.due.anywhere and (beyond := self._beyond(cells)):
            texts = [None] * len(texts)  # a row that has slipped: nothing in it is sure
            faults.insert(0, f"cell {letters(beyond - 1)}{number}: something right of the last declared column")
        elif not any(
            column not in filled and cells[column]["value"] is not None for column in self._taken(cells, places)
        ):
            self.blank += 1
            return None
        if not faults:
            return tuple(texts)
        known = {name: text for name, text in zip(self.due.columns, texts, strict=True) if text is not None}
        content = _raw(cells, self.due.columns, places)
        return RecordRefusal(content, f"{self.about}, row {number}", "; ".join(faults), known)

    def _taken(self, cells: Mapping[int, dict[str, Any]], places: Sequence[int]) -> list[int]:
        """Columns with a cell that are read."""
        pairs = zip(self.due.columns, places, strict=True)
        return [place + 1 for title, place in pairs if title not in self.due.skipped and place + 1 in cells]

    def _beyond(self, cells: Mapping[int, dict[str, Any]]) -> int:
        width = len(self.due.columns)
        return min((column for column, cell in cells.items() if column > width and _has_value(cell)), default=0)

    def _text(self, cell: Mapping[str, Any], title: str) -> str | None:
        try:
            form = self._format(cell["style_id"] or 0)
        except (IndexError, TypeError):
            raise NoValue("a format that the workbook does not have: save it anew") from None
        return cell_text(cell["value"], cell["data_type"], form, self.due.kind(title), key=self.due.is_key(title))

    def _format(self, style: int) -> str:
        if style not in self._formats:
            number = self.book._cell_styles[style].numFmtId
            if number < BUILTIN_FORMATS_MAX_SIZE:
                self._formats[style] = BUILTIN_FORMATS.get(number, "General")
            else:
                self._formats[style] = self.book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE]
        return self._formats[style]


_ZEROS = ("0", "0.0")
_TWICE = "a row number that was there before: save the workbook anew"


class _CellByCell(WorkSheetParser):
    """openpyxl's reader of rows; what it cannot read is a cell too, and a formula is its result."""

    unsure = False
    """Whether the results of formulas were perhaps never computed."""

    def parse_row(self, row: Any) -> Any:
        try:
            return super().parse_row(row)
        except ValueError:  # no row number: the next one, as of a row that has none
            del row.attrib["r"]
            return super().parse_row(row)

    def parse_cell(self, element: Any) -> Any:
        before = self.col_counter
        try:
            cell = super().parse_cell(element)
        except Exception:  # whatever openpyxl meets in a damaged cell; its text holds the value
            if self.col_counter == before:
                self.col_counter += 1
            return {
                "row": self.row_counter,
                "column": self.col_counter,
                "value": BROKEN,
                "data_type": BROKEN,
                "style_id": 0,
            }
        if cell["data_type"] == FORMULA:
            cell = self._result(element, before) or cell
        if cell["row"] != self.row_counter:
            cell |= {"value": BROKEN, "data_type": BROKEN}  # of another row than the one that it stands in
        return cell

    def _result(self, element: Any, before: int) -> Any:
        """The cell as it is with the result that the file has beside its formula; None: it has none that can be believed.

        A file that asks to be computed anew when it is opened may have the zero that a library writes in its place.
        """
        result = element.findtext(VALUE_TAG)
        empty = not result and element.get("t") != "str"  # a text may be empty, a number may not
        if result is None or empty or (self.unsure and result.strip() in _ZEROS):
            return None
        self.col_counter, self.data_only = before, True
        try:
            return super().parse_cell(element)
        finally:
            self.data_only = False


def _has_value(cell: Mapping[str, Any]) -> bool:
    value = cell["value"]
    return bool(trimmed(value)) if isinstance(value, str) else value is not None


def _raw(cells: Mapping[int, Mapping[str, Any]], columns: Sequence[str], places: Sequence[int]) -> bytes:
    """The row as the sheet holds it: title or column -> value, for whoever opens the case."""
    titles = {place + 1: title for title, place in zip(columns, places, strict=True)}
    shown = {
        titles.get(at, letters(at - 1)): str(cell["value"]) for at, cell in sorted(cells.items()) if _has_value(cell)
    }
    return json.dumps(shown, ensure_ascii=False).encode("utf-8", "backslashreplace")
