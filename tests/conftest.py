"""What tests share: a real PostgreSQL, a fresh database a test, a clean environment."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.access.row_security import ROLES
from hub.local.embedded import EmbeddedServer
from tests.templates import Templates


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
def templates(server: EmbeddedServer) -> Templates:
    """Databases that the fixtures of several tests begin with."""
    return Templates(server)


@pytest.fixture
def pg_url(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh database on loopback TCP, dropped after the test."""
    name = f"test_{os.urandom(6).hex()}"
    url = server.ensure(name, "tester", "tester", takes_on=ROLES)
    yield url
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")
