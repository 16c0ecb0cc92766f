"""A scene of its own for each test of the crash suite; the seed is printed and replays."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.scene import Scene
from tests.crash.worker_process import STRACE


@pytest.fixture
def seed() -> int:
    """`CRASH_SEED` replays a failing run's decisions; the moment of a kill still meets the machine as it is."""
    return int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture
def scene(pg_url: str, tmp_path: Path, seed: int) -> Iterator[Callable[..., Scene]]:
    """Builds the scene of a test."""
    built: list[Scene] = []

    def build(mutant: str | None = None, *, lone: bool = False, staging: bool = False) -> Scene:
        print(f"\nseed {seed}", end=" ")
        built.append(Scene(pg_url, tmp_path, seed, mutant, lone=lone, staging=staging))
        return built[-1]

    yield build
    for each in built:
        each.close()


@pytest.fixture
def strace() -> None:
    """The sweep needs strace, and the right to trace."""
    if STRACE is None:
        pytest.skip("STRACE IS MISSING: the sweep over send points did NOT run; apt-get install strace")
