"""A file of lines, cut into pages of whole records without reading it whole.

In NDJSON a record is a line. In CSV (RFC 4180) a record ends at the first line break that stands outside quotes; where
its quotes do not end it is its first line alone, as `connectors.files.csv_rows` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import TooLarge

_BLOCK = 1 << 18
_MOST_QUOTED = 1 << 18
"""Bytes of a record with line breaks in its quotes."""


def whole_records(
    stream: BinaryIO, about: str, *, records: int, most_bytes: int, quotes: str = "", mark: bytes = b""
) -> Iterator[tuple[bytes, int]]:
    """Bodies of at most `records` records and `most_bytes` bytes, each with its number of records.

    `quotes`: the mark between values, where a line break within quotes belongs to its record. The last record may lack
    its line break. `mark`: bytes that are left out at the start.

    Raises:
        TooLarge: one record alone has more than `most_bytes` bytes.
    """
    quoted = _pattern(quotes.encode()) if quotes else None
    held, at, end, count, before, whole = bytearray(), 0, 0, 0, 0, False
    while mark and not whole and len(held) < len(mark):
        whole = _lengthen(held, stream)
    if mark and held.startswith(mark):
        del held[: len(mark)]
    while True:
        stop = held.find(b"\n", at)
        if stop < 0:
            if len(held) - end > most_bytes:
                raise _too_large(about, before + count + 1, most_bytes)
            if whole:
                break
            whole = _lengthen(held, stream)
            continue
        if quoted is not None and held.count(b'"', end, stop) % 2 == 1:
            while not whole and len(held) - end < _MOST_QUOTED:
                whole = _lengthen(held, stream)
            last = _end_of(quoted, held, end)
            stop = held.find(b"\n", last) if last > stop else stop
            if stop < 0:  # it ends with the file
                at = len(held)
                continue
        at = stop + 1
        if at - end > most_bytes:
            raise _too_large(about, before + count + 1, most_bytes)
        if at > most_bytes:  # with this record the page would be too large
            yield _cut(held, end), count
            at, before, end, count = at - end, before + count, 0, 0
        end, count = at, count + 1
        if count == records:
            yield _cut(held, end), count
            at, before, end, count = 0, before + count, 0, 0
    if held:
        last_one = end < len(held)
        yield _cut(held, len(held)), count + last_one


def _lengthen(held: bytearray, stream: BinaryIO) -> bool:
    """Add the next block to the bytes; whether that was the last."""
    block = stream.read(_BLOCK)
    held += block
    return not block


def _cut(held: bytearray, end: int) -> bytes:
    """The bytes before `end`, which leave `held`."""
    body = bytes(memoryview(held)[:end])
    del held[:end]
    return body


def _end_of(quoted: re.Pattern[bytes], held: bytearray, start: int) -> int:
    """Where a record ends whose first line has an odd number of quotes; -1: with that line."""
    match = quoted.match(held, start, start + _MOST_QUOTED)
    whole = match is not None and (match.end() == len(held) or held[match.end()] in b"\r\n")
    return match.end() if match is not None and whole else -1


def _pattern(delimiter: bytes) -> re.Pattern[bytes]:
    mark = re.escape(delimiter)
    value = rb'(?:"(?:[^"]++|"")*+"|(?!")[^' + mark + rb"\r\n]*+)"
    return re.compile(value + rb"(?:" + mark + value + rb")*+")


def _too_large(about: str, number: int, most: int) -> TooLarge:
    return TooLarge(
        f"{about}: record {number} has more than {most} bytes", hint="is each record a line? else raise page_bytes"
    )
