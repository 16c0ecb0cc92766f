"""A page of a dump as a frame of texts: NDJSON, CSV with its header, Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import polars as pl

from contracts.local_time import NAME

from .errors import Malformed

NDJSON = "application/x-ndjson"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def titles_of(kind: str, body: bytes, delimiter: str) -> list[str]:
    """The names that a page has: of its first record (NDJSON), its header (CSV), its schema (Parquet).

    Raises Malformed: the first line is none.
    """
    if kind == PARQUET:
        return list(_read_schema(body))
    first = body.partition(b"\n")[0]
    if kind == NDJSON:
        try:
            record = json.loads(first)
        except ValueError:
            raise Malformed("the first line is no JSON") from None
        if not isinstance(record, dict):
            raise Malformed("a line is a JSON object", hint="one record a line, no array around them")
        return list(record)
    try:
        return pl.read_csv(first, has_header=True, separator=delimiter, infer_schema=False, n_rows=0).columns
    except pl.exceptions.PolarsError:
        raise Malformed("the header cannot be read") from None


def frame_of(kind: str, body: bytes, count: int | None, titles: Collection[str], delimiter: str) -> pl.DataFrame:
    """The records of a page: these titles, all pl.String; what a record lacks is null.

    Raises:
        Malformed: not such records, or not `count` of them, where that is known. It has no value of a record.
    """
    try:
        frame = _READ[kind](body, titles, delimiter)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise Malformed(f"cannot be read as {kind}", hint=_HINTS[kind]) from None
    if count is not None and frame.height != count:
        raise Malformed(f"{count} records were due, {frame.height} can be read", hint=_HINTS[kind])
    return frame


def _from_ndjson(body: bytes, titles: Collection[str], delimiter: str) -> pl.DataFrame:
    return pl.read_ndjson(body, schema=dict.fromkeys(titles, pl.String))


def _from_csv(body: bytes, titles: Collection[str], delimiter: str) -> pl.DataFrame:
    rows = body.partition(b"\n")[2]
    frame = pl.read_csv(body, separator=delimiter, infer_schema=False)
    # The reader fills a short row up with nulls, and refuses a long one: so the marks between values tell.
    outside = rows if b'"' not in rows else b"".join(rows.split(b'"')[::2])
    if outside.count(delimiter.encode()) != (frame.width - 1) * frame.height:
        raise Malformed("a row has fewer values than the header has titles", hint=_HINTS[CSV])
    return frame.select(titles)


def _from_parquet(body: bytes, titles: Collection[str], delimiter: str) -> pl.DataFrame:
    return as_texts(pl.read_parquet(io.BytesIO(body), columns=list(titles)))


def _read_schema(body: bytes) -> list[str]:
    try:
        return list(pl.read_parquet_schema(io.BytesIO(body)))
    except pl.exceptions.PolarsError:
        raise Malformed("cannot be read as Parquet", hint=_HINTS[PARQUET]) from None


def parquet_pages(stream: BinaryIO, about: str, records: int) -> Iterator[tuple[bytes, int]]:
    """The rows of a Parquet file, so many at a time, each part as a Parquet file of its own.

    A file on this machine is read row group by row group; one from elsewhere is held in memory.

    Raises Malformed: no Parquet.
    """
    try:
        place: Path | io.BytesIO = Path(f"/proc/self/fd/{stream.fileno()}")
    except (AttributeError, OSError):
        place = io.BytesIO(stream.read())
    try:
        for part in pl.scan_parquet(place).collect_batches(chunk_size=records):
            for rows in part.iter_slices(records):
                body = io.BytesIO()
                rows.write_parquet(body)
                yield body.getvalue(), rows.height
    except pl.exceptions.PolarsError:
        raise Malformed(f"{about}: cannot be read as Parquet", hint=_HINTS[PARQUET]) from None


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """All columns as texts. Raises Malformed: a column of a type that has no one text, with its name."""
    return frame.select(_text(name, kind) for name, kind in frame.schema.items())


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    match kind:
        case pl.String():
            return column
        case pl.Boolean():
            return column.cast(pl.Int8).cast(pl.String)
        case pl.Date():
            return column.dt.strftime("%Y-%m-%d")
        case pl.Datetime():
            zone = "%:z" if kind.time_zone else ""
            local = column.dt.convert_time_zone(NAME) if kind.time_zone else column
            whole = local.dt.truncate("1s") == local
            return (
                pl.when(whole)
                .then(local.dt.strftime(f"%Y-%m-%dT%H:%M:%S{zone}"))
                .otherwise(local.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.6f{zone}"))
            )
        case pl.Decimal() | pl.Null() | pl.Categorical() | pl.Enum():
            return column.cast(pl.String)
        case _ if kind.is_integer():
            return column.cast(pl.String)
    raise Malformed(
        f"the column {name} has the type {kind}, which has no one text",
        hint="write it as text, whole number, decimal, boolean, date or time",
    )


_READ: Mapping[str, Callable[[bytes, Collection[str], str], pl.DataFrame]] = {
    NDJSON: _from_ndjson,
    CSV: _from_csv,
    PARQUET: _from_parquet,
}
_HINTS = {
    NDJSON: "UTF-8, one JSON object a line, no empty line",
    CSV: "UTF-8, a header, a value for each title in each row, quotes doubled within quotes",
    PARQUET: "columns of texts, whole numbers, decimals, booleans, dates and times",
}
