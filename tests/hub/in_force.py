"""Grants that a test puts in force, as `hub grants apply` does it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from hub.access.grants import versions
from hub.access.grants.load import read_grants
from hub.access.grants.model import Grants
from hub.access.grants.territory import Territories
from hub.core.actions import Actor
from hub.core.units import read_units
from hub.load.warehouse import ensure_all


@cache
def _territories(reference: Path) -> Territories:
    return Territories(read_units(reference))


def put_in_force(hub: Any, grants: Grants | None = None) -> versions.Applied:
    """A new version of the grants: the given ones, or what the deployment's files say by now."""
    grants = grants or read_grants(hub.deployment.folder, hub.contracts)
    territories = _territories(hub.deployment.folder / "reference")
    with hub.engine.begin() as connection:
        ensure_all(connection, hub.contracts)
        return versions.apply(connection, grants, territories, Actor("tester", "a test"))
