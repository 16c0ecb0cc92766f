"""What tests share: a real PostgreSQL, a fresh database a test, a clean environment."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from contracts import logs
from hub.core import database
from hub.local import embedded
from hub.local.embedded import EmbeddedServer
from tests.databases import Databases


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def log_left_as_found() -> Iterator[None]:
    """Structlog after a test as before it: Airflow sets it up once a process, and what follows relies on that."""
    before = structlog.get_config() | {"processors": [*structlog.get_config()["processors"]]}
    configured, airflow = structlog.is_configured(), "airflow" in sys.modules
    yield
    logs._configure = None  # a command that logged nothing has left its set-up for the next event
    if configured:
        structlog.configure(**before)
    elif airflow or "airflow" not in sys.modules:
        structlog.reset_defaults()


@pytest.fixture
def plain_log(log_left_as_found: None) -> None:
    """Structlog as it comes: what Airflow sets up in a process cannot be captured."""
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No HUB_ variable of the shell reaches a test."""
    for name in [n for n in os.environ if n.startswith("HUB_")]:
        monkeypatch.delenv(name)


IN_MEMORY, ROOM = Path("/dev/shm"), 4 << 30
"""A file system in memory, where one is, and the bytes that must be free there: a copy of a database is a thousand files."""


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of the test session's own; nothing survives it, so it need not sync to disk."""
    roomy = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="motlan-test-", dir=IN_MEMORY if roomy else None))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "SHELTER", folder)  # where its data go if its account cannot reach the folder
        given = {"fsync": "off", "shared_buffers": "128MB", "idle_in_transaction_session_timeout": "0"}
        server = EmbeddedServer(folder, free_port(), given)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def databases(server: EmbeddedServer) -> Databases:
    """Fresh databases of the session's server."""
    return Databases(server)


@pytest.fixture
def pg_url(databases: Databases) -> Iterator[str]:
    """The URL of a fresh, migrated database on loopback TCP, dropped after the test."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def empty_pg_url(databases: Databases) -> Iterator[str]:
    """The URL of a fresh database without any table, dropped after the test."""
    with databases.empty() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def a_machine_that_stands_still() -> Iterator[None]:
    """A machine that stops for a while and goes on ends no test: the limits of a lost session have tests of their own.

    PostgreSQL reckons an idle session's age by the wall clock, so a step of the clock after a stop would end it at any
    limit: there is none.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "FROZEN_S", 0)
        patch.setattr(database, "LOCK_S", 600)
        yield
