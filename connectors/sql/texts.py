"""Values of a row as texts, the same on every engine."""

from __future__ import annotations

from datetime import date, datetime

Texts = tuple[str | None, ...]
"""A row as it is landed; None is SQL's null."""


def text(value: object) -> str | None:
    """A column's value as text for the landing: the same for the same value on every engine.

    Raises:
        ValueError: binary; scans are referred to, never read.
    """
    match value:
        case None | str():
            return value
        case bool():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            raise ValueError("binary")
        case _:
            return str(value)
