"""How a session begins, and how the network connection below it is cut."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any

import psycopg
import sqlalchemy as sa

from contracts.local_time import NAME, OFFSET

SESSION: Mapping[str, tuple[str, ...]] = {
    "postgresql": (
        "set session characteristics as transaction isolation level repeatable read, read only",
        "set statement_timeout = {milliseconds}",
        f"set time zone '{NAME}'",
        # Forms of texts, which the server's or the role's own settings could change.
        "set client_encoding to 'UTF8'",
        "set datestyle to 'ISO, YMD'",
        "set intervalstyle to 'iso_8601'",
        "set extra_float_digits to 1",
        "set bytea_output to 'hex'",
    ),
    "mysql": (
        "set session transaction read only",
        "set session max_execution_time = {milliseconds}",
        f"set time_zone = '{OFFSET}'",
    ),
    "mariadb": ("set session transaction read only", f"set time_zone = '{OFFSET}'"),
    "sqlite": ("pragma query_only = on",),
}
"""Engine -> statements that begin each session. Other engines are limited by the role alone: grant it SELECT only."""


def read_only(engine: sa.Engine, deadline_s: float) -> None:
    """Let each session of an engine begin with the statements of its kind."""

    def begin(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for statement in SESSION.get(engine.dialect.name, ()):
            cursor.execute(statement.format(milliseconds=int(deadline_s * 1000)))
        cursor.close()
        connection.commit()

    sa.event.listen(engine, "connect", begin)


class NetworkLine:
    """The network connection below a session, which the watchdog cuts at the deadline."""

    def __init__(self) -> None:
        self._connection: Any = None

    def of(self, connection: Any) -> None:
        """Set the connection to cut."""
        self._connection = connection

    def cut(self) -> None:
        """Shut the socket down, so its reader gets an error at once. Without a socket, only the server's timeout applies."""
        try:
            with socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError, psycopg.Error):
            pass  # closed in the meantime, as intended
