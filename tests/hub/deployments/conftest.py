"""A deployment of a registry, two systems of districts and a system that is asked, to be spoilt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from hub.core.settings import ROOT

HCMC = ROOT / "deployments" / "hcmc"
SYSTEMS = ("one-stop-760", "one-stop-764", "moj-registry", "population-db")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Everything of the shipped deployment but most of its systems, their feeds, and the long list of requirements."""
    folder = tmp_path / "small"
    shutil.copytree(HCMC, folder, ignore=shutil.ignore_patterns("systems", "data", "requirements*"))
    (folder / "systems").mkdir()
    for name in SYSTEMS:
        shutil.copy(HCMC / "systems" / f"{name}.yaml", folder / "systems")
    shutil.copytree(HCMC / "systems" / "moj-registry", folder / "systems" / "moj-registry")
    for feed in (folder / "feeds").glob("*.yaml"):
        if (system := yaml.safe_load(feed.read_text(encoding="utf-8")).get("system", "")) and system not in SYSTEMS:
            feed.unlink()
    return folder
