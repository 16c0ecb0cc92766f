"""The twins' process: it ends with whoever started it, says how far it is, and leaves no scratch files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, Settings, read_settings
from hub.demonstration import twin_progress
from hub.demonstration.twin_process import ENDS_WITH_INPUT, Twins, wsdl_command
from hub.demonstration.twin_progress import step_in, waiting
from hub.local.scenario import open_scenario
from tests.sockets import free_ports
from twins import progress

NOTARY = ROOT / "deployments" / "examples" / "notary" / "notary" / "notary.wsdl"

STARTER = """
import sys, time
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.demonstration.twin_process import Twins
from hub.local.scenario import open_scenario
settings = read_settings()
deployment = load_deployment(settings.deployment)
twins = Twins(settings, open_scenario(settings, deployment), deployment)
twins.start()
print(twins._process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A small city without a database of books."""
    given = {
        "HUB_HOME": str(tmp_path),
        "HUB_SCENARIO": "city",
        "HUB_PORT_BASE": str(free_ports()),
        "HUB_RECORDS": "1000",
        "HUB_DOSSIERS": "10",
        "HUB_DATABASE_URL": "postgresql://127.0.0.1:9/none",
        "HUB_STORE_URL": "postgresql://127.0.0.1:9/none",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def gone(pid: int, within_s: float = 20) -> bool:
    """Whether a process ends within so many seconds."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_the_twins_end_with_a_starter_that_is_killed(settings: Settings) -> None:
    """They stayed, and kept their port: the next run said that it was busy, until somebody ended them by hand."""
    starter = subprocess.Popen([sys.executable, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    twins = int(starter.stdout.readline())
    starter.kill()
    starter.wait()

    assert gone(twins)


def test_the_double_of_a_wsdl_ends_with_its_input(settings: Settings) -> None:
    """Of the showcase: it stayed as well."""
    command = wsdl_command(settings, NOTARY, port=free_ports(1), records=1, clock=datetime(2022, 6, 2, tzinfo=UTC))
    process = subprocess.Popen(
        [*command, ENDS_WITH_INPUT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "http://" in process.stdout.readline()

    process.communicate(timeout=20)

    assert process.returncode == 0


def test_scratch_files_of_killed_twins_are_removed(settings: Settings) -> None:
    """A large city's registers are built on the disk: a kill left gigabytes for good."""
    deployment = load_deployment(settings.deployment)
    scenario = open_scenario(settings, deployment)
    left = scenario.folder / "twins-scratch" / "twins-abc" / "birth.arrow"
    left.parent.mkdir(parents=True)
    left.touch()
    twins = Twins(settings, scenario, deployment)

    twins.start()
    assert not left.exists()
    twins.stop()

    assert not (scenario.folder / "twins-scratch").exists()


def test_the_step_of_the_twins_is_shown_while_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A city of millions takes minutes, in which `hub run` printed nothing."""
    monkeypatch.setattr(twin_progress, "EVERY_S", 0.0)
    log = tmp_path / "twins.log"
    with waiting("building the city", log) as on_wait:
        on_wait()
        progress.say("people")
        progress.say("death")
        log.write_text(capsys.readouterr().out)
        on_wait()

    assert step_in(log) == "step 3 of 10 (death)"
    assert "building the city: step 3 of 10 (death), 0 s\n" in capsys.readouterr().err
