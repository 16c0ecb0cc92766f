"""A file of lines, cut into pages of whole records without reading it whole.

In NDJSON a record is a line. In CSV (RFC 4180) a record ends at the first line break that stands outside quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from .errors import Malformed, TooLarge

_BLOCK = 1 << 23


def whole_records(
    stream: BinaryIO, about: str, *, records: int, most_bytes: int, quotes: bool = False
) -> Iterator[tuple[bytes, int]]:
    """Bodies of at most `records` records and `most_bytes` bytes, each with its number of records.

    `quotes`: a line break within quotes belongs to its record. The last record may lack its line break.

    Raises:
        TooLarge: one record alone has more than `most_bytes` bytes.
        Malformed: the file ends within quotes.
    """
    held, at, end, count, before, inside = b"", 0, 0, 0, 0, False
    while True:
        stop = held.find(b"\n", at)
        if stop < 0:
            if len(held) - end > most_bytes:
                raise _too_large(about, before + count + 1, most_bytes)
            if not (block := stream.read(_BLOCK)):
                break
            held += block
            continue
        inside ^= quotes and held.count(b'"', at, stop) % 2 == 1
        at = stop + 1
        if inside:
            continue
        if at - end > most_bytes:
            raise _too_large(about, before + count + 1, most_bytes)
        if at > most_bytes:  # with this record the page would be too large
            yield held[:end], count
            held, at, before, end, count = held[end:], at - end, before + count, 0, 0
        end, count = at, count + 1
        if count == records:
            yield held[:end], count
            held, at, before, end, count = held[end:], 0, before + count, 0, 0
    if inside ^ (quotes and held.count(b'"', at) % 2 == 1):
        raise Malformed(
            f"{about}: ends within quotes, in record {before + count + 1}", hint="it was cut, or a quote is missing"
        )
    if held:
        yield held, count + (end < len(held))


def _too_large(about: str, number: int, most: int) -> TooLarge:
    return TooLarge(
        f"{about}: record {number} has more than {most} bytes", hint="is each record a line? else raise page_bytes"
    )
