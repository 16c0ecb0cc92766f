"""Pools: how many streams of one kind of system may be read at once.

The deployment sets the numbers (`Deployment.pools`). Airflow never starts a task of an unknown pool, so pools are
created before the first run: by `hub run` through the API, elsewhere by

    python -m orchestration.pools > pools.json && airflow pools import pools.json
"""

from __future__ import annotations

import json

from hub.core.deployment import load_deployment, pool_purpose
from hub.core.settings import read_settings

if __name__ == "__main__":
    settings = read_settings()
    found = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None).pools
    print(
        json.dumps(
            {
                name: {"slots": slots, "description": pool_purpose(name), "include_deferred": False}
                for name, slots in found.items()
            },
            indent=2,
        )
    )
