"""Pools: how many streams of one kind of system may be read at once.

A task that names a pool Airflow does not have is never started, so pools are made before the first
run: by `hub run` through the API, elsewhere by

    python -m orchestration.pools > pools.json && airflow pools import pools.json
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from hub.core.deployment import Deployment, load_deployment
from hub.core.settings import read_settings


def pools_of(deployment: Deployment) -> Mapping[str, int]:
    """Pool -> slots: at first one for each stream that shares it. Lower it to spare a source."""
    slots: dict[str, int] = {}
    for stream in deployment.streams.values():
        slots[stream.system.pool] = slots.get(stream.system.pool, 0) + 1
    return slots


def describe(pool: str) -> str:
    """What the pool is for, as the screen shows it."""
    return f"streams read at once from systems of pool {pool}"


if __name__ == "__main__":
    settings = read_settings()
    found = pools_of(load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None))
    print(json.dumps({name: {"slots": slots, "description": describe(name), "include_deferred": False} for name, slots in found.items()}, indent=2))
