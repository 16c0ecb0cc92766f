"""A folder of a deployment that a test may spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from .spoilt import small_deployment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment of one system."""
    return small_deployment(tmp_path)
