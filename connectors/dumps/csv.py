"""A page of a dump's CSV as a frame of texts. Polars reads a page without fault; else each row is read by itself."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from ..errors import Malformed
from ..files.csv_rows import csv_rows, decoded
from ..interface import RecordRefusal
from ..leaf_rows import Texts
from ..refusals import record_frame, with_refusals


def read(body: bytes, titles: list[str], taken: Collection[str], delimiter: str, where: str) -> pl.DataFrame:
    """A row for each row that has any value, with the columns `taken`; `titles` are those of the header.

    Raises:
        Malformed: it cannot be cut into rows.
    """
    if b"\0" in body:
        return _row_by_row(body, titles, taken, delimiter, where)
    try:
        frame = pl.read_csv(body, separator=delimiter, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        return _row_by_row(body, titles, taken, delimiter, where)
    rows = body.partition(b"\n")[2]
    # The reader fills a short row up with nulls, and refuses a long one: so the marks between values tell.
    outside = rows if b'"' not in rows else b"".join(rows.split(b'"')[::2])
    if outside.count(delimiter.encode()) != (frame.width - 1) * frame.height or frame.columns != titles:
        return _row_by_row(body, titles, taken, delimiter, where)
    if frame.height and frame[titles[0]].null_count():
        frame = frame.filter(pl.any_horizontal((pl.all() != "").fill_null(False)))
    return with_refusals(frame.select(taken), {})


def _row_by_row(body: bytes, titles: list[str], taken: Collection[str], delimiter: str, where: str) -> pl.DataFrame:
    rows: list[Texts | RecordRefusal] = []
    for number, row in enumerate(csv_rows(decoded(body, "the page", "utf-8"), delimiter)):
        if number == 0 or (not row.fault and not any(row.values)):
            continue
        fault = row.fault
        if not fault and len(row.values) != len(titles):
            fault = f"{len(row.values)} values where {len(titles)} are due"
        if fault:
            rows.append(RecordRefusal(row.content("utf-8"), f"{where}, line {row.line} of the page", fault))
        else:
            rows.append(tuple(value or None for value in row.values))
    frame = record_frame(titles, rows)
    left = set(titles) - set(taken)
    if len(set(titles)) != len(titles):
        raise Malformed("the header has a title twice", hint="each title once")
    return frame.drop(left)
