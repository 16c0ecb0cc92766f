"""Items as bytes: the same items give the same bytes, on every day and machine with the same zlib.

    jsonl.gz   one JSON object a line, keys sorted, without spaces; integers as numbers, all else as text or null
    csv.gz     RFC 4180, UTF-8, first line the columns; every value in quotes, null is nothing at all between commas

gzip's header has no time and no name. PostgreSQL reads the CSV with `COPY ... (format csv, header)` as it is. These are
feeds for machines: a text that begins with `=` stays as it is, so no office program should open them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from hub.feeds.items import Item

BLOCK = 1 << 18
"""Bytes that are compressed at once."""
LEVEL = 6
_GZIP = 31
"""zlib's word for: with gzip's header, whose time is zero."""

Form = Callable[[Iterable[Item], Sequence[str]], Iterator[bytes]]
"""Items and columns -> lines."""


class Digest(Protocol):
    """A running hash."""

    def update(self, data: bytes, /) -> None: ...


def content(form: str, items: Iterable[Item], columns: Sequence[str], plain: Digest) -> Iterator[bytes]:
    """The content of a delivery in a form of `FORMS`, a block at a time, compressed. `plain` gets the lines as they are."""
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    for block in blocks(FORMS[form](items, columns)):
        plain.update(block)
        if part := squeeze.compress(block):
            yield part
    yield squeeze.flush()


def blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines gathered to blocks."""
    held, size = list[bytes](), 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def json_lines(items: Iterable[Item], columns: Sequence[str]) -> Iterator[bytes]:
    """One JSON object a line."""
    encode, names = msgspec.json.Encoder().encode, sorted(columns)
    for item in items:
        line: dict[str, object] = {"key": item.key, "op": item.operation, "system": item.system}
        if item.operation == "put":
            line["values"] = {name: item.values[name] for name in names}
        line["version"] = item.version  # the keys stand sorted
        yield encode(line) + b"\n"


def csv_lines(items: Iterable[Item], columns: Sequence[str]) -> Iterator[bytes]:
    """One line an item, after a line with the columns."""
    yield _csv_line(["_op", "_system", "_key", "_version", *columns])
    nothing: list[str | int | None] = [None] * len(columns)
    for item in items:
        values = [item.values[name] for name in columns] if item.operation == "put" else nothing
        yield _csv_line([item.operation, item.system, item.key, item.version, *values])


FORMS: Mapping[str, Form] = {"jsonl.gz": json_lines, "csv.gz": csv_lines}
"""Name of a form -> what writes it."""


def _csv_line(cells: Iterable[str | int | None]) -> bytes:
    return (",".join("" if c is None else f'"{str(c).replace(chr(34), chr(34) * 2)}"' for c in cells) + "\r\n").encode()
