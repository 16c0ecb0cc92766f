"""`hub run` twice over one scenario: the meter moves by the same amounts each time. All people are synthetic."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sockets import free_ports

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_however_often_it_is_repeated(tmp_path: Path) -> None:
    """Two new dossiers a run: one paper more asked again without reason in the first district, one more reused in the second."""
    settings = {
        "HUB_HOME": str(tmp_path),
        "HUB_PORT_BASE": str(free_ports()),
        "HUB_RECORDS": "1000",
        "HUB_DOSSIERS": "60",
    }
    printed = []
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", "from hub.cli import main; main()", "run", "--no-airflow", "--once"],
            cwd=ROOT,
            text=True,
            env=os.environ | settings,
            capture_output=True,
            timeout=500,
        )
        assert 0 == run.returncode, run.stdout + run.stderr
        printed.append(run.stdout)
    for each in printed:
        assert len(re.findall(r"after the first .*\(\+1\).*\(\+1\).*\(\+1\)", each)) == 1
        assert len(re.findall(r"after the second .*\(\+1\)", each)) == 1
        assert not re.search(r"after the second .*\(\+1\).*\(\+1\)", each)
        assert "asked again, held by the hub: yes" in each
