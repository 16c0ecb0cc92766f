"""The first start, killed at any moment: the next plain start ends well, and nothing is left over."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.local.embedded import EmbeddedServer
from tests.conftest import free_port

KILLS = 12
SEED = 20
WHOLE_S = 12.0
"""About how long a first start takes on a busy machine."""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the database's account can reach, as on a user's machine."""
    made = Path(tempfile.mkdtemp(prefix="motlan-first-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def start(home: Path, port: int) -> subprocess.Popen[bytes]:
    """`hub streams`: the least that opens the hub, with a database of its own."""
    given = {**os.environ, "HUB_HOME": str(home), "HUB_PORT_BASE": str(port), "HUB_SCENARIO": "first"}
    code = "import sys; sys.argv[0] = 'hub'; from hub.cli import main; main()"
    command = [sys.executable, "-c", code, "streams", "--json"]
    return subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_first_start_is_healed_by_the_next(home: Path) -> None:
    """A kill left an empty state file, or half a database: no later start recovered."""
    chance = random.Random(SEED)
    for number in range(KILLS):
        folder, port = home / f"kill-{number}", free_port() - 1
        process = start(folder, port)
        time.sleep(chance.uniform(0.05, WHOLE_S))
        process.send_signal(signal.SIGKILL)
        process.communicate()

        for _ in range(2):  # the second meets nothing that the first has repaired in part
            again = start(folder, port)
            _, errors = again.communicate(timeout=180)
            assert (0, False) == (again.returncode, b"Traceback" in errors), errors.decode()
        assert [] == list(folder.rglob("*.part"))
        EmbeddedServer(folder / "first" / "postgres", port + 1).stop()  # a kill leaves it running, as it may
