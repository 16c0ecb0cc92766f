"""A page as it is landed: a head, and the rows below it.

The first line is JSON: columns, count and SHA-256 of the rest. The rows follow as the database's page has them
(`connectors/sql/page.py`): CSV as the server sent it, or a JSON array a line; the media type says which. The unit of a
place is a column of its own, so that no value of the store is overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import polars as pl

from ...errors import Malformed
from ...sql.columns import csv_frame
from ...sql.page import CSV, RowsPage


class _Head(msgspec.Struct):
    columns: list[str]
    count: int
    sha256: str


def body_of(columns: Sequence[str], page: RowsPage) -> bytes:
    """A page as it is landed: the same rows give the same bytes."""
    head = _Head(list(columns), page.count, hashlib.sha256(page.lines).hexdigest())
    return msgspec.json.encode(head) + b"\n" + page.lines


def rows_of(body: bytes, form: str, about: str) -> pl.DataFrame:
    """The rows of a landed page; every column is text.

    Raises:
        Malformed: not such lines, or not the rows that the first line states.
    """
    first, _, rest = body.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=_Head)
        whole = head.sha256 == hashlib.sha256(rest).hexdigest()
        rows = (_from_csv if form == CSV else _from_lines)(head.columns, rest) if whole else pl.DataFrame()
    except (msgspec.MsgspecError, pl.exceptions.PolarsError, UnicodeDecodeError):
        raise Malformed(f"{about}: not rows under a head of columns, count and hash") from None
    if not whole or rows.height != head.count:
        raise Malformed(f"{about}: not the rows that its first line states")
    return rows


def _from_csv(columns: list[str], lines: bytes) -> pl.DataFrame:
    return csv_frame(lines, columns)


def _from_lines(columns: list[str], lines: bytes) -> pl.DataFrame:
    rows = msgspec.json.decode(b"[" + b",".join(lines.splitlines()) + b"]", type=list[list[str | None]])
    if any(len(row) != len(columns) for row in rows):
        raise pl.exceptions.ShapeError
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
