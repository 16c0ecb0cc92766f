"""PostgreSQL's types: how each is written as text by the server, and which of its values have no text.

Every type is written by an expression in the statement, so that no value passes through an object of the driver, which
cannot hold some of them: infinity, years before 1 and after 9999.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import psycopg.postgres
import sqlalchemy as sa

from contracts.local_time import OFFSET

from .texts import BINARY, CALENDAR, NUMBER

AS_IT_IS = ("text", "varchar", "name", "int2", "int4", "int8", "oid", "numeric", "date")
"""Types that COPY writes as they are landed."""
TIMES = ("date", "timestamp", "timestamptz")
TEXTS = ("text", "varchar", "bpchar", "name")
ARRAY, OTHER = "array", "other"
_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)


def kinds_of(connection: sa.Connection, statement: sa.Select[Any]) -> tuple[str, ...] | None:
    """The types of a statement's columns by PostgreSQL's names; None: it is not read by COPY."""
    if (connection.dialect.name, connection.dialect.driver) != ("postgresql", "psycopg"):
        return None
    with connection.execute(statement.limit(0)) as nothing:
        assert nothing.cursor is not None
        found: list[Any] = [column[1] for column in nothing.cursor.description]
    return tuple(map(_name_of, found))


def written(column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any]:
    """A column as an expression whose text is that of `texts.text`."""
    column = bare(column)
    if kind in AS_IT_IS:
        return column
    as_text = sa.cast(column, sa.Text)
    match kind:
        case "bool":
            return sa.cast(column, sa.Integer)
        case "float4" | "float8":  # the shortest digits that are this number, without an exponent
            return sa.case((as_text.like("%e%"), sa.cast(sa.cast(as_text, sa.Numeric), sa.Text)), else_=as_text)
        case "money":
            return sa.cast(sa.cast(column, sa.Numeric), sa.Text)
        case "timestamp":
            return sa.case((_inside(column), _iso(column)), else_=as_text)
        case "timestamptz":
            return sa.case((_inside(_local(column)), _iso(_local(column)).op("||")(OFFSET)), else_=as_text)
        case "array":
            return sa.cast(sa.func.to_json(column), sa.Text)
        case "bpchar":  # without its trailing blanks, which are no part of the value
            return as_text
    return column  # COPY writes what the type itself writes


def unreadable(column: sa.ColumnElement[Any], kind: str) -> tuple[str, sa.ColumnElement[bool]] | None:
    """The clause and the condition of values that have no text; None: the type has no such values."""
    column = bare(column)
    as_text = sa.cast(column, sa.Text)
    match kind:
        case "date" | "timestamp":
            return CALENDAR, sa.not_(_inside(column))
        case "timestamptz":
            return CALENDAR, sa.not_(_inside(_local(column)))
        case "interval":  # PostgreSQL 17 has infinite ones
            return NUMBER, as_text.in_(["infinity", "-infinity"])
        case "numeric" | "float4" | "float8":
            return NUMBER, as_text.in_(["NaN", "Infinity", "-Infinity"])
        case "bytea":
            return BINARY, column.is_not(None)
    return None


def bare(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A column without its label."""
    return column.element if isinstance(column, sa.Label) else column


def _name_of(number: int) -> str:
    known = psycopg.postgres.types.get(number)
    if known is None:
        return OTHER
    return known.name if known.oid == number else ARRAY  # the driver's table lists an array under its element


def _local(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.timezone(sa.literal_column(f"interval '{OFFSET}'"), column)


def _inside(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.type_coerce(column, sa.DateTime()).between(_FIRST, _LAST)


def _iso(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    part = sa.case((sa.func.date_trunc("second", column) == column, ""), else_=sa.func.to_char(column, ".US"))
    return sa.func.to_char(column, 'YYYY-MM-DD"T"HH24:MI:SS').op("||")(part)
