"""How long Airflow takes to read dags/, without its own import, and which heavy modules are loaded.

    python -m orchestration.parse_time [--json]

It measures in a new process; the aim is 2 s for all DAGs. The exit code is 1 if a heavy module was loaded or a file
could not be read. It does not depend on the seconds, because these depend on the machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

HEAVY = (
    "great_expectations",
    "pandas",
    "numpy",
    "polars",
    "zeep",
    "lxml",
    "requests",
    "psycopg",
    "alembic.command",
    "jsonschema",
    "uvicorn",
    "connectors",
    "quality",
    "twins",
    "hub.app",
    "hub.load.exchange",
    "hub.core.database",
    "hub.core.tables",
)
"""Modules that no DAG file may load: each takes between 10 ms and seconds, at every parse and in every task."""


def isolate(home: Path) -> None:
    """Let Airflow in this process read our DAGs, with an empty home and no server. Call it before importing Airflow."""
    os.environ.update(
        {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "orchestration" / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        }
    )


def measure() -> dict[str, object]:
    """Read dags/ once: {dags, airflow_s, parse_s, heavy, errors}."""
    began = time.perf_counter()
    from airflow.dag_processing.dagbag import DagBag

    loaded, known = time.perf_counter(), set(sys.modules)
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    parsed = time.perf_counter()
    from contracts.lazy_modules import is_loaded

    return {
        "dags": len(bag.dags),
        "airflow_s": round(loaded - began, 2),
        "parse_s": round(parsed - loaded, 2),
        "heavy": [name for name in HEAVY if is_loaded(name) and name not in known],
        "errors": sorted(Path(path).name for path in bag.import_errors),
    }


def main() -> int:
    """Print the measurement."""
    with tempfile.TemporaryDirectory() as home:
        isolate(Path(home))
        found = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(found))
    else:
        print(f"{found['dags']} DAGs read in {found['parse_s']} s (Airflow's own import: {found['airflow_s']} s)")
        print(
            f"heavy modules: {', '.join(found['heavy']) or 'none'}; unreadable files: {', '.join(found['errors']) or 'none'}"
        )  # type: ignore[arg-type]
    return 1 if found["heavy"] or found["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
