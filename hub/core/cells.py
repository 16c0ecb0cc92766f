"""Rows of a deployment's CSV lists, with errors that name file, line and column of a cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid


@dataclass(frozen=True)
class Cells:
    """One row, with checked access to its cells."""

    path: Path
    line: int
    row: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.row[column]

    def wrong(self, column: str, what: str, *, hint: str) -> DeploymentInvalid:
        return DeploymentInvalid(f"{self.path}:{self.line}: {column} {self.row[column]!r} {what}", hint=hint)

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


def read_cells(path: Path, columns: tuple[str, ...]) -> Iterator[Cells]:
    """The rows of a list with exactly these columns; the line of a row is its last one. Raises DeploymentInvalid."""
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError:
        raise DeploymentInvalid(f"{path} does not exist", hint="docs/requirements.md says how it is made") from None
    with file:
        rows = csv.DictReader(file, strict=True)
        if tuple(rows.fieldnames or ()) != columns:
            raise DeploymentInvalid(
                f"{path}:1: the columns are {', '.join(rows.fieldnames or ())}", hint=f"expected {', '.join(columns)}"
            )
        try:
            for row in rows:
                if None in row or None in row.values():
                    raise DeploymentInvalid(
                        f"{path}:{rows.line_num}: not {len(columns)} cells",
                        hint="a comma inside a cell needs quotes around the cell",
                    )
                yield Cells(path, rows.line_num, row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise DeploymentInvalid(
                f"{path}:{rows.line_num + 1}: not UTF-8 CSV: {error}", hint="save as UTF-8, quotes closed"
            ) from error
