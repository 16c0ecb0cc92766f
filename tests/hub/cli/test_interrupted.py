"""Signals and full disks: an exit code and a sentence, never a traceback."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from hub.cli import INTERRUPTED, TERMINATED, Terminated, application, main
from hub.core.errors import FileRefused, NoRoom
from hub.core.settings import ROOT
from tests.conftest import free_port

START = "from hub.cli import main; main()"


@pytest.mark.parametrize("after_s", [0.08, 0.2, 0.35, 0.6])
def test_ctrl_c_in_the_first_second_is_130(tmp_path: Path, after_s: float) -> None:
    """It printed a traceback of whatever was being imported."""
    environment = {**os.environ, "HUB_HOME": str(tmp_path), "HUB_DATABASE_URL": "postgresql://127.0.0.1:9/none"}
    code = "import sys; from hub.cli import main; sys.argv[0] = 'hub'; print('up', flush=True); main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "streams"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(after_s)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert b"Traceback" not in errors
    # 75: it was done before. -SIGINT: the interpreter was ending, and a shell shows 130 then as well.
    assert process.returncode in (130, 75, -signal.SIGINT)


@pytest.mark.parametrize(("cause", "code"), [(KeyboardInterrupt(), INTERRUPTED), (Terminated(), TERMINATED)])
def test_an_interrupt_that_python_wrapped(monkeypatch: pytest.MonkeyPatch, cause: BaseException, code: int) -> None:
    """While a class is made (`__set_name__`), Python 3.11 wraps what interrupts it: a traceback was printed."""

    def run() -> None:
        raise RuntimeError("Error calling __set_name__") from cause

    monkeypatch.setattr(application, "run", run)
    with pytest.raises(SystemExit) as ended:
        main()
    assert code == ended.value.code


def test_ctrl_c_while_the_interpreter_ends_has_no_traceback(tmp_path: Path) -> None:
    """The command was done, and Ctrl-C in its last moment printed a traceback of whatever was being put away."""
    code = (
        "import atexit, sys, time\n"
        "sys.argv = ['hub', '--help']\n"
        "atexit.register(lambda: (print('ending', file=sys.stderr, flush=True), time.sleep(60)))\n"
        f"{START}"
    )
    environment = {**os.environ, "HUB_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line == b"ending\n":
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert b"Traceback" not in errors
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int) -> None:
    """ENOSPC where a folder was made was a traceback, exit 1."""

    def full() -> None:
        raise OSError(number, os.strerror(number), "/state/landing/ab")

    monkeypatch.setattr(application, "app", full)

    with pytest.raises(SystemExit) as ended:
        application.run()

    assert ended.value.code == NoRoom.exit_code == 75
    said = capsys.readouterr().err
    assert "/state/landing/ab" in said
    assert "make room" in said


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO, errno.ENOTDIR])
def test_a_file_that_the_machine_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    """A state folder of another user was a traceback, exit 1."""

    def refused() -> None:
        raise OSError(number, os.strerror(number), "/state/city")

    monkeypatch.setattr(application, "app", refused)

    with pytest.raises(SystemExit) as ended:
        application.run()

    assert ended.value.code == FileRefused.exit_code == 70
    assert "/state/city" in capsys.readouterr().err


def test_a_terminated_command_stops_what_it_has_started() -> None:
    """SIGTERM, as of a service manager, left the database running."""
    home = Path(tempfile.mkdtemp(prefix="motlan-terminated-"))
    home.chmod(0o755)  # the database's account must reach it
    code = (
        "import os, signal, sys; from hub.operations import reports\n"
        "reports.streams = lambda _: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.argv = ['hub', 'streams']\n"
        f"{START}"
    )
    given = {**os.environ, "HUB_HOME": str(home), "HUB_SCENARIO": "city", "HUB_PORT_BASE": str(free_port() - 1)}
    done = subprocess.run([sys.executable, "-c", code], env=given, cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, "Traceback" in done.stderr) == (143, False), done.stderr
    assert (home / "city" / "postgres" / "data" / "PG_VERSION").exists()
    assert not (home / "city" / "postgres" / "data" / "postmaster.pid").exists()
    shutil.rmtree(home)


def test_another_error_of_the_system_stays_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no name is a defect, and its traceback is wanted."""

    def broken() -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(application, "app", broken)
    with pytest.raises(OSError, match="input/output"):
        application.run()
