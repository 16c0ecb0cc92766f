"""Airflow for tests: in this process, on SQLite, with a home that is thrown away. Set before anything imports it."""

from __future__ import annotations

import atexit
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.demonstration.twin_process import Twins
from hub.local.scenario import open_scenario
from orchestration.parse_time import isolate

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="motlan-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
isolate(HOME)


@pytest.fixture(scope="session")
def bag() -> Any:
    """All DAGs of dags/, as Airflow reads them."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(scope="session")
def deployed() -> Any:
    """The deployment whose DAGs these are."""
    return load_deployment(ROOT / "deployments" / "hcmc")


@pytest.fixture(scope="session")
def airflow_tables() -> None:
    """Airflow's own tables."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], cwd=ROOT, check=True, capture_output=True)


@pytest.fixture
def world(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """A small city behind its twins, an empty hub, and a look into the hub's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        twins_port = probe.getsockname()[1]
    given = {
        "HOME": str(tmp_path),
        "DATABASE_URL": pg_url,
        "RECORDS": "1000",
        "DOSSIERS": "30",
        "PORT_BASE": str(twins_port - 2),
    }
    for name, value in given.items():
        monkeypatch.setenv(f"HUB_{name}", value)
    settings = read_settings()
    deployment = load_deployment(settings.deployment)
    twins = Twins(settings, open_scenario(settings, deployment), deployment)
    twins.start()
    try:
        twins.wait()
        with psycopg.connect(pg_url, autocommit=True) as look:
            yield look
    finally:
        twins.stop()
