"""The kill proof's short version: one strike of each kind at a small city, and what its checks can see."""

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

from proofs.kills import strikes
from proofs.kills.city import StruckCity
from tests.conftest import free_port


@pytest.fixture
def city() -> Iterator[StruckCity]:
    """An empty state folder that the database's account can reach."""
    made = Path(tempfile.mkdtemp(prefix="motlan-kills-"))
    made.chmod(0o755)
    city = StruckCity(made / "home", free_port() - 1)
    yield city
    city.end_all()
    shutil.rmtree(made)


def settled(city: StruckCity) -> list[str]:
    """What does not hold after the next plain command."""
    done = city.run("streams", "--json")
    assert (done.code, done.traceback) == (0, False), done.text
    return city.left_over()


CHANCE = random.SystemRandom()


def test_a_kill_of_a_first_start_at_a_point(city: StruckCity) -> None:
    """In the midst of the first files, of the database's first start, or of the tables; the next command is all it takes."""
    at, way = CHANCE.choice([5, 20, 40, 80, 200, 400]), CHANCE.choice(strikes.KILLS)
    done = city.run("streams", "--json", strike={"at": at, "way": way})

    assert done.code == -signal.SIGKILL, (at, way, done.text)
    assert settled(city) == [], (at, way)


def test_a_crash_of_the_database_at_a_point(city: StruckCity) -> None:
    """The command ends with a name and its exit code, and the next one is all it takes."""
    at, way = CHANCE.choice([200, 300, 400]), CHANCE.choice(strikes.CRASHES)
    done = city.run("streams", "--json", strike={"at": at, "way": way})

    assert f"struck at point {at}" in done.text
    assert (done.code in (0, 70, 75), done.traceback) == (True, False), (at, way, done.text)
    assert settled(city) == [], (at, way)


def test_sigterm_at_a_point(city: StruckCity) -> None:
    """It stops what it has started, by itself."""
    done = city.run("streams", "--json", strike={"at": 300, "way": "SIGTERM"})

    assert (done.code, done.traceback) == (143, False), done.text
    assert city.left_over() == []


def test_what_is_left_is_seen(city: StruckCity) -> None:
    """A process, a part file and a temporary file: a proof that sees none of them proves nothing."""
    city.home.mkdir()
    city.temporary.mkdir()
    (city.home / ".state.json.abc.part").touch()
    (city.temporary / "motlan-basis-1").mkdir()
    given = {**os.environ, "HUB_HOME": str(city.home)}
    sleeping = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=given)
    time.sleep(0.2)

    found = city.left_over()

    assert [each.split(":")[0] for each in found] == [
        "a process is left",
        "a part is left",
        "a temporary file is left",
    ]
    city.end_all()
    sleeping.wait()
