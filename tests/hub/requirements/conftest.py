"""A deployment that a test may change, and an invented catalogue as files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .catalogue import HCMC, PAPERS, PROCEDURES


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A copy of the shipped one, free to be spoilt."""
    shutil.copytree(HCMC, tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture
def catalogue(tmp_path: Path) -> list[Path]:
    """Five demanded papers of two procedures, invented."""
    (tmp_path / "papers.csv").write_text(PAPERS, encoding="utf-8")
    (tmp_path / "procedures.csv").write_text(PROCEDURES, encoding="utf-8")
    return [tmp_path / "papers.csv", tmp_path / "procedures.csv"]
