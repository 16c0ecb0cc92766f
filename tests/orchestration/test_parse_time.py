"""Reading the DAGs stays cheap."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import orchestration.parse_time as parse_time

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_heavy_is_imported_at_parse() -> None:
    """A fresh process that read all DAGs holds no frames, no Great Expectations, no SOAP, no database of ours."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.parse_time", "--json"], cwd=ROOT, capture_output=True, text=True
    )

    found = json.loads(done.stdout.splitlines()[-1])
    assert found["heavy"] == []
    assert found["errors"] == []
    assert found["dags"] >= 28 + 26 + 1  # one a system, one a watched one, and one that asks for the second opinion
    assert done.returncode == 0


def test_a_heavy_import_would_be_noticed(tmp_path: Path) -> None:
    """A DAG file that imports the frames library is told apart: the check can fail."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "greedy.py").write_text('"""An airflow dag file."""\nimport polars\n')
    code = (
        "import pathlib, sys, orchestration.parse_time as p\n"
        f"p.ROOT = pathlib.Path({str(tmp_path)!r}); p.isolate(p.ROOT); sys.exit(','.join(p.measure()['heavy']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)

    assert done.stderr.strip().splitlines()[-1] == "polars"


@pytest.mark.parametrize("name", parse_time.HEAVY)
def test_heavy_modules_exist(name: str) -> None:
    """A misspelt name in the list would never be found in a process."""
    import importlib.util

    assert importlib.util.find_spec(name) is not None
