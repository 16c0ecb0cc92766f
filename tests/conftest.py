"""What tests share: a real PostgreSQL, a fresh database a test, empty or filled, a clean environment."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.local.embedded import EmbeddedServer
from tests.fillings import FILLINGS, Databases


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No HUB_ variable of the shell reaches a test."""
    for name in [n for n in os.environ if n.startswith("HUB_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of the test session's own; nothing survives it, so it need not sync to disk."""
    folder = Path(tempfile.mkdtemp(prefix="motlan-test-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder, free_port(), {"fsync": "off", "shared_buffers": "128MB"})
    server.start()
    yield server
    server.stop()
    if server.place != server.folder:
        shutil.rmtree(server.place)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def databases(server: EmbeddedServer) -> Databases:
    """Fresh databases of the session's PostgreSQL."""
    return Databases(server)


@pytest.fixture
def hub_tables() -> None:
    """Named by a test or fixture whose `pg_url` is to hold the hub's own tables."""


@pytest.fixture
def register_tables() -> None:
    """Named by a test or fixture whose `pg_url` is to hold the tables of the registers and of dossiers too."""


@pytest.fixture
def pg_url(server: EmbeddedServer, databases: Databases, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh database on loopback TCP, dropped after the test; empty unless a filling is named."""
    name = f"test_{os.urandom(6).hex()}"
    filled = [filling for filling in FILLINGS if filling in request.fixturenames]
    yield databases.fresh(name, filled[-1] if filled else "")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")
