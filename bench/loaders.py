"""The three loaders of a measurement, each into a fresh database of one server: the hub, dlt, plain COPY."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import psycopg
from psycopg import sql

from bench.births import COLUMNS
from hub.access.row_security import ROLES
from hub.local.embedded import EmbeddedServer

Loads: TypeAlias = dict[str, dict[str, object]]
"""Work (`first load`, `reload`) -> what was measured of it."""

PEERS = Path(__file__).parent / "peers"


def ours(server: EmbeddedServer, births: Path, state: Path) -> Loads:
    """The hub, in a process of its own."""
    with database(server) as url, tempfile.TemporaryDirectory(dir=state) as folder:
        return _measured([sys.executable, "-m", "bench.ours", url, str(births), folder])


def dlt(server: EmbeddedServer, births: Path, state: Path) -> Loads:
    """dlt's Arrow merge, in the peers' environment."""
    with database(server) as url, tempfile.TemporaryDirectory(dir=state) as folder:
        return _measured([str(peers(state)), str(PEERS / "dlt_merge.py"), url, str(births), folder])


def copy(server: EmbeddedServer, csv: Path) -> float:
    """Seconds of a plain COPY of the same rows into a table with only a primary key: the bound for every loader."""
    with database(server) as url, psycopg.connect(url) as connection:
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in COLUMNS)
        connection.execute(sql.SQL("create table birth ({}, primary key (id))").format(columns))
        connection.commit()
        started = time.perf_counter()
        with (
            connection.cursor() as cursor,
            cursor.copy("copy birth from stdin (format csv, header)") as target,
            csv.open("rb") as file,
        ):
            while part := file.read(1 << 20):
                target.write(part)
        connection.commit()
        return time.perf_counter() - started


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


def _measured(command: list[str]) -> Loads:
    """What a process printed: one JSON object a load. Its errors are shown as they are."""
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {str(load["work"]): load for load in lines}


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
