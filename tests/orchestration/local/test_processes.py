"""One Airflow a folder: what a killed starter left is ended by the next, and a living one's stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.core.settings import ROOT
from orchestration.local.processes import AirflowBusy, only_one
from orchestration.local.rest import wait
from tests.conftest import free_port

STARTER = """
import subprocess, sys, time, os
from pathlib import Path
from orchestration.local.processes import only_one
folder = Path(sys.argv[1])
with only_one(folder, int(sys.argv[2]), []):
    given = {**os.environ, "AIRFLOW_HOME": str(folder)}
    part = subprocess.Popen(["sleep", "600"], env=given, start_new_session=True, stdout=subprocess.DEVNULL)
    print(part.pid, flush=True)
    time.sleep(600)
"""


def started(folder: Path, port: int) -> tuple[subprocess.Popen[str], int]:
    """A starter with one part that runs."""
    command = [sys.executable, "-c", STARTER, str(folder), str(port)]
    starter = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    return starter, int(starter.stdout.readline())


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "gone"


def test_parts_of_a_killed_starter_are_ended(tmp_path: Path) -> None:
    """The next `hub run` refused to start until somebody had ended them by hand."""
    port = free_port()
    starter, part = started(tmp_path, port)
    starter.kill()
    starter.communicate()

    with only_one(tmp_path, port, [part]):
        assert state(part) in ("gone", "Z")


def test_parts_of_a_living_starter_stay(tmp_path: Path) -> None:
    """Two of them would run each task twice."""
    port = free_port()
    starter, part = started(tmp_path, port)
    try:
        with pytest.raises(AirflowBusy, match="already runs"), only_one(tmp_path, port, [part]):
            pass
        assert state(part) in "RSD"
    finally:
        starter.kill()
        starter.communicate()
        os.kill(part, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to its starter")
def test_a_bound_process_ends_with_its_starter(tmp_path: Path) -> None:
    """Airflow went on by itself after its `hub run` was killed, and lost its database to the next command."""
    code = (
        "import os, subprocess, sys, time; from orchestration.local import bound_process\n"
        "part = subprocess.Popen([sys.executable, '-I', bound_process.__file__, str(os.getpid()), '/bin/sleep', '600'],"
        " stdout=subprocess.DEVNULL)\n"
        "time.sleep(1); print(part.pid, flush=True); time.sleep(600)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    part = int(starter.stdout.readline())
    assert state(part) in "RSD"
    starter.kill()
    starter.communicate()

    assert wait(lambda: state(part) in ("gone", "Z"), 10)
