"""hub twin serve by itself: a state folder in which nothing was ever started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from hub.core.settings import ROOT
from tests.sockets import free_ports


def test_the_twins_bring_their_database_along_and_take_it_away(tmp_path: Path) -> None:
    """Where one of them fills a database of the embedded server, that is started before them and stopped after them."""
    tmp_path.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    given |= {
        "HUB_HOME": str(tmp_path),
        "HUB_PORT_BASE": str(free_ports()),
        "HUB_RECORDS": "1000",
        "HUB_DOSSIERS": "10",
    }
    command = [sys.executable, "-c", "from hub.cli import main; main()", "twin", "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            clock, database = process.stdout.readline(), process.stdout.readline()
            assert clock.startswith("SCENARIO: the clock started at 2022-06-02 08:00")
            assert database.startswith("database: embedded PostgreSQL")
            assert _answers(f"http://127.0.0.1:{int(given['HUB_PORT_BASE']) + 2}/control/health", process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert not list(tmp_path.glob("*/postgres/data/postmaster.pid"))


def _answers(url: str, process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
