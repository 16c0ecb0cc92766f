"""A page of Parquet as a frame of texts; a row with a day that no calendar of ours has is refused by itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from contracts.local_time import NAME

from ..errors import Malformed
from ..interface import RecordRefusal
from ..refusals import with_refusals

HINT = "columns of texts, whole numbers, decimals, booleans, dates and times"
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST, _LAST = date(1, 1, 2).toordinal() - _EPOCH, date(9999, 12, 30).toordinal() - _EPOCH
"""Days since 1970 of the first and the last day whose hours are in the years 1 to 9999 in every zone."""
_A_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


@contextmanager
def readable(about: str) -> Iterator[None]:
    """A block in which whatever breaks in Polars is Malformed."""
    try:
        yield
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError, ValueError):
        raise Malformed(f"{about}cannot be read as Parquet", hint=HINT) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Polars' word for a damaged file, in places; no Exception
            raise
        raise Malformed(f"{about}cannot be read as Parquet", hint=HINT) from None


def titles(body: bytes) -> list[str]:
    """The columns of a page. Raises Malformed: no Parquet."""
    with readable(""):
        return list(pl.read_parquet_schema(io.BytesIO(body)))


def read(body: bytes, taken: Collection[str], where: str) -> pl.DataFrame:
    """The rows of a page, with the columns `taken`.

    Raises:
        Malformed: no Parquet, or a column of a type that has no one text.
    """
    with readable(""):
        frame = pl.read_parquet(io.BytesIO(body), columns=list(taken))
    faults = {name: rows for name, kind in frame.schema.items() if len(rows := _beyond(frame[name], kind))}
    refused: dict[int, RecordRefusal] = {}
    for name, rows in faults.items():
        for at in rows:
            refused.setdefault(
                at,
                RecordRefusal(
                    _written(frame, at),
                    f"{where}, row {at + 1} of the page, {name}",
                    "a day outside the years 1 to 9999",
                ),
            )
    frame = frame.with_columns(frame[name].scatter(rows, None) for name, rows in faults.items())
    texts = as_texts(frame)
    sure = [name for name in texts.columns if name not in faults]
    for at, each in refused.items():
        held = {name: value for name in sure if (value := texts[name][at]) is not None}
        refused[at] = RecordRefusal(each.content, each.place, each.clause, held)
    return with_refusals(texts, refused)


def pages(stream: BinaryIO, about: str, records: int) -> Iterator[tuple[bytes, int]]:
    """The rows of a Parquet file, so many at a time, each part as a Parquet file of its own.

    A file on this machine is read row group by row group; one from elsewhere is held in memory.

    Raises Malformed: no Parquet.
    """
    try:
        place: Path | io.BytesIO = Path(f"/proc/self/fd/{stream.fileno()}")
    except (AttributeError, OSError):
        place = io.BytesIO(stream.read())
    with readable(f"{about}: "):
        parts = iter(pl.scan_parquet(place).collect_batches(chunk_size=records))
    while True:
        with readable(f"{about}: "):
            part = next(parts, None)
        if part is None:
            return
        for rows in part.iter_slices(records):
            with readable(f"{about}: "):
                body = io.BytesIO()
                rows.write_parquet(body)
            yield body.getvalue(), rows.height


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


def _beyond(column: pl.Series, kind: pl.DataType) -> list[int]:
    """Rows whose day is outside the years that a text can have."""
    match kind:
        case pl.Date():
            days = column.to_physical()
        case pl.Datetime():
            days = column.to_physical() // _A_DAY[kind.time_unit]
        case _:
            return []
    rows: list[int] = (~days.is_between(_FIRST, _LAST)).fill_null(False).arg_true().to_list()
    return rows


def _written(frame: pl.DataFrame, at: int) -> bytes:
    """One row as a Parquet file: what was received, without the columns of its page."""
    body = io.BytesIO()
    write: Callable[..., object] = frame.slice(at, 1).write_parquet
    write(body)
    return body.getvalue()
