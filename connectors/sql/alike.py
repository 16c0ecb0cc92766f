"""Keys that differ in a table and are one here: by blanks at their ends, or by the form of Unicode.

A text is taken in composed form and without invisible characters at its ends, so two rows that the database tells apart
by them would be two versions of one record, and the later one would take the place of the other.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from contracts.invisible import MARKS, SPACES, trimmed

from .kinds import TEXTS
from .listing import TableListing

ENGINES = frozenset({"postgresql", "sqlite"})
"""Engines that tell such keys apart; the collations of the others do not."""
_ASCII = "\t\n\r "
_MOST_OF_A_WINDOW = 1_000
"""Such keys of one window whose twins are looked for."""
_FUNCTION = "motlan_canonical"


def canonical(key: str) -> str:
    """A key as it is here."""
    return trimmed(unicodedata.normalize("NFC", key))


def alike_keys(
    connection: sa.Connection,
    listing: TableListing,
    kind: str | None,
    window: Sequence[sa.ColumnElement[bool]] | None,
    most: int,
) -> list[tuple[str, int]]:
    """The key of each row whose key is that of another row here and not in the table, with the number of such rows.

    `kind`: PostgreSQL's name of the key's type. `window`: only keys of rows under these conditions, beside the plain
    form of each; None: all.
    """
    if connection.dialect.name not in ENGINES or (kind is not None and kind not in TEXTS):
        return []
    key = sa.cast(listing.key, sa.Text)
    here = _canonical(connection, key)
    rows = listing.select.with_only_columns(key.label("key"), here.label("here"), maintain_column_froms=True)
    odd = rows.where(listing.key.is_not(None), key != here, *(window or ()))
    if window is not None:
        found = {row.here for row in connection.execute(odd.limit(_MOST_OF_A_WINDOW))}
        if not found:
            return []
        twins = connection.execute(rows.where(sa.or_(key.in_(sorted(found)), sa.and_(key != here, *window)))).all()
    else:
        if connection.execute(odd.limit(1)).first() is None:
            return []
        listed, strange = rows.where(listing.key.is_not(None)).subquery("listed"), odd.subquery("odd")
        shared = sa.select(strange.c.here)
        again = sa.select(listed).where(listed.c.here.in_(shared)).limit(most + 1)
        twins = connection.execute(again).all()
    numbers = Counter(row.here for row in twins)
    return [(str(row.key), numbers[row.here]) for row in twins if numbers[row.here] > 1]


def _canonical(connection: sa.Connection, key: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        driver.create_function(_FUNCTION, 1, _of_bytes, deterministic=True)
        return sa.Function(_FUNCTION, sa.cast(key, sa.LargeBinary), type_=sa.Text())
    plain = sa.func.btrim(key, _ASCII)
    if not _is_unicode(connection):
        return plain
    composed = sa.func.btrim(sa.func.normalize(key), _ASCII + SPACES + MARKS)
    # Nearly all keys are ASCII, whose form is sure.
    return sa.case((sa.func.octet_length(key) == sa.func.char_length(key), plain), else_=composed)


def _is_unicode(connection: sa.Connection) -> bool:
    version = connection.dialect.server_version_info or (0,)
    return version >= (13,) and connection.scalar(sa.text("show server_encoding")) == "UTF8"


def _of_bytes(key: bytes | None) -> str | None:
    """The form of a key of SQLite; None: it has none, or bytes that are no text, which its row is refused for."""
    try:
        return None if key is None else canonical(key.decode())
    except UnicodeDecodeError:
        return None
