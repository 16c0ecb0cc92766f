"""The process of the twins: start, wait until ready, stop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.errors import Transient
from hub.core.deployment import Deployment
from hub.core.settings import ROOT, Settings
from hub.feeds import signing
from hub.local.scenario import Scenario
from hub.local.secrets import read_secrets, store_owner

SECONDS_A_RECORD = 200e-6
"""Building a large city on a busy machine, and filling its stores."""


ENDS_WITH_INPUT = "--ends-with-input"
"""Option of the twins: they end when their input does, so that none outlives the process that started it."""

PORT_S = 10.0
"""How long the twins of a hub that was killed may take to let go of their port."""


class TwinsNotUp(Transient):
    """The twins did not start; their log says why."""


def twin_command(settings: Settings, scenario: Scenario, deployment: Deployment) -> list[str]:
    """The command that serves this scenario's twins, with the scenario's clock. An embedded server must be running."""
    secrets = settings.secrets_file or scenario.folder / "secrets.json"
    known = read_secrets(secrets, deployment)
    stores = [known[each.id] for each in deployment.systems.values() if "{twins_store}" in each.address]
    registry = deployment.systems.get(deployment.registry)
    if registry is not None and registry.described is not None:
        registry = registry.described  # its twin speaks SOAP also where the deployment reads it by REST
    readers = {each["username"]: each["password"] for each in stores}
    store = store_owner(settings, scenario, readers) if stores else None
    return [
        sys.executable,
        "-m",
        "twins",
        "--port",
        str(settings.twins_port),
        "--records",
        str(settings.records),
        "--dossiers",
        str(settings.dossiers),
        "--seed",
        str(settings.seed),
        "--as-of",
        (scenario.as_of or scenario.started).isoformat(),
        "--clock",
        scenario.now().isoformat(),
        "--credentials",
        str(secrets),
        "--reference",
        str(deployment.folder / "reference"),
        *(("--wsdl", str(registry.path.parent / str(registry.options["wsdl"]))) if registry is not None else ()),
        "--journal",
        str(scenario.folder / "twins-journal.jsonl"),
        "--files",
        str(scenario.twins_files),
        *(("--store", str(store)) if store else ()),
    ]


def wsdl_command(settings: Settings, wsdl: Path, *, port: int, records: int, clock: datetime) -> list[str]:
    """The command that serves a double of the service that a WSDL describes."""
    command = [
        sys.executable,
        "-m",
        "twins.wsdl.service",
        "--wsdl",
        str(wsdl.absolute()),
        "--port",
        str(port),
        "--records",
        str(records),
    ]
    return [*command, "--seed", str(settings.seed), "--clock", clock.isoformat()]


def inbox_command(settings: Settings, scenario: Scenario, *, port: int, trouble: float) -> list[str]:
    """The command that serves a ministry's inbox, which has the city's public keys as if they had come on paper."""
    home = scenario.folder / "ministry-inbox"
    (home / "keys").mkdir(parents=True, exist_ok=True)
    for signer in signing.signers(scenario.folder / "feed-keys"):
        (home / "keys" / f"{signer.id}.pem").write_text(signer.public_pem, encoding="utf-8")
    command = [sys.executable, "-m", "twins.ministry_inbox", "--home", str(home), "--kit", str(ROOT / "kit/verify.py")]
    command += ["--port", str(port), "--seed", str(settings.seed), "--trouble", str(trouble)]
    return [*command, "--clock", scenario.now().isoformat()]


def in_foreground(command: list[str]) -> int:
    """Run a command until it ends or this process gets a signal. Returns its exit code; 0 after a signal."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    process = subprocess.Popen([*command, ENDS_WITH_INPUT], stdin=subprocess.PIPE)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait(10)
        return 0


class Twins:
    """The twins' process of a scenario."""

    def __init__(self, settings: Settings, scenario: Scenario, deployment: Deployment, *options: str) -> None:
        """`options` are additional options of `python -m twins`."""
        self.address = settings.twins_address
        self.log = scenario.folder / "twins.log"
        self._command = [*twin_command(settings, scenario, deployment), *options]
        self._records, self._port = settings.records, settings.twins_port
        self._scratch = scenario.folder / "twins-scratch"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; `wait` waits until it answers."""
        self._await_port()
        shutil.rmtree(self._scratch, ignore_errors=True)  # a killed one could not
        self._scratch.mkdir()
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                [*self._command, ENDS_WITH_INPUT],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(self._scratch)},  # the disk that `needs` has measured
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait(self, timeout_s: float | None = None, on_wait: Callable[[], None] = lambda: None) -> None:
        """Wait until the city is built and served, by default as long as a city of its size may take.

        `on_wait` is called several times a second, to show progress. Raises TwinsNotUp.
        """
        timeout_s = timeout_s or 300 + self._records * SECONDS_A_RECORD
        deadline = time.monotonic() + timeout_s
        while True:
            if self._process is not None and self._process.poll() is not None:
                ended = f"The twins ended (exit {self._process.returncode}): {_last_line(self.log)}"
                raise TwinsNotUp(ended, hint=f"read {self.log}; a busy port is HUB_PORT_BASE's")
            try:
                self.control("GET", "health")
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise TwinsNotUp(
                        f"The twins did not answer within {timeout_s:.0f} s", hint=f"read {self.log}"
                    ) from None
                on_wait()
                time.sleep(0.2)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the twins' control API: faults, change, state, clock."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.address}/control/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def stop(self) -> None:
        """End the process that this object started, and remove its scratch files."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _await_port(self) -> None:
        """Wait until nobody listens on the port, or long enough: then the twins say themselves that it is busy."""
        deadline = time.monotonic() + PORT_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", self._port)) != 0:
                    return
            time.sleep(0.1)


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no word in its log"
