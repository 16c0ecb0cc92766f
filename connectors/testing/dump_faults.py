"""Faults inside a register's dump as data: each fault with the error that it must become."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl

from contracts.local_time import NAME

from ..errors import Malformed, TooLarge
from .file_faults import FileFault, reseal


def _body(change: Callable[[bytes], bytes]) -> Callable[[Path, str], object]:
    return lambda folder, name: reseal(folder, name, change((folder / name).read_bytes()))


def _last_line(line: bytes) -> Callable[[Path, str], object]:
    """Another last line, so that earlier pages are as they were."""
    return _body(lambda body: body[: body.rstrip(b"\n").rindex(b"\n") + 1] + line + b"\n")


def _second_line(line: bytes) -> Callable[[Path, str], object]:
    """One line more behind the header."""
    return _body(lambda body: body.replace(b"\n", b"\n" + line + b"\n", 1))


def _frame(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Path, str], object]:
    def spoil(folder: Path, name: str) -> None:
        body = io.BytesIO()
        change(pl.read_parquet((folder / name).read_bytes())).write_parquet(body)
        reseal(folder, name, body.getvalue())

    return spoil


def _beyond(frame: pl.DataFrame) -> pl.DataFrame:
    """A change time in the year 12022, in the first row."""
    times = frame["ngayCapNhat"].str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us").dt.convert_time_zone(NAME)
    return frame.with_columns(ngayCapNhat=times.to_physical().scatter(0, 317_232_288_000_000_000).cast(times.dtype))


NDJSON_FAULTS = (
    FileFault("a line that is cut", None, _body(lambda body: body[:-20]), refused=1),
    FileFault("a line that is no JSON", None, _last_line(b"id: 7"), refused=1),
    FileFault("a line that is no object", None, _last_line(b'["7"]'), refused=1),
    FileFault("two records on a line", None, _last_line(b'{"id": "7"} {"id": "8"}'), refused=1),
    FileFault("a line that is not UTF-8", None, _last_line(b'{"id": "\xff"}'), refused=1),
    FileFault("a field twice", None, _last_line(b'{"id": "7", "id": "8"}'), refused=1),
    FileFault("a field of one record that nobody knows", None, _last_line(b'{"id": "7", "colour": "8"}'), refused=1),
    FileFault("half a character", None, _last_line(b'{"id": "\\ud83d"}'), refused=1),
    FileFault("brackets in brackets", None, _last_line(b'{"id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"), refused=1),
    FileFault("no number", None, _last_line(b'{"id": NaN}'), refused=1),
    FileFault("a number of forty digits", None, _last_line(b'{"id": ' + b"7" * 40 + b"}"), refused=1),
    FileFault("an empty line", None, _body(lambda body: body + b"\n\n")),
    FileFault("a mark of its encoding", None, _body(lambda body: b"\xef\xbb\xbf" + body)),
    FileFault("a field that nobody knows", Malformed, _body(lambda body: body.replace(b'"id"', b'"colour"'))),
    FileFault("an array around the records", Malformed, _body(lambda body: b"[" + body + b"]")),
    FileFault("no JSON at all", Malformed, _body(lambda body: b"id\n" * 9)),
    FileFault("a record past its cap", TooLarge, _body(lambda body: body), {"page_bytes": 50}),
)
CSV_DUMP_FAULTS = (
    FileFault("a row with a value less", None, _last_line(b"7"), refused=1),
    FileFault("a row with a value more", None, _last_line(b",".join([b"7"] * 200)), refused=1),
    FileFault("quotes that do not end", None, _body(lambda body: body + b'"7'), refused=1),
    FileFault("quotes that do not end, in the middle", None, _second_line(b'"7'), refused=1),
    FileFault(
        "a row that is not UTF-8", None, _body(lambda body: body.replace("ễ".encode(), b"\xe1\xbb", 1)), refused=1
    ),
    FileFault("rows of commas", None, _body(lambda body: body + b"," * body.partition(b"\n")[0].count(b",") + b"\n")),
    FileFault("no header", Malformed, _body(lambda body: body.partition(b"\n")[2])),
    FileFault("a title that nobody knows", Malformed, _body(lambda body: body.replace(b"nguoiKy", b"colour", 1))),
    FileFault("a record past its cap", TooLarge, _body(lambda body: body), {"page_bytes": 50}),
)
PARQUET_FAULTS = (
    FileFault("a file without its end", Malformed, _body(lambda body: body[:-20])),
    FileFault("a file that is no Parquet", Malformed, _body(lambda body: b"PAR1" + body[4:40])),
    FileFault("a column that nobody knows", Malformed, _frame(lambda frame: frame.rename({"nguoiKy": "colour"}))),
    FileFault("a day beyond the calendar", None, _frame(_beyond), refused=1),
    FileFault("a column of fractions", Malformed, _frame(lambda frame: frame.with_columns(so=pl.lit(1.5)))),
    FileFault("a required column that is gone", Malformed, _frame(lambda frame: frame.drop("nksHoTen"))),
)
