"""docs/second-province.md, done as it says: from `hub deployment new` to a decision between two districts, on twins."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sockets import free_ports

ROOT = Path(__file__).parents[2]
PAGES = ("docs/second-province.md", "docs/vi/tinh-thu-hai.md")
TWINS = "hub twin serve"
READY_S = 600


def commands(page: str) -> list[str]:
    """What the page tells to type, without the remarks behind it."""
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines)
    return [line.removeprefix("$ ").split("   #")[0] for line in lines]


def test_both_languages_type_the_same() -> None:
    """The page in Vietnamese is followed too."""
    english, vietnamese = map(commands, PAGES)

    assert english == vietnamese


@pytest.fixture
def environment(pg_url: str, tmp_path: Path) -> dict[str, str]:
    """A state folder, a database and ports of the test's own; `hub` on the path, no setting of the machine."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    hub = bin_ / "hub"
    hub.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from hub.cli import main; main()' \"$@\"\n", encoding="utf-8")
    hub.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return kept | {
        "PATH": f"{bin_}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "USER": "lan",
        "HUB_HOME": str(tmp_path / "home"),
        "HUB_DATABASE_URL": pg_url,
        "HUB_PORT_BASE": str(free_ports()),
    }


def run(line: str, folder: Path, environment: dict[str, str]) -> str:
    """Type a line; it must succeed. Returns what it printed."""
    done = subprocess.run(["sh", "-ec", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert 0 == done.returncode, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that the page leaves running; they end with the test."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.terminate()
        process.wait(60)


@pytest.mark.timeout(1800)
def test_from_a_new_folder_to_a_first_decision(
    tmp_path: Path, environment: dict[str, str], started: list[subprocess.Popen[bytes]]
) -> None:
    """A result that one district issued is reused by the other; nobody edited a file."""
    said: dict[str, str] = {}
    for line in commands(PAGES[0]):
        if line.startswith("export "):
            environment |= {
                name: value.replace("$PWD", str(tmp_path)) for name, value in re.findall(r"(HUB_\w+)=(\S+)", line)
            }
        elif line == TWINS:
            started.append(subprocess.Popen(["hub", "twin", "serve"], cwd=tmp_path, env=environment))
            _await_twins(int(environment["HUB_PORT_BASE"]) + 2, started[-1])
        else:
            said[line] = run(line, tmp_path, environment)

    assert "binh-giang: no fault found\n" == said["hub deployment check"]
    assert "2 streams, 0 failed" in said["hub sync --all"]
    assert "reuse" in said["hub decisions ask question.json"]


def _await_twins(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        assert process.poll() is None, "the twins ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/control/health", timeout=30).close()
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the twins did not answer"
            time.sleep(0.2)
