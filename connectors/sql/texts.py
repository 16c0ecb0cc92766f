"""Values of a row as texts, the same on every engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

import msgspec

from contracts.local_time import LOCAL

Texts: TypeAlias = tuple[str | None, ...]
"""A row as it is landed; None is SQL's null."""

BINARY = "binary, and not text"
CALENDAR = "a time that is not between the years 1 and 9999"
NUMBER = "a number that is infinite or none"
ENCODING = "bytes that are not text in its encoding"
FORM = "a value without a text form"
LARGE = "a value that makes the row larger than max_raw_bytes"
READING = "a value that the database or its driver cannot read"
"""Clauses of rows that cannot be read."""
OF_VALUES = frozenset({BINARY, CALENDAR, NUMBER, ENCODING, FORM})
"""Those that say that the value of the column is none."""


class Unreadable(ValueError):
    """A value that has no text. Its clause says why, without the value."""

    def __init__(self, clause: str) -> None:
        super().__init__(clause)
        self.clause = clause


@dataclass(frozen=True)
class BadText:
    """Bytes in a column of texts that are not text in its encoding."""

    content: bytes = field(repr=False)

    @classmethod
    def or_text(cls, content: bytes) -> str | BadText:
        """The text of UTF-8 bytes, or the bytes that are none."""
        try:
            return content.decode()
        except UnicodeDecodeError:
            return cls(content)


def text(value: object) -> str | None:
    """A column's value as text for the landing: the same for the same value on every engine, never Python's own form.

    Intervals are ISO 8601 durations, arrays and documents JSON, times with a zone local ones with their offset.

    Raises:
        Unreadable: binary (scans are referred to, never read), an infinite number, or a type without a text form.
    """
    match value:
        case None | str():
            return value
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case float() | Decimal():
            return _number(value)
        case datetime():
            return (value.astimezone(LOCAL) if value.tzinfo else value).isoformat()
        case time() if value.microsecond and not value.tzinfo:
            return value.isoformat().rstrip("0")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return duration(value)
        case UUID():
            return str(value)
        case list() | tuple() | dict() | set() | frozenset():
            return _document(value)
        case bytes() | bytearray() | memoryview():
            raise Unreadable(BINARY)
        case BadText():
            raise Unreadable(ENCODING)
    if callable(read := getattr(value, "read", None)):  # a large object that the driver hands over as a handle
        return text(read())
    raise Unreadable(FORM)


def shown(value: object) -> str | None:
    """A value for the copy of a refused row: as `text`, bytes as hex digits, and what has no text form as its type."""
    try:
        return text(value)
    except Unreadable:
        if isinstance(value, BadText | bytes | bytearray | memoryview):
            return "\\x" + bytes(value.content if isinstance(value, BadText) else value).hex()
        return str(value) if isinstance(value, float | Decimal) else f"<{type(value).__name__}>"


def duration(span: timedelta) -> str:
    """An interval as an ISO 8601 duration, as PostgreSQL's style `iso_8601` writes it: `P1DT2H`."""
    sign = -1 if span < timedelta() else 1
    minutes, seconds = divmod(abs(span).seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{abs(span).microseconds:06d}".rstrip("0").rstrip(".")
    parts = [f"{sign * number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number]
    if seconds or fraction:
        parts.append(f"{'-' if sign < 0 else ''}{seconds}{fraction}S")
    days = f"{sign * abs(span).days}D" if abs(span).days else ""
    return f"P{days}{'T' + ''.join(parts) if parts else ''}" if days or parts else "PT0S"


def _number(value: float | Decimal) -> str:
    """Without an exponent; a whole double without a fraction."""
    if not math.isfinite(value):
        raise Unreadable(NUMBER)
    if isinstance(value, Decimal):
        return format(value, "f")
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _document(value: object) -> str:
    try:
        return msgspec.json.encode(_plain(value)).decode()
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(FORM) from None


def _plain(value: object) -> object:
    """A document whose leaves JSON has; the others are texts."""
    match value:
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted(str(each) for each in value)
        case None | str() | bool() | int():
            return value
        case float() if math.isfinite(value):
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return text(value)
