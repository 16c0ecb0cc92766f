"""One page of a table's rows, in the form in which it is landed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from .texts import Texts

NDJSON = "application/x-ndjson"
"""A row a line, as a JSON array of texts and nulls."""
CSV = "text/csv"
"""RFC 4180 without a header, as PostgreSQL's COPY writes it: an empty value without quotes is null."""


@dataclass(frozen=True)
class RowsPage:
    """Rows of a table."""

    form: str
    """`NDJSON` or `CSV`."""
    lines: bytes
    """The rows; of CSV as the server sent them. The same rows give the same bytes."""
    count: int
    first: pl.DataFrame
    """Texts of the key (`0`) and of the column after it (`1`), which is the change time where there is one."""
    place: tuple[Any, ...]
    """Values of the last row by which the rows are ordered, to ask for those after it."""
    cut: bool = False
    """Whether the page ended early, because one more row would have been too many bytes."""


def as_lines(rows: list[Texts], place: tuple[Any, ...], *, cut: bool) -> RowsPage:
    """A page of rows that were read one by one."""
    lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    first = pl.DataFrame([row[:2] for row in rows], schema={"0": pl.String, "1": pl.String}, orient="row")
    return RowsPage(NDJSON, lines, len(rows), first, place, cut)
