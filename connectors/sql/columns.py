"""Rows of PostgreSQL as the server's own COPY writes them: whole pages of texts, without a Python object a value.

COPY writes most values as the plain way does (`texts.text`). Booleans and times are written by an expression in the
statement. A table with a column of any other type is read the plain way, so that no text depends on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
import psycopg.postgres
import sqlalchemy as sa

from .page import CSV, RowsPage

_SAME = ("text", "varchar", "bpchar", "int2", "int4", "int8", "numeric", "date")
"""Types that COPY writes as the plain way does, dates out of Python's calendar apart."""
_DAY = r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{6})?)?$"
_SMALL = r"^-?0\.0{6}"
"""A number so small that the plain way writes it with an exponent."""
_KEYS: Mapping[str, Callable[[str], object]] = {
    "text": str,
    "varchar": str,
    "bpchar": str,
    "int2": int,
    "int4": int,
    "int8": int,
    "numeric": Decimal,
}
"""Type of a key -> its value from the text, to ask for the rows after it."""


def types_of(connection: sa.Connection, statement: sa.Select[Any]) -> tuple[str, ...] | None:
    """The types of a statement's columns, if COPY can write them all; None: it must be read the plain way."""
    if (connection.dialect.name, connection.dialect.driver) != ("postgresql", "psycopg"):
        return None
    with connection.execute(statement.limit(0)) as nothing:
        assert nothing.cursor is not None
        found: list[Any] = [column[1] for column in nothing.cursor.description]
    types = tuple(map(_name_of, found))
    if types[0] in _KEYS and all(each in (*_SAME, "bool", "timestamp") for each in types):
        return types
    return None


def copied(
    connection: sa.Connection, statement: sa.Select[Any], types: tuple[str, ...], ordered_by: int, most_bytes: int
) -> RowsPage | None:
    """The rows of a statement, up to the one that would be too many bytes; None: one must be read the plain way.

    Raises:
        ValueError: a text that is not UTF-8, or a date that Python's calendar does not have.
    """
    columns = [_written(each, kind) for each, kind in zip(statement.selected_columns, types, strict=True)]
    compiled = statement.with_only_columns(*columns, maintain_column_froms=True).compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    copy = f"copy ({compiled}) to stdout (format csv, encoding 'UTF8')"
    driver: psycopg.Connection[Any] = connection.connection.dbapi_connection  # type: ignore[assignment]
    parts, held, cut = list[bytes](), 0, False
    with driver.cursor() as cursor, cursor.copy(copy.encode(), compiled.params) as rows:
        for row in rows:
            held += len(row)
            if held > most_bytes:
                cut = True
                break
            parts.append(bytes(row))
    if cut:
        connection.invalidate()  # the server is still sending: a new session costs less than the rest of the rows
    return _page(b"".join(parts), len(parts), types, ordered_by, cut=cut)


def csv_frame(lines: bytes, names: list[str], only: list[int] | None = None) -> pl.DataFrame:
    """Rows of COPY's CSV as texts. Raises polars.exceptions.PolarsError."""
    return pl.read_csv(lines, has_header=False, columns=only, schema=dict.fromkeys(names, pl.String))


def _name_of(number: int) -> str:
    """The name of a type; empty for an array, which the driver's table lists under its element, and for other types."""
    known = psycopg.postgres.types.get(number)
    return known.name if known and known.oid == number else ""


def _written(column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any]:
    """A column as an expression whose text is that of the plain way."""
    if isinstance(column, sa.Label):
        column = column.element
    if kind == "bool":
        return sa.cast(column, sa.Integer)
    if kind != "timestamp":
        return column
    time = sa.type_coerce(column, sa.DateTime())
    part = sa.case((sa.func.date_trunc("second", time) == time, ""), else_=sa.func.to_char(time, ".US"))
    inside = sa.and_(
        sa.func.isfinite(time), time.between(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
    )
    return sa.case(
        (inside, sa.func.to_char(time, 'YYYY-MM-DD"T"HH24:MI:SS').op("||")(part)),
        else_=sa.cast(time, sa.Text),  # refused afterwards, as what the driver cannot hold
    )


def _page(lines: bytes, count: int, types: tuple[str, ...], ordered_by: int, *, cut: bool) -> RowsPage | None:
    if not count:
        return RowsPage(CSV, b"", 0, pl.DataFrame(), (), cut)
    lines.decode()  # a server without an encoding hands over any bytes
    days = [pl.col(str(i)) for i, kind in enumerate(types) if kind in ("date", "timestamp")]
    numbers = [pl.col(str(i)) for i, kind in enumerate(types) if kind == "numeric"]
    looked_at = sorted({0, 1, *(int(each.meta.output_name()) for each in (*days, *numbers))})
    frame = csv_frame(lines, [str(i) for i in range(len(types))], looked_at)
    if _any(frame, [~each.str.contains(_DAY) for each in days]):
        raise ValueError("a day out of the calendar")
    if _any(frame, [each.str.contains(_SMALL) for each in numbers]):
        return None
    key = _KEYS[types[0]](frame["0"][-1])
    place = (frame["1"][-1], key) if ordered_by == 2 else (key,)
    return RowsPage(CSV, lines, count, frame.select("0", "1"), place, cut)


def _any(frame: pl.DataFrame, conditions: list[pl.Expr]) -> bool:
    return bool(conditions) and bool(frame.select(pl.any_horizontal(conditions).any()).item())
