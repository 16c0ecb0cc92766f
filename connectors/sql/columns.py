"""Rows of PostgreSQL as the server's own COPY writes them: whole pages of texts, without a Python object a value.

Each column is written by an expression of its type (`kinds`). One more column says which rows have a value that no text
stands for, so that these rows are refused and no other one is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import psycopg
import sqlalchemy as sa

from .kinds import unreadable, written
from .listing import RowRefusal
from .page import CSV, FIRST, RefusedRow, RowsPage, refused_row
from .page_query import PageQuery
from .texts import ENCODING, LARGE

MARK = "_marked"
"""Last column of the landed rows: null. Of a row that is refused it says why."""
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def copied(connection: sa.Connection, statement: sa.Select[Any], kinds: Sequence[str], query: PageQuery) -> RowsPage:
    """The rows of a statement, up to the one that would be too many bytes."""
    selected = list(statement.selected_columns)
    names = [str(column.name) for column in selected]
    reasons = _reasons(names, selected, kinds) + list(query.refusals)
    columns = [written(column, kind) for column, kind in zip(selected, kinds, strict=True)]
    compiled = statement.with_only_columns(*columns, _marked(reasons), maintain_column_froms=True).compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    parts, large, cut = _sent(connection, compiled, query.most_bytes)
    return _page(parts, large, names, reasons, query, cut=cut)


def csv_frame(lines: bytes, names: list[str], only: list[int] | None = None) -> pl.DataFrame:
    """Rows of COPY's CSV as texts. Raises polars.exceptions.PolarsError."""
    return pl.read_csv(lines, has_header=False, columns=only, schema=dict.fromkeys(names, pl.String))


def _reasons(names: list[str], selected: list[sa.ColumnElement[Any]], kinds: Sequence[str]) -> list[RowRefusal]:
    found = ((name, unreadable(column, kind)) for name, column, kind in zip(names, selected, kinds, strict=True))
    return [RowRefusal(name, *reason) for name, reason in found if reason is not None]


def _marked(reasons: Sequence[RowRefusal]) -> sa.ColumnElement[Any]:
    """The number of the first reason against a row; null if there is none."""
    if not reasons:
        return sa.cast(sa.null(), sa.Text)
    return sa.case(*((reason.when, str(number)) for number, reason in enumerate(reasons)))


def _sent(connection: sa.Connection, compiled: Any, most_bytes: int) -> tuple[list[bytes], set[int], bool]:
    """Rows as the server sends them, the numbers of those that are too large alone, and whether more would come."""
    copy = f"copy ({compiled}) to stdout (format csv, encoding 'UTF8')"
    driver: psycopg.Connection[Any] = connection.connection.dbapi_connection  # type: ignore[assignment]
    parts, large, held, cut = list[bytes](), set[int](), 0, False
    with driver.cursor() as cursor, cursor.copy(copy.encode(), compiled.params) as rows:
        for row in rows:
            held += len(row)
            if held > most_bytes and parts:
                cut = True
                break
            parts.append(bytes(row))
            if held > most_bytes:  # it is the page's only row: one such row is in memory at a time
                large, cut = {0}, True
                break
    if cut:
        connection.invalidate()  # the server is still sending: a new session costs less than the rest of the rows
    return parts, large, cut


def _page(
    parts: list[bytes], large: set[int], names: list[str], reasons: Sequence[RowRefusal], query: PageQuery, *, cut: bool
) -> RowsPage:
    if not parts:
        return RowsPage(CSV, b"", 0, pl.DataFrame(schema=FIRST), (), cut)
    lines, foreign = b"".join(parts), dict[int, bytes]()
    try:
        lines.decode()
    except UnicodeDecodeError:  # a server without an encoding hands over any bytes
        foreign = {at: part for at, part in enumerate(parts) if not _is_text(part)}
        parts = [part.decode(errors="replace").encode() if at in foreign else part for at, part in enumerate(parts)]
        lines = b"".join(parts)
    listed = [*map(str, range(len(names))), MARK]
    looked_at = sorted({0, min(1, len(names) - 1), len(names)})
    frame = csv_frame(lines, listed, looked_at)
    first = frame.select("0", "1" if len(names) > 1 else pl.lit(None, pl.String).alias("1"))
    marks = frame[MARK]
    why = {
        at: (reasons[int(marks[at])].column, reasons[int(marks[at])].clause) for at in marks.is_not_null().arg_true()
    }
    why |= {at: query.doubled_key(first["0"][at]) for at in query.doubled_rows(first["0"])}
    why |= dict.fromkeys(large, ("", LARGE)) | dict.fromkeys(foreign, ("", ENCODING))
    place = query.place_of(first["1"][-1], first["0"][-1])
    if not why:
        return RowsPage(CSV, lines, len(parts), first, place, cut)
    texts = csv_frame(b"".join(parts[at] for at in sorted(why)), listed).drop(MARK).rows()
    refused = tuple(
        _refused(at, *why[at], dict(zip(names, row, strict=True)), foreign.get(at), query.most_bytes)
        for at, row in zip(sorted(why), texts, strict=True)
    )
    good = b"".join(part for at, part in enumerate(parts) if at not in why)
    return RowsPage(CSV, good, len(parts), first, place, cut, refused)


def _refused(
    at: int, column: str, clause: str, texts: Mapping[str, str | None], foreign: bytes | None, most_bytes: int
) -> RefusedRow:
    if foreign is not None:
        broken = [name for name, text in texts.items() if text is not None and _UNKNOWN in text]
        known = {name: text for name, text in texts.items() if name not in broken}
        return RefusedRow(at, broken[0] if broken else column, clause, foreign, known)
    if clause == LARGE:
        return large_row(at, texts, most_bytes)
    return refused_row(at, column, clause, texts)


def large_row(at: int, texts: Mapping[str, str | None], most_bytes: int) -> RefusedRow:
    """A row past the cap, kept without its largest columns."""
    sizes = {name: len((text or "").encode()) for name, text in texts.items()}
    longest = sorted(sizes, key=lambda name: sizes[name], reverse=True)
    left = dict(texts)
    for name in longest:
        if sum(sizes[each] for each in left) <= most_bytes:
            break
        del left[name]
    return refused_row(at, longest[0], LARGE, left)


def _is_text(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True
