"""What `hub run` shows of a WSDL: a double is started, read and ended, and nothing enters the warehouse."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.core.deployment import load_deployment
from hub.core.settings import Settings
from hub.demonstration.showcase_wsdl import only_a_wsdl
from hub.local.scenario import open_scenario
from tests.conftest import free_port

ROOT = Path(__file__).parents[3]


def test_a_double_is_read_and_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The draft's size and the records read are told; afterwards the port is free again."""
    settings = Settings(home=tmp_path, port_base=free_port() - 9)
    deployment = load_deployment(settings.deployment)
    nothing: Any = None  # no database and no landing: the showcase must do without
    hub = Hub(settings, deployment, open_scenario(settings, deployment), {}, nothing, nothing, nothing)

    only_a_wsdl(hub)

    printed = " ".join(capsys.readouterr().out.split())
    assert "2 operations" in printed
    assert "each reply valid by the WSDL's own schema" in printed
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", settings.port_base + 9), timeout=1)
