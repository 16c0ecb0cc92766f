"""A page as it is landed: lines of JSON (NDJSON), and the rows in them.

The first line has columns, count and SHA-256 of the rest; each further line is a row with every value as text. The unit
of a place is a column of its own, so that no value of the store is overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import polars as pl

from ...errors import Malformed
from ...sql.texts import Texts

NDJSON = "application/x-ndjson"


class _Head(msgspec.Struct):
    columns: list[str]
    count: int
    sha256: str


def body_of(columns: Sequence[str], rows: Sequence[Texts]) -> bytes:
    """A page as it is landed: the same rows give the same bytes."""
    lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    return msgspec.json.encode(_Head(list(columns), len(rows), hashlib.sha256(lines).hexdigest())) + b"\n" + lines


def rows_of(body: bytes, about: str) -> pl.DataFrame:
    """The rows of a landed page; every column is text.

    Raises:
        Malformed: not such lines, or not the rows that the first line states.
    """
    first, _, rest = body.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=_Head)
        rows = msgspec.json.decode(b"[" + b",".join(rest.splitlines()) + b"]", type=list[list[str | None]])
    except msgspec.MsgspecError:
        raise Malformed(f"{about}: not lines of JSON under a head of columns, count and hash") from None
    if (head.count, head.sha256) != (len(rows), hashlib.sha256(rest).hexdigest()) or any(
        len(row) != len(head.columns) for row in rows
    ):
        raise Malformed(f"{about}: not the rows that its first line states")
    return pl.DataFrame(rows, schema=dict.fromkeys(head.columns, pl.String), orient="row")
