"""One page of a table's rows, in the form in which it is landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import polars as pl

from .texts import OF_VALUES, Texts

NDJSON = "application/x-ndjson"
"""A row a line, as a JSON array of texts and nulls."""
CSV = "text/csv"
"""RFC 4180 without a header, as PostgreSQL's COPY writes it: an empty value without quotes is null."""


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be read; the rows beside it can."""

    at: int
    """Its number in the page, from 0."""
    column: str
    """The column that is wrong; of several the first."""
    clause: str
    """What is wrong with it, without its value."""
    raw: bytes = field(repr=False)
    """The row in the database's own text form: JSON, column -> text; or its bytes, if they are no text."""
    texts: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Column -> text, of the columns that are sure."""


@dataclass(frozen=True)
class RowsPage:
    """Rows of a table."""

    form: str
    """`NDJSON` or `CSV`."""
    lines: bytes
    """The rows that could be read; of CSV as the server sent them. The same rows give the same bytes."""
    count: int
    """Number of rows, refused ones included."""
    first: pl.DataFrame
    """Texts of the key (`0`) and of the column after it (`1`), which is the change time where there is one."""
    place: tuple[Any, ...]
    """Values of the last row by which the rows are ordered, to ask for those after it."""
    cut: bool = False
    """Whether the page ended early, because one more row would have been too many bytes."""
    refused: tuple[RefusedRow, ...] = ()
    """In the order of the page."""

    @property
    def last_key(self) -> str | None:
        """Text of the last row's key."""
        key: str | None = self.first["0"][-1]
        return key


FIRST: Mapping[str, type[pl.DataType]] = {"0": pl.String, "1": pl.String}
"""Columns of `RowsPage.first`."""


def refused_row(at: int, column: str, clause: str, texts: Mapping[str, str | None]) -> RefusedRow:
    """A refused row of which all columns have a text."""
    known = texts if clause not in OF_VALUES else {name: text for name, text in texts.items() if name != column}
    return RefusedRow(at, column, clause, msgspec.json.encode(texts), known)


def as_lines(
    rows: Sequence[Texts | RefusedRow], names: Sequence[str], place: tuple[Any, ...], *, cut: bool
) -> RowsPage:
    """A page of rows that were read one by one; `names` are those of the first two columns at least."""
    good = (row for row in rows if not isinstance(row, RefusedRow))
    lines = b"".join(msgspec.json.encode(row) + b"\n" for row in good)
    first = [
        tuple(row.texts.get(name) for name in names[:2]) if isinstance(row, RefusedRow) else row[:2] for row in rows
    ]
    known = pl.DataFrame([row if len(row) == 2 else (*row, None) for row in first], schema=FIRST, orient="row")
    return RowsPage(NDJSON, lines, len(rows), known, place, cut, tuple(r for r in rows if isinstance(r, RefusedRow)))


def joined(pages: Sequence[RowsPage]) -> RowsPage:
    """Pages that follow each other as one; of a page that was cut, nothing follows."""
    count, refused = 0, list[RefusedRow]()
    for page in pages:
        refused += (replace(each, at=each.at + count) for each in page.refused)
        count += page.count
    return RowsPage(
        next((page.form for page in pages if page.lines), pages[0].form),
        b"".join(page.lines for page in pages),
        count,
        pl.concat([page.first for page in pages if page.count] or [pl.DataFrame(schema=FIRST)]),
        pages[-1].place,
        pages[-1].cut,
        tuple(refused),
    )
