"""Connections to the hub's own database, and its migrations."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import psycopg.sql
import sqlalchemy as sa

from contracts.errors import HubError
from hub.core.errors import DatabaseFull, DatabaseRefused, DatabaseUnavailable, KeyTaken

if TYPE_CHECKING:
    from alembic.config import Config

SCHEMAS = ("hub", "stage", "warehouse", "history")
"""hub: the hub's own tables; stage: batches during validation; warehouse: current rows; history: superseded rows."""

LOCK_S = 60
"""Longest wait of a statement for a lock."""

FROZEN_S = 30
"""Longest idle time in a transaction, so that a frozen worker loses its locks before the waiting statements time
out."""

AWAY = ("08", "40", "53", "57", "25P03", "25P04", "55P03")
"""SQLSTATE classes and codes of errors that waiting may heal: connection, rollback, resources, shutdown, time-outs,
locks."""

REFUSALS = ("authentication failed", "no pg_hba.conf entry", "does not exist", "not permitted to log in")
"""Texts of the server for refused logins, for which the driver has no SQLSTATE."""

UNREACHED = (
    "Connection refused",
    "timeout expired",
    "server closed the connection",
    "could not translate host name",
    "starting up",
    "shutting down",
    "too many clients",
    "SSL",
)
"""Words of the driver about a failed connection. A message repeats these words only, and nothing else of the driver's
text."""

OWN_WORDS = re.compile(r"hub\.[a-z_]{1,40} is only ever appended to")
"""Texts of our own triggers. The text of any other trigger is not repeated: it may contain anything."""

_MIGRATIONS = Path(__file__).parents[1] / "migrations"

_SERVER = re.compile(r'connection to server at "([\w.:-]+)"(?: \([\w.:-]+\))?, port ([0-9]+)')


def connect(url: str, *, application: str = "hub") -> sa.Engine:
    """An engine for a postgresql:// URL. Every session uses UTC, and the server ends a session that is lost.

    Its errors become `DatabaseUnavailable` or `DatabaseRefused`, without a value of a record.
    """
    address = sa.make_url(url).set(drivername="postgresql+psycopg")
    limits = f"-c lock_timeout={LOCK_S}s -c idle_in_transaction_session_timeout={FROZEN_S}s"
    engine = sa.create_engine(
        address,
        pool_size=6,  # a running stream uses six: its lock, its landing, its merge, and the batches being prepared
        pool_pre_ping=True,
        hide_parameters=True,  # a failed statement must not print a record
        connect_args={"application_name": application, "options": f"-c timezone=UTC {limits}", "connect_timeout": 10},
    )
    sa.event.listen(engine, "handle_error", _translate)
    # The pool logs a lost session with its traceback; whoever used the session gets an error with a name.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    return engine


@contextmanager
def errors_without_values() -> Iterator[None]:
    """The same translation for calls that go to the driver directly."""
    try:
        yield
    except psycopg.Error as error:
        raise _plain(error) from None


def _translate(context: sa.ExceptionContext) -> HubError | None:
    error = context.original_exception
    if context.is_pre_ping or not isinstance(error, psycopg.Error):
        return None  # the pool opens another connection by itself
    return _plain(error)


def _plain(error: psycopg.Error) -> HubError:
    """Our error for the driver's.

    The driver's quotes statements, rows and passwords; as the cause stays attached, it is emptied.
    """
    state = error.sqlstate or ""
    what = f"{type(error).__name__}{f' {state}' if state else ''}{_where(error.diag)}"
    if state == psycopg.errors.RaiseException.sqlstate and OWN_WORDS.fullmatch(error.diag.message_primary or ""):
        what = error.diag.message_primary or ""
    away = state.startswith(AWAY)
    if not state and isinstance(error, psycopg.OperationalError):  # no statement got as far as the server
        reason = next((words for words in (*REFUSALS, *UNREACHED) if words in str(error)), "no connection")
        server = _SERVER.search(str(error))
        what = f"{type(error).__name__}{' at {}:{}'.format(*server.groups()) if server else ''}: {reason}"
        away = reason not in REFUSALS
    error.args = (what,)
    if state == psycopg.errors.DiskFull.sqlstate:
        return DatabaseFull(
            f"The disk of the database is full ({what}); nothing of the transaction was kept",
            hint="make room there, then run the command again",
        )
    if away:
        return DatabaseUnavailable(
            f"The database did not answer or did not let us in time ({what}); nothing of the transaction was kept",
            hint="hub doctor",
        )
    refused = KeyTaken if state == psycopg.errors.UniqueViolation.sqlstate else DatabaseRefused
    return refused(f"The database refused a statement ({what}); nothing of the transaction was kept", hint="hub doctor")


def literal(text: str) -> str:
    """A text as an SQL literal, for statements without parameters (policies); elsewhere, use parameters."""
    return psycopg.sql.Literal(text).as_string().strip()


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier; it may be a reserved word."""
    return psycopg.sql.Identifier(name).as_string()


def _where(about: psycopg.errors.Diagnostic) -> str:
    """Names from the server's own error fields. A foreign trigger or function may fill these fields with any text."""
    if (about.source_file or "").startswith(
        "pl"
    ):  # raised in a procedural language: pl_exec.c, plperl.c, plpy_elog.c ...
        return ""
    places = {"table": about.table_name, "column": about.column_name, "constraint": about.constraint_name}
    return "".join(f", {name} {value}" for name, value in places.items() if value)


def migrate(engine: sa.Engine) -> None:
    """Migrate schemas and the hub's own tables to this version. Idempotent; two processes may run it at once.

    A database at this version costs one question: Alembic is imported only when something must be done.
    """
    with engine.connect() as connection:
        if migrated(connection):
            return
    import alembic.command

    with engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.migrate'))"))
        for schema in SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        # Made anew by this version (hub/access/auditing): no change of a table may fail for a view.
        connection.execute(sa.text("drop schema if exists audit cascade"))
        config = _alembic()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def migrated(connection: sa.Connection) -> bool:
    """Whether all schemas are there, and the newest migration."""
    there = sa.text("""
        select count(*) = :wanted and to_regclass('hub.migration') is not null from pg_namespace where nspname = any(:schemas)
    """)
    if not connection.scalar(there, {"wanted": len(SCHEMAS), "schemas": list(SCHEMAS)}):
        return False
    return [head()] == list(connection.scalars(sa.text("select version_num from hub.migration")))


@functools.cache
def head() -> str:
    """The newest migration's number: the one that no other names as the one before it."""
    texts = [path.read_text(encoding="utf-8") for path in _MIGRATIONS.joinpath("versions").glob("[0-9]*.py")]
    before = {found[1] for text in texts if (found := re.search(r'^down_revision = "(\d+)"', text, re.MULTILINE))}
    [newest] = {found[1] for text in texts if (found := re.search(r'^revision = "(\d+)"', text, re.MULTILINE))} - before
    return newest


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
