"""Lies of single rows of a database: values that no text stands for, keys that are none.

Each costs its own rows and no other one. Statements are those of the owner of a temporary PostgreSQL database, as in
`sql_faults`; `{key}` and `{changed}` are the target's key and change time. The spoiled rows are the first three by key,
unless the lie says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_KEEP = "create table rows_as_they_were as table {table}"
_BACK = ("truncate {table}", "insert into {table} table rows_as_they_were", "drop table rows_as_they_were")
_FIRST = "where {key} in (select {key} from rows_as_they_were order by {key} limit 3)"
_NO_KEY = (
    "alter table {table} rename to rows_kept_apart",
    "create table {table} as table rows_kept_apart",
    "grant select on {table} to {reader}",
)
_KEY_AGAIN = ("drop table {table}", "alter table rows_kept_apart rename to {table}")


@dataclass(frozen=True)
class SqlLie:
    """One lie. All rows stay, and those that it spoils are refused."""

    name: str
    clause: str
    """Part of what is said of each refused row; empty: none is refused, the contract's rules find the rows."""
    spoil: tuple[str, ...]
    mend: tuple[str, ...]
    rows: Callable[[int], int] = lambda all_: 3
    """Number of spoiled rows, of all."""
    options: Mapping[str, object] = field(default_factory=dict)


def _changed(name: str, value: str) -> SqlLie:
    spoil = (_KEEP, f"update {{table}} set {{changed}} = '{value}' {_FIRST}")  # noqa: S608 - the lies below only
    return SqlLie(f"a change time {name}", "between the years 1 and 9999", spoil, _BACK)


SQL_LIES = (
    _changed("of infinity", "infinity"),
    _changed("of minus infinity", "-infinity"),
    _changed("of the year 12022", "12022-05-01"),
    _changed("before our era", "0044-03-15 BC"),
    SqlLie(
        "a row past its cap",
        "larger than max_raw_bytes",
        (_KEEP, f"update {{table}} set {{column}} = repeat('x', 60000) {_FIRST}"),  # noqa: S608
        _BACK,
        options={"max_raw_bytes": 50_000},
    ),
    SqlLie(
        "a key that several rows have",
        "a key that 4 rows have",
        (
            *_NO_KEY,
            "update {table} set {key} = (select {key} from rows_kept_apart order by {key} offset 48 limit 1),"
            " {changed} = (select {changed} from rows_kept_apart order by {key} offset 48 limit 1)"
            " where {key} in (select {key} from rows_kept_apart order by {key} offset 48 limit 4)",
        ),
        _KEY_AGAIN,
        rows=lambda all_: 4,
    ),
    SqlLie(
        "rows without a key",
        "",
        (
            *_NO_KEY,
            "update {table} set {key} = null"
            " where {key} in (select {key} from rows_kept_apart order by {key} offset 40 limit 20)",
        ),
        _KEY_AGAIN,
        rows=lambda all_: 20,
    ),
)
