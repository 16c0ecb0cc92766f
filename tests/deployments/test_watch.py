"""How often the systems of the shipped files are watched."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from connectors import Source
from contracts.deployment.files import SystemFile
from contracts.yaml.models import load

DEPLOYMENTS = Path(__file__).resolve().parents[2] / "deployments"
FILES = sorted(
    path
    for path in (*DEPLOYMENTS.glob("hcmc/systems/*.yaml"), *DEPLOYMENTS.glob("hcmc/data/*.yaml"))
    if load(path, SystemFile).value.contracts
)


@pytest.mark.parametrize("path", [*FILES, DEPLOYMENTS / "examples" / "notary" / "notary.yaml"], ids=lambda p: p.stem)
def test_a_system_without_a_cheap_question_says_so(path: Path) -> None:
    """Its watcher could never ask: the file says that its schedule alone reads it."""
    system = load(path, SystemFile).value
    module = import_module(f"connectors.systems.{system.dialect}")
    sources = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Source)]
    asks = any(each.fingerprint is not Source.fingerprint for each in sources)

    assert asks == (system.watch is not None)
