"""Settings of an Airflow on one machine, as the variables `AIRFLOW__<section>__<option>` without their prefix."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def options(database_url: str, address: str, secret: Callable[[str], str]) -> dict[str, str]:
    """The settings that do not depend on a folder. `secret` gives the secret of a name, made on first use."""
    scheme, _, rest = database_url.partition("://")
    return {
        "CORE__PLUGINS_FOLDER": str(ROOT / "orchestration" / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "orchestration.local.executor.WarmExecutor",
        # The address that tasks report to. Airflow does not derive it from the port; every task would fail.
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "CORE__FERNET_KEY": base64.urlsafe_b64encode(bytes.fromhex(secret("fernet"))).decode(),
        "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{rest}"
        if scheme.startswith("postgres")
        else database_url,
        "API__HOST": "127.0.0.1",
        "API__BASE_URL": address,
        "API__WORKERS": "1",
        "API__SECRET_KEY": secret("session"),
        "API_AUTH__JWT_SECRET": secret("tokens"),
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # A triggerer that died leaves its watchers to the next one after this time.
        "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "20",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
