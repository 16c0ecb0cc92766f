"""What all measurements need: a free port, a fresh database, the environment of the peers."""

from __future__ import annotations

import os
import socket
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from hub.access.row_security import ROLES
from hub.local.embedded import EmbeddedServer

PEERS = Path(__file__).parent / "peers"


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(server: EmbeddedServer) -> Iterator[str]:
    """The URL of a fresh database, dropped afterwards; the server starts without dirty pages of the previous loader."""
    name = f"bench_{os.urandom(6).hex()}"
    url = server.ensure(name, "bench", "bench", takes_on=ROLES)
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("checkpoint")
        try:
            yield url
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def peers(state: Path) -> Path:
    """The Python of the peers' environment, made when it is missing or its requirements changed."""
    folder, wanted = state / "peers", (PEERS / "requirements.txt").read_text()
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        print("making the peers' environment ...", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                PEERS / "requirements.txt",
            ],
            check=True,
        )
        installed.write_text(wanted)
    return python
