"""The executor that shares imports: what it does when a library does not let it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.local import executor
from orchestration.local.executor import WarmExecutor

LIBRARIES = {
    "motlan_quiet": "",
    "motlan_threaded": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
    "motlan_broken": "raise RuntimeError('another release')\n",
    "motlan_deadly": "import os\nos._exit(1)\n",
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    """The one library that tasks share."""
    name: str = request.param
    (tmp_path / f"{name}.py").write_text(LIBRARIES[name])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(executor, "SHARED", (name,))
    yield name
    sys.modules.pop(name, None)


@pytest.fixture
def started() -> Iterator[WarmExecutor]:
    """The executor with two workers."""
    warm = WarmExecutor(parallelism=2)
    warm.start()
    yield warm
    warm.end()


@pytest.mark.parametrize("library", ["motlan_quiet"], indirect=True)
def test_a_library_without_threads_is_shared(library: str, started: WarmExecutor) -> None:
    """It is loaded before the workers are forked."""
    assert library in sys.modules
    assert [True, True] == [worker.is_alive() for worker in started.workers.values()]


@pytest.mark.parametrize("library", ["motlan_threaded", "motlan_broken", "motlan_deadly"], indirect=True)
def test_a_library_that_cannot_be_shared_stops_nothing(library: str, started: WarmExecutor) -> None:
    """A new release that started a thread kept the whole of Airflow from starting; now tasks load their own."""
    assert library not in sys.modules
    assert [True, True] == [worker.is_alive() for worker in started.workers.values()]
