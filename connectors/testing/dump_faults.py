"""Faults inside a register's dump as data: each fault with the error that it must become."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl

from ..errors import Malformed, TooLarge
from .file_faults import FileFault, reseal


def _body(change: Callable[[bytes], bytes]) -> Callable[[Path, str], object]:
    return lambda folder, name: reseal(folder, name, change((folder / name).read_bytes()))


def _last_line(line: bytes) -> Callable[[Path, str], object]:
    """Another last line, so that earlier pages are as they were."""
    return _body(lambda body: body[: body.rstrip(b"\n").rindex(b"\n") + 1] + line + b"\n")


def _frame(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Path, str], object]:
    def spoil(folder: Path, name: str) -> None:
        body = io.BytesIO()
        change(pl.read_parquet((folder / name).read_bytes())).write_parquet(body)
        reseal(folder, name, body.getvalue())

    return spoil


NDJSON_FAULTS = (
    FileFault("a line that is cut", Malformed, _body(lambda body: body[:-20])),
    FileFault("a line that is no JSON", Malformed, _last_line(b"id: 7")),
    FileFault("a line that is no object", Malformed, _last_line(b'["7"]')),
    FileFault("two records on a line", Malformed, _last_line(b'{"id": "7"} {"id": "8"}')),
    FileFault("an empty line", Malformed, _last_line(b"\n")),
    FileFault("a line that is not UTF-8", Malformed, _last_line(b'{"id": "\xff"}')),
    FileFault("a field that nobody knows", Malformed, _body(lambda body: body.replace(b'"id"', b'"colour"'))),
    FileFault("an array around the records", Malformed, _body(lambda body: b"[" + body + b"]")),
    FileFault("a record past its cap", TooLarge, _body(lambda body: body), {"page_bytes": 50}),
)
CSV_DUMP_FAULTS = (
    FileFault("a row with a value less", Malformed, _last_line(b"7")),
    FileFault("a row with a value more", Malformed, _last_line(b",".join([b"7"] * 200))),
    FileFault("quotes that do not end", Malformed, _body(lambda body: body + b'"7')),
    FileFault("a row that is not UTF-8", Malformed, _body(lambda body: body.replace("ễ".encode(), b"\xe1\xbb", 1))),
    FileFault("no header", Malformed, _body(lambda body: body.partition(b"\n")[2])),
    FileFault("a title that nobody knows", Malformed, _body(lambda body: body.replace(b"nguoiKy", b"colour", 1))),
    FileFault("a record past its cap", TooLarge, _body(lambda body: body), {"page_bytes": 50}),
)
PARQUET_FAULTS = (
    FileFault("a file without its end", Malformed, _body(lambda body: body[:-20])),
    FileFault("a file that is no Parquet", Malformed, _body(lambda body: b"PAR1" + body[4:40])),
    FileFault("a column that nobody knows", Malformed, _frame(lambda frame: frame.rename({"nguoiKy": "colour"}))),
    FileFault("a column of fractions", Malformed, _frame(lambda frame: frame.with_columns(so=pl.lit(1.5)))),
    FileFault("a required column that is gone", Malformed, _frame(lambda frame: frame.drop("nksHoTen"))),
)
