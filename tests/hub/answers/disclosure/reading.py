"""The reader's own statements, tried from behind the first wall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import sqlalchemy as sa

from hub.access.row_security import read_as

from .conftest import QUAN_1

DAY = date(2022, 6, 2)
ALL = {"agency": QUAN_1, "purpose": "civil-status", "day": DAY}
"""Who holds grants of all four registers."""


@contextmanager
def reading(engine: sa.Engine, **who: object) -> Iterator[sa.Connection]:
    """A connection as the reader, for somebody."""
    with engine.begin() as connection:
        read_as(connection, **who)  # type: ignore[arg-type]
        yield connection


def count(connection: sa.Connection, table: str) -> int:
    """Rows that the connection may see."""
    return int(connection.scalar(sa.text(f"select count(*) from {table}")) or 0)
