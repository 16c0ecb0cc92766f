"""Rows of any engine as its driver reads them, one by one behind a server-side cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from .columns import large_row
from .page import RefusedRow, RowsPage, as_lines, refused_row
from .page_query import PageQuery
from .texts import BadText, Texts, Unreadable, shown, text

_ROWS_AT_ONCE = 500
"""Rows that the server hands over together."""


def one_by_one(
    connection: sa.Connection, statement: sa.Select[Any], size: int, query: PageQuery, *, lenient: bool = False
) -> RowsPage:
    """The rows of a statement, up to the one that would be too many bytes.

    `lenient`: SQLite hands over texts in another encoding as bytes instead of failing; it costs time.
    """
    names = [str(column.name) for column in statement.selected_columns]
    flags = [sa.case((each.when, 1), else_=0).label(f"refused {n}") for n, each in enumerate(query.refusals)]
    places = [column.label(f"place {n}") for n, column in enumerate(query.order)]
    rows, weight, place = list[Texts | RefusedRow](), 0, tuple[Any, ...]()
    for values in fetched(connection, statement.add_columns(*flags, *places), size, lenient=lenient):
        whole = values[: len(names)]
        row = _row(len(rows), names, whole, values[len(names) : len(names) + len(flags)], query)
        size_of = _size(row)
        if size_of > query.most_bytes:
            row = large_row(len(rows), dict(zip(names, map(shown, whole), strict=True)), query.most_bytes)
            size_of = 0
        weight += size_of
        if weight > query.most_bytes:
            return as_lines(rows, names, place, cut=True)
        rows.append(row)
        place = values[len(names) + len(flags) :]
    return as_lines(rows, names, place, cut=False)


def fetched(
    connection: sa.Connection, statement: sa.Select[Any], size: int, *, lenient: bool
) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement; `lenient` as in `one_by_one`."""
    driver: Any = connection.connection.dbapi_connection
    if lenient:
        driver.text_factory = BadText.or_text
    try:
        options = connection.execution_options(stream_results=True, yield_per=min(size, _ROWS_AT_ONCE))
        for row in options.execute(statement):
            yield tuple(row)
    finally:
        if lenient:
            driver.text_factory = str


def _row(
    at: int, names: list[str], values: tuple[Any, ...], flags: tuple[Any, ...], query: PageQuery
) -> Texts | RefusedRow:
    try:
        texts = tuple(map(text, values))
    except Unreadable:
        wrong = ((name, _clause(value)) for name, value in zip(names, values, strict=True))
        column, clause = next((name, clause) for name, clause in wrong if clause)
        known = {name: text(value) for name, value in zip(names, values, strict=True) if not _clause(value)}
        raw = refused_row(at, column, clause, dict(zip(names, map(shown, values), strict=True))).raw
        return RefusedRow(at, column, clause, raw, known)
    if query.chars:
        texts = tuple(
            value.rstrip(" ") if value is not None and name in query.chars else value
            for name, value in zip(names, texts, strict=True)
        )
    for flag, refusal in zip(flags, query.refusals, strict=True):
        if flag:
            return refused_row(at, refusal.column, refusal.clause, dict(zip(names, texts, strict=True)))
    if texts[0] is not None and texts[0] in query.doubled:
        return refused_row(at, *query.doubled_key(texts[0]), dict(zip(names, texts, strict=True)))
    return texts


def _clause(value: object) -> str:
    try:
        text(value)
    except Unreadable as error:
        return error.clause
    return ""


def _size(row: Texts | RefusedRow) -> int:
    if isinstance(row, RefusedRow):
        return len(row.raw)
    return sum(len(each.encode()) for each in row if each is not None)
