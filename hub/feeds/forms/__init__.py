"""Items as bytes: the same items give the same bytes, on every day and machine with the same zlib.

    jsonl.gz   one JSON object a line, keys sorted, without spaces; integers as numbers, all else as text or null
    csv.gz     RFC 4180, UTF-8, first line the columns; every value in quotes, null is nothing at all between commas
    xml.gz     valid against the XSD that `hub feed schema` makes from the contract
    parquet    one table, all columns as text, compressed with zstd; the same bytes with the same release of Polars

gzip's header has no time and no name. PostgreSQL reads the CSV with `COPY ... (format csv, header)` as it is. These are
feeds for machines: a text that begins with `=` stays as it is, so no office program should open them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from hub.feeds.forms.lines import Digest, blocks, csv_lines, json_lines
from hub.feeds.forms.xml_lines import xml_lines
from hub.feeds.items import Item

LEVEL = 6
_GZIP = 31
"""zlib's word for: with gzip's header, whose time is zero."""


@runtime_checkable
class StoredLines(Protocol):
    """Items that can give their JSON Lines at once: the database writes them as `json_lines` would."""

    def json_blocks(self, columns: Sequence[str]) -> Iterator[bytes]: ...


Form = Callable[[Iterable[Item], Sequence[str], Digest], Iterator[bytes]]
"""Items, columns, and the hash that gets the lines as they are -> the bytes of the content, a block at a time."""


def content(form: str, items: Iterable[Item], columns: Sequence[str], plain: Digest) -> Iterator[bytes]:
    """The content of a delivery in a form of `FORMS`, a block at a time, compressed. `plain` gets the lines as they are."""
    return FORMS[form](items, columns, plain)


def _json(items: Iterable[Item], columns: Sequence[str]) -> Iterator[bytes]:
    return items.json_blocks(columns) if isinstance(items, StoredLines) else json_lines(items, columns)


def _packed(
    write: Callable[[Iterable[Item], Sequence[str]], Iterator[bytes]],
    items: Iterable[Item],
    columns: Sequence[str],
    plain: Digest,
) -> Iterator[bytes]:
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    for block in blocks(write(items, columns)):
        plain.update(block)
        if part := squeeze.compress(block):
            yield part
    yield squeeze.flush()


def _parquet(items: Iterable[Item], columns: Sequence[str], plain: Digest) -> Iterator[bytes]:
    from hub.feeds.forms.columns import parquet  # Polars is loaded by those who write it

    return parquet(items, columns, plain)


FORMS: Mapping[str, Form] = {
    "jsonl.gz": partial(_packed, _json),
    "csv.gz": partial(_packed, csv_lines),
    "xml.gz": partial(_packed, xml_lines),
    "parquet": _parquet,
}
"""Name of a form -> what writes it."""
