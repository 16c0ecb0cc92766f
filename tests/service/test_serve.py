"""`hub serve` as a process: its door on loopback for a developer, its end, and what it refuses. All synthetic."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from hub.cli import TERMINATED, app
from hub.cli.serve import NotLoopback
from tests.conftest import free_port

from .door import needs_haproxy

COMMAND = [sys.executable, "-c", "from hub.cli import main; main()", "serve"]


@contextmanager
def serving(folder: Path, url: str, *words: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The process, and what it said until its last line to ask with."""
    base = next(port for port in iter(free_port, 0) if 1024 <= port - 4 <= 65000) - 4
    given = {"HUB_HOME": str(folder), "HUB_DATABASE_URL": url, "HUB_PORT_BASE": str(base)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*COMMAND, *words], env={**os.environ, **given}, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            said: list[str] = []
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line.rstrip("\n"))
                if "oauth/token" in line:
                    break
            yield process, said
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


@needs_haproxy
@pytest.mark.skipif(not Path("/usr/bin/curl").exists(), reason="curl is not installed")
def test_a_developer_asks_with_the_lines_that_it_prints(pg_url: str, tmp_path: Path) -> None:
    """One command: certificate, token and the curl lines that use them; a killed replica comes again; SIGTERM ends all."""
    with serving(tmp_path, pg_url, "--dev", "--replicas", "1") as (process, said):
        children = psutil.Process(process.pid).children(recursive=True)
        lines = [line for line in said if line.startswith("curl ")]
        asked, token = (_run(line) for line in lines)
        assert asked["openapi"].startswith("3.1")
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 300)
        [replica] = [each for each in children if "--replica" in each.cmdline()]
        replica.kill()
        ends = time.monotonic() + 60
        while (again := _run(lines[0])).get("openapi") is None and time.monotonic() < ends:
            time.sleep(0.2)
        assert again["openapi"].startswith("3.1")
        living = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == TERMINATED
        assert not psutil.wait_procs(living, timeout=10)[1]


@pytest.mark.parametrize("words", [("--dev", "--host", "0.0.0.0"), ("--plain",), ("--dev", "--host", "hub.example")])
def test_without_locks_it_is_loopback_only(words: tuple[str, ...]) -> None:
    refused = CliRunner().invoke(app, ["serve", *words]).exception
    assert isinstance(refused, NotLoopback)
    assert refused.exit_code == 78


def _run(line: str) -> dict[str, object]:
    done = subprocess.run([*shlex.split(line), "-s"], capture_output=True, text=True, check=False, timeout=30)
    return json.loads(done.stdout) if done.stdout else {}


@needs_haproxy
def test_metrics_stand_on_an_inner_address_and_name_nobody(pg_url: str, tmp_path: Path) -> None:
    """Prometheus' format, from HAProxy: requests by status and replica; the door itself has no such page."""
    port = free_port()
    with serving(tmp_path, pg_url, "--dev", "--replicas", "1", "--metrics", f"127.0.0.1:{port}") as (process, said):
        _run(next(line for line in said if line.startswith("curl ")))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as reply:
            found = reply.read().decode()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/decisions", timeout=30)
        process.terminate()  # a killed one could not end its replicas
        process.wait(60)
    answered = re.search(r'haproxy_backend_http_responses_total\{proxy="replicas",code="2xx"\} (\d+)', found)
    assert answered is not None
    assert int(answered[1]) >= 1
    assert not re.search(r"agency|developer|000\.00|/v1/", found)


@pytest.mark.parametrize(("given", "error"), [("8.8.8.8:9105", NotLoopback), ("somewhere", SystemExit)])
def test_metrics_are_refused_where_the_world_could_read_them(
    given: str, error: type[BaseException], pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They ask nobody for a certificate."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    done = CliRunner().invoke(app, ["serve", "--metrics", given])

    assert isinstance(done.exception, error)
