"""A page of a dump as a frame of texts: NDJSON, CSV with its header, Parquet.

A record that cannot be read is refused by itself (`connectors/refusals.py`). A page is refused whole where it cannot be
cut into records, or where none of its titles is a field: then it is another file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import polars as pl

from ..errors import Malformed
from . import csv, ndjson, parquet

NDJSON = "application/x-ndjson"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def titles_of(kind: str, body: bytes, delimiter: str) -> list[str]:
    """The names that a page has: of its first records (NDJSON), its header (CSV), its schema (Parquet).

    Raises Malformed: it has none.
    """
    if kind == PARQUET:
        return parquet.titles(body)
    if kind == NDJSON:
        return _of_records(body)
    first = body.partition(b"\n")[0]
    try:
        columns = pl.read_csv(first, has_header=True, separator=delimiter, infer_schema=False, n_rows=0).columns
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise Malformed("the header cannot be read", hint=HINTS[CSV]) from None
    return columns


def frame_of(
    kind: str,
    body: bytes,
    titles: list[str],
    taken: Collection[str],
    known: Collection[str],
    delimiter: str,
    where: str = "",
) -> pl.DataFrame:
    """The records of a page: the titles `taken`, all pl.String; what a record lacks is null.

    `titles` are those of the page, `known` all that may come, `where` the file that a refused record names.

    Raises:
        Malformed: it cannot be cut into records. It has no value of a record.
    """
    match kind:
        case "application/x-ndjson":
            return ndjson.read(body, taken, known, where)
        case "text/csv":
            return csv.read(body, titles, taken, delimiter, where)
    return parquet.read(body, taken, where)


def without_empty(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The frame with null for each empty text of the columns `names`. Few columns have one: the others stay."""
    shortest = frame.select(pl.col(names).str.len_bytes().min()).row(0, named=True) if names else {}
    empty = [name for name, length in shortest.items() if length == 0]
    return frame.with_columns(pl.when(pl.col(empty) != "").then(pl.col(empty))) if empty else frame


def _of_records(body: bytes) -> list[str]:
    found: list[str] | None = None
    looked = 0
    for number, line in enumerate(line for line in body.split(b"\n") if line.strip()):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            if number == 0 and line.lstrip()[:1] == b"[":
                raise Malformed("a line is a JSON object", hint="one record a line, no array around them") from None
            continue
        if isinstance(record, dict):
            found = list(record) if found is None else [name for name in found if name in record]
            if (looked := looked + 1) == _SAMPLE:
                break
    if found is None:
        raise Malformed("no line is a JSON object", hint=HINTS[NDJSON])
    return found


_SAMPLE = 20
"""Records whose common titles are those of a file of NDJSON: one that has another is a record's fault, not the file's."""
HINTS = {
    NDJSON: "UTF-8, one JSON object a line",
    CSV: "UTF-8, a header, a value for each title in each row, quotes doubled within quotes",
    PARQUET: parquet.HINT,
}
