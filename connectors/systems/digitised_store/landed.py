"""A page as it is landed: a head, then the rows that cannot be read, then the others.

The first line is JSON: columns, count, number of refused rows, and SHA-256 of the rest. Each refused row is a line of
JSON. The rows follow as the database's page has them (`connectors/sql/page.py`): CSV as the server sent it, or a JSON
array a line; the media type says which. The unit of a place is a column of its own, so that no value of the store is
overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
import polars as pl

from ...errors import Malformed
from ...interface import RecordRefusal
from ...sql.columns import MARK, csv_frame
from ...sql.page import CSV, RowsPage

_AT = "_at"


class _Head(msgspec.Struct):
    columns: list[str]
    count: int
    sha256: str
    refused: int = 0


class _Refused(msgspec.Struct):
    at: int
    place: str
    clause: str
    raw: bytes
    known: dict[str, str]


def body_of(columns: Sequence[str], page: RowsPage, sure: Sequence[str]) -> bytes:
    """A page as it is landed: the same rows give the same bytes.

    `sure` are the columns that name a record: of a refused row these are kept beside the row itself.
    """
    lines = b"".join(
        msgspec.json.encode(
            _Refused(
                row.at,
                row.column,
                row.clause,
                row.raw,
                {name: text for name in sure if (text := row.texts.get(name)) is not None},
            )
        )
        + b"\n"
        for row in page.refused
    )
    rest = lines + page.lines
    marked = [*columns, MARK] if page.form == CSV else list(columns)
    head = _Head(marked, page.count, hashlib.sha256(rest).hexdigest(), len(page.refused))
    return msgspec.json.encode(head) + b"\n" + rest


def rows_of(body: bytes, form: str, about: str) -> tuple[pl.DataFrame, Mapping[int, RecordRefusal]]:
    """The rows of a landed page, and those of them that are refused, by their number from 0.

    Every column is text. A refused row has the values that are sure, and null elsewhere.

    Raises:
        Malformed: not such lines, or not the rows that the first line states.
    """
    first, _, rest = body.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=_Head)
        whole = head.sha256 == hashlib.sha256(rest).hexdigest()
        refused = list[_Refused]()
        for _ in range(head.refused if whole else 0):
            line, _, rest = rest.partition(b"\n")
            refused.append(msgspec.json.decode(line, type=_Refused))
        rows = (_from_csv if form == CSV else _from_lines)(head.columns, rest) if whole else pl.DataFrame()
    except (msgspec.MsgspecError, pl.exceptions.PolarsError, UnicodeDecodeError):
        raise Malformed(f"{about}: not rows under a head of columns, count and hash") from None
    if not whole or rows.height + len(refused) != head.count:
        raise Malformed(f"{about}: not the rows that its first line states")
    rows = rows.drop(MARK, strict=False)
    if not refused:
        return rows, {}
    return _together(rows, refused), {
        row.at: RecordRefusal(row.raw, row.place, row.clause, row.known) for row in refused
    }


def _together(rows: pl.DataFrame, refused: Sequence[_Refused]) -> pl.DataFrame:
    taken = {row.at for row in refused}
    places = [at for at in range(rows.height + len(refused)) if at not in taken]
    good = rows.with_columns(pl.Series(_AT, places, dtype=pl.Int64))
    known = pl.DataFrame(
        [{_AT: row.at, **{name: row.known.get(name) for name in rows.columns}} for row in refused], schema=good.schema
    )
    together = pl.concat([good, known.select(good.columns)])
    return together.sort(_AT).drop(_AT)


def _from_csv(columns: list[str], lines: bytes) -> pl.DataFrame:
    return csv_frame(lines, columns) if lines else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def _from_lines(columns: list[str], lines: bytes) -> pl.DataFrame:
    rows = msgspec.json.decode(b"[" + b",".join(lines.splitlines()) + b"]", type=list[list[str | None]])
    if any(len(row) != len(columns) for row in rows):
        raise pl.exceptions.ShapeError
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
