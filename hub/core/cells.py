"""Rows of a deployment's CSV lists, with errors that name file, line and column of a cell."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid


class ColumnMissing(DeploymentInvalid):
    """A list has no column of a name that it must have."""


@dataclass(frozen=True)
class Cells:
    """One row, with checked access to its cells."""

    path: Path
    line: int
    row: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.row[column]

    def wrong(self, column: str, what: str, *, hint: str) -> DeploymentInvalid:
        return DeploymentInvalid(f"{_place(self.path)}:{self.line}: {column} {self.row[column]!r} {what}", hint=hint)

    def filled(self, column: str) -> str:
        if not self.row[column].strip():
            raise self.wrong(column, "is empty", hint="every row has one")
        return self.row[column]

    def one_of(self, column: str, known: tuple[str, ...]) -> str:
        if self.row[column] not in known:
            raise self.wrong(column, "is unknown", hint=f"known are {', '.join(known)}")
        return self.row[column]

    def matching(self, column: str, pattern: str, example: str) -> str:
        if not re.fullmatch(pattern, self.row[column]):
            raise self.wrong(column, "is not written as it must be", hint=f"for example {example}")
        return self.row[column]

    def number(self, column: str, *, empty_is: int | None) -> int | None:
        if not self.row[column]:
            return empty_is
        return int(self.matching(column, "[0-9]{1,5}", "30"))

    def day(self, column: str) -> date | None:
        if not self.row[column]:
            return None
        try:
            return date.fromisoformat(self.row[column])
        except ValueError:
            raise self.wrong(column, "is no day", hint="write 2026-07-01") from None

    def with_days(self, *needed: str) -> Mapping[str, str]:
        """The row, if these columns and `valid_to` hold days; only `valid_to` may be empty. Raises DeploymentInvalid."""
        for column in needed:
            self.filled(column)
            self.day(column)
        if "valid_to" in self.row:
            self.day("valid_to")
        return self.row


def _place(path: Path) -> str:
    """A list's name in an error, as `contracts/yaml/models.py` writes it: its folder and its name."""
    return f"{path.parent.name}/{path.name}"


def read_cells(path: Path, columns: tuple[str, ...]) -> Iterator[Cells]:
    """The rows of a list with exactly these columns; the line of a row is its last one. Raises DeploymentInvalid."""
    return _cells(path, columns, others=False, missing="docs/requirements.md says how it is made")


def read_list(path: Path, columns: tuple[str, ...], *, missing: str = "") -> Iterator[Cells]:
    """The rows of a list that has at least these columns. `missing` is the next step where there is no such file.

    Raises DeploymentInvalid.
    """
    return _cells(path, columns, others=True, missing=missing or "put the file there, or name another one")


def _cells(path: Path, columns: tuple[str, ...], *, others: bool, missing: str) -> Iterator[Cells]:
    rows = csv.DictReader(io.StringIO(_text(path, missing), newline=""), strict=True)
    try:
        header = tuple(rows.fieldnames or ())
        if lacking := [column for column in columns if column not in header]:
            has = ", ".join(header) or "none"
            raise ColumnMissing(f"{_place(path)}:1: no column {', '.join(lacking)}", hint=f"its columns are {has}")
        if not others and header != columns:
            raise DeploymentInvalid(
                f"{_place(path)}:1: the columns are {', '.join(header)}", hint=f"expected {', '.join(columns)}"
            )
        for row in rows:
            if None in row or None in row.values():
                raise DeploymentInvalid(
                    f"{_place(path)}:{rows.line_num}: not {len(header)} cells",
                    hint="a comma inside a cell needs quotes around the cell",
                )
            yield Cells(path, rows.line_num, row)
    except csv.Error as error:
        raise DeploymentInvalid(
            f"{_place(path)}:{rows.line_num + 1}: not CSV: {error}", hint="close the quotes"
        ) from error


def _text(path: Path, missing: str) -> str:
    """The text of a list. A mark of UTF-8 before the first column, as Excel writes it, is no part of the column."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DeploymentInvalid(f"{_place(path)} does not exist", hint=missing) from None
    except OSError as error:
        raise DeploymentInvalid(
            f"{_place(path)}: cannot be read: {error.strerror}", hint="look at it with ls -ld"
        ) from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content:
        what = "UTF-16, not UTF-8" if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "a NUL byte"
        raise DeploymentInvalid(f"{_place(path)}:1: {what}", hint="save it as CSV UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DeploymentInvalid(f"{_place(path)}:{line}: not UTF-8", hint="save it as CSV UTF-8") from None
