"""The lines of JSON Lines and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from hub.feeds.items import Item

BLOCK = 1 << 18
"""Bytes that are compressed at once."""
_ENCODE = msgspec.json.Encoder().encode


class Digest(Protocol):
    """A running hash."""

    def update(self, data: bytes, /) -> None: ...


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
    names = sorted(columns)
    for item in items:
        yield json_line(item, names)


def json_line(item: Item, names: Sequence[str]) -> bytes:
    """One item, its values by these names."""
    line: dict[str, object] = {"key": item.key, "op": item.operation, "system": item.system}
    if item.operation == "put":
        line["values"] = {name: item.values[name] for name in names}
    line["version"] = item.version  # the keys stand sorted
    return _ENCODE(line) + b"\n"


def csv_lines(items: Iterable[Item], columns: Sequence[str]) -> Iterator[bytes]:
    """One line an item, after a line with the columns."""
    yield _csv_line(["_op", "_system", "_key", "_version", *columns])
    nothing: list[str | int | None] = [None] * len(columns)
    for item in items:
        values = [item.values[name] for name in columns] if item.operation == "put" else nothing
        yield _csv_line([item.operation, item.system, item.key, item.version, *values])


def _csv_line(cells: Iterable[str | int | None]) -> bytes:
    return (",".join("" if c is None else f'"{str(c).replace(chr(34), chr(34) * 2)}"' for c in cells) + "\r\n").encode()
