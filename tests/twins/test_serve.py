"""The twins as a process of their own, as `make run` starts them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from twins import serve
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE

ROOT = Path(__file__).resolve().parents[2]
Secrets = dict[str, dict[str, str]]


def _command(tmp_path: Path, port: int, wsdl: Path, credentials: Secrets) -> list[str]:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps(credentials))
    sizes = ["--records", "500", "--dossiers", "10", "--seed", "1", "--as-of", "2022-06-02T08:00:00+07:00"]
    where = ["--credentials", str(secrets), "--wsdl", str(wsdl), "--ready-file", str(tmp_path / "port")]
    return [sys.executable, "-m", "twins", "--port", str(port), *sizes, *where]


def test_process_says_when_it_is_ready_and_stops_when_asked(
    tmp_path: Path, wsdl: Path, credentials: Secrets, wire_to: Callable[[int], Any]
) -> None:
    """One line when ready, health, a token, and a quiet end."""
    with subprocess.Popen(
        _command(tmp_path, 0, wsdl, credentials), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not (tmp_path / "port").exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            wire = wire_to(int((tmp_path / "port").read_text()))
            assert {"ok": True} == wire.call("GET", "/control/health").json()
            assert 200 == wire.token("787").status
        finally:
            process.send_signal(signal.SIGINT)
            said, complaints = process.communicate(timeout=20)
    *steps, ready = said.splitlines()
    assert {"building"} == {each.split()[0] for each in steps}
    assert ready.startswith("twins ready on http")
    assert "500 registrations" in said
    assert "" == complaints
    assert 0 == process.returncode


def test_busy_port_fails_at_once(tmp_path: Path, wsdl: Path, credentials: Secrets) -> None:
    """Before the city is built, with the reason."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        done = subprocess.run(
            _command(tmp_path, busy.getsockname()[1], wsdl, credentials),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert 0 != done.returncode
    assert "in use" in done.stderr


def test_the_clock_runs_while_the_city_is_built(
    tmp_path: Path, wsdl: Path, credentials: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A city of millions is built for minutes. Its clock stood meanwhile, and every signed message was refused as too
    new."""
    ticks: list[datetime] = []

    def slowly(*arguments: Any, **named: Any) -> Any:
        assert ticks
        raise LookupError("enough")

    def noticed(start: datetime) -> Clock:
        ticks.append(start)
        return Clock(start)

    monkeypatch.setattr(serve, "build_city", slowly)
    monkeypatch.setattr(serve, "Clock", noticed)
    with pytest.raises(LookupError, match="enough"):
        serve.serve(
            port=0,
            records=500,
            dossiers=10,
            seed=1,
            as_of=AS_OF,
            credentials=credentials,
            reference=REFERENCE,
            wsdl=wsdl,
        )
