"""A deployment of one system, to be spoilt."""

from __future__ import annotations

import shutil
from pathlib import Path

from hub.core.settings import ROOT

HCMC = ROOT / "deployments" / "hcmc"
SYSTEM = "systems/one-stop-760.yaml"


def small_deployment(folder: Path) -> Path:
    """A copy of the shipped deployment's own file and of one system of it."""
    (folder / "systems").mkdir()
    shutil.copy(HCMC / "deployment.yaml", folder)
    shutil.copy(HCMC / SYSTEM, folder / "systems")
    return folder


def spoil(folder: Path, old: str, new: str, file: str = SYSTEM) -> None:
    """Write something else into a file, wherever it stands; that it stood there is checked."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
