"""Airflow for tests: in this process, on SQLite, with a home that is thrown away. Set before anything imports it."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    from hub.deployment import load_deployment

    return load_deployment(ROOT / "deployments" / "hcmc")


@pytest.fixture(scope="session")
def airflow_tables() -> Iterator[None]:
    """Airflow's own tables."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], cwd=ROOT, check=True, capture_output=True)
    yield
