"""Whether a table's key is one: rows without it, and keys that several rows have.

The database decides what is equal: keys that differ in their letters may be equal under its collation. What is equal
only here is found by `alike`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ..errors import Malformed
from .listing import TableListing

MOST = 200_000
"""Rows with a doubled key that a reading keeps in mind; with more the column is no key at all."""
HINT = (
    "name the column that is unique among the rows that are read as `key` in the system's file, or ask the source to"
    " repair the rows; hub systems check counts them"
)


@dataclass(frozen=True)
class KeyFacts:
    """What a listing's key is worth."""

    rows: int
    missing: int
    """Rows without a key."""
    doubled: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Text of each key that several rows have -> how many rows have it, or one that is equal to it."""

    shared: int = 0
    """Rows that have such a key."""


def unique_columns(connection: sa.Connection, table: str) -> set[str]:
    """Columns of which the database itself lets no value stand twice."""
    inspector = sa.inspect(connection)
    primary: list[list[Any]] = [list(inspector.get_pk_constraint(table)["constrained_columns"])]
    unique = [list(each["column_names"]) for each in inspector.get_unique_constraints(table)]
    indexes = [
        list(each["column_names"])
        for each in inspector.get_indexes(table)
        if each.get("unique") and not each.get("dialect_options", {}).get("postgresql_where")
    ]
    return {each[0] for each in (*primary, *unique, *indexes) if len(each) == 1 and each[0] is not None}


def doubled_keys(listing: TableListing, within: sa.Select[Any] | None = None, *, engine: str = "") -> sa.Select[Any]:
    """The statement of keys that several of the listed rows have, a row each: key, number of rows.

    `within`: only keys that a row of this statement has.
    """
    # A column of SQLite may hold 1 and '1', which are one key when they are texts.
    key = sa.cast(listing.key, sa.Text) if engine == "sqlite" else listing.key
    rows = listing.select.with_only_columns(key.label("key"), maintain_column_froms=True)
    rows = rows.where(listing.key.is_not(None))
    if within is not None:
        rows = rows.where(
            listing.key.in_(within.with_only_columns(listing.key, maintain_column_froms=True).order_by(None))
        )
    listed, again = rows.subquery("listed"), rows.subquery("again")
    number = sa.func.count().label("number")
    groups = sa.select(again.c.key, number).group_by(again.c.key).having(number > 1).subquery("doubled")
    joined = listed.join(groups, listed.c.key == groups.c.key)
    return sa.select(listed.c.key, groups.c.number).select_from(joined).limit(MOST + 1)


def counted(listing: TableListing) -> sa.Select[int, int]:
    """The statement of the numbers of rows, and of rows with a key."""
    rows = listing.select.with_only_columns(listing.key.label("key"), maintain_column_froms=True).subquery("listed")
    return sa.select(sa.func.count(), sa.func.count(rows.c.key)).select_from(rows)


def as_facts(found: Sequence[tuple[str, int]], rows: int, with_key: int, about: str, key: str) -> KeyFacts:
    """The facts of what was found: a key and the number of its rows for each such row.

    Raises:
        Malformed: so many rows share their key that it is none.
    """
    if len(found) > MOST:
        raise Malformed(f"{about}: {key} is no key: more than {MOST} rows share theirs with others", hint=HINT)
    return KeyFacts(rows, rows - with_key, dict(found), len(found))
