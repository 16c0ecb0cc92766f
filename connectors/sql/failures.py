"""Which of our errors a database's refusal becomes: by its SQLSTATE, else by what was being done.

The driver's own text quotes statements, rows and logins: this module reads it and never passes it on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TypeVar

import psycopg
import sqlalchemy as sa

from contracts.errors import HubError

from ..errors import (
    AuthenticationFailed,
    Incomplete,
    Malformed,
    Refused,
    SourceFailed,
    Throttled,
    TimedOut,
    Unreachable,
    Untrusted,
)

T = TypeVar("T")


class UnreadValue(Malformed):
    """A value that the database or its driver cannot read: a smaller part of the rows may be read without it."""


STATES: Mapping[str, type[HubError]] = {
    "08": Incomplete,  # connection exception
    "22": UnreadValue,  # data exception: bytes that are no text of the database's encoding among them
    "25006": Refused,  # a write in a read-only transaction: never ours
    "28": AuthenticationFailed,
    "3D": Refused,  # no such database
    "40": SourceFailed,  # rolled back: deadlock, serialisation
    "42": Malformed,  # no such table, no such column: not what the map says
    "42501": Refused,  # insufficient privilege
    "53": Throttled,  # too many connections, out of memory or disk
    "55": SourceFailed,  # a lock, not in the state needed
    "57": Incomplete,  # shut down, or our session was ended
    "57014": TimedOut,  # cancelled: the statement's timeout
    "57P03": Unreachable,  # starting up
    "58": SourceFailed,  # its disk
    "HYT": TimedOut,  # ODBC's timeouts
    "XX": SourceFailed,  # its own error
}
"""SQLSTATE or its beginning (ISO/IEC 9075, PostgreSQL's and ODBC's own) -> error; the longest match counts."""

WORDS: tuple[tuple[str, type[HubError]], ...] = (
    ("certificate", Untrusted),
    ("authentication failed", AuthenticationFailed),
    ("no pg_hba.conf entry", AuthenticationFailed),
    ("not permitted to log in", AuthenticationFailed),
    ("access denied", AuthenticationFailed),
    ("does not exist", Refused),
    ("timeout expired", TimedOut),
)
"""What drivers say, without a code, of a connection that was not made."""

_SENTENCES: Mapping[type[HubError], str] = {
    AuthenticationFailed: "the database does not accept our login or address",
    Incomplete: "the answer ended early",
    Malformed: "the tables are not what the system's file says",
    Refused: "the database refused",
    SourceFailed: "the database failed",
    Throttled: "the database has no room for us now",
    TimedOut: "no complete answer in time",
    UnreadValue: "a value cannot be read",
    Unreachable: "no connection",
    Untrusted: "its certificate does not verify",
}
_HINTS: Mapping[str, str] = {
    "42501": "grant SELECT on the tables that the system's file names, and nothing else",
    "3D": "compare the database's name in the address",
    "22": "hub systems check reads a sample; ask the source to repair the row, or leave the column out of the map",
    "42": "hub systems check compares tables and columns",
}


def translate(error: BaseException, about: str, *, connected: bool) -> HubError:
    """Our error for one of a driver's or SQLAlchemy's. `connected`: the session stood already."""
    original = getattr(error, "orig", None) or error
    state = _state(original)
    kind = _by_prefix(STATES, state) or _by_words(original, error, connected=connected)
    message = f"{about}: {_SENTENCES[kind]} ({type(original).__name__}{f' {state}' if state else ''})"
    if kind is Refused:
        return Refused(message, hint=_by_prefix(_HINTS, state) or "", code=state)
    return kind(message, hint=_by_prefix(_HINTS, state) or "")


def _state(error: BaseException) -> str:
    """The SQLSTATE that the driver gives: psycopg as an attribute, ODBC as its first argument."""
    state = getattr(error, "sqlstate", None) or (error.args[0] if error.args else None)
    return (
        state
        if isinstance(state, str)
        and len(state) == 5
        and state.isascii()
        and state.isalnum()
        and state.isupper() | state.isdigit()
        else ""
    )


def _by_prefix(table: Mapping[str, T], state: str) -> T | None:
    return next((table[state[:size]] for size in (5, 3, 2) if state[:size] in table), None) if state else None


def _by_words(original: BaseException, error: BaseException, *, connected: bool) -> type[HubError]:
    if not connected:
        said = str(original).lower()
        return next((kind for words, kind in WORDS if words in said), Unreachable)
    if isinstance(error, psycopg.OperationalError | sa.exc.DBAPIError) and (
        isinstance(error, psycopg.Error) or error.connection_invalidated
    ):
        return Incomplete
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(str(original).lower())
    # A value that the driver cannot turn: the reading looks for its row and refuses that alone (`damaged.py`).
    if isinstance(error, sa.exc.DataError | ValueError | LookupError | ArithmeticError | NotImplementedError):
        return UnreadValue
    if isinstance(error, sa.exc.ProgrammingError | sa.exc.NotSupportedError) or not isinstance(
        error, sa.exc.DBAPIError | sa.exc.TimeoutError | OSError
    ):
        return Malformed  # SQLAlchemy refuses the statement itself
    return Incomplete if isinstance(error, OSError | sa.exc.InterfaceError) else SourceFailed


def _of_sqlite(said: str) -> type[HubError]:
    """SQLite has no codes: a text that is not UTF-8 is its own, a lock may end, and all else stays."""
    if "could not decode" in said:
        return UnreadValue
    return SourceFailed if any(word in said for word in ("locked", "busy", "i/o error", "interrupted")) else Malformed
