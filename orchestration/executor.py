"""Airflow's LocalExecutor, with the expensive imports made once for all tasks.

A task process is a fork of the scheduler's worker. Great Expectations takes 2.3 s of CPU to import. Imported in the
parent before the first fork, it is shared by all tasks. Measured on 2 cores, 23 DAGs and 78 tasks that only import:
71 s and 121 CPU seconds without sharing, 31 s and 39 CPU seconds with it.

A library may be in the list only if it starts no thread. A fork copies one thread only, so a lock that another thread
held would stay locked for ever. Therefore Polars is not in the list (its import starts threads; it costs a task 0.2 s),
and OpenBLAS is limited to one thread.
"""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path

from airflow.executors.local_executor import LocalExecutor

from contracts.load import load_contracts

SHARED = (
    "great_expectations",
    "sqlalchemy",
    "alembic.command",
    "psycopg",
    "cryptography.hazmat.primitives.ciphers.aead",
    "zeep",
    "requests",
    "pydantic_settings",
    "jsonschema_rs",
    "structlog",
)
"""Libraries that every task of the hub loads; they are loaded here and not used here."""


class WarmExecutor(LocalExecutor):
    """`[core] executor = orchestration.executor.WarmExecutor`, for one machine. Elsewhere use Airflow's own."""

    def start(self) -> None:
        """Load the shared libraries, then fork the workers."""
        before, began = _threads(), time.monotonic()
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        for name in SHARED:
            importlib.import_module(name)
        load_contracts()  # checked against the standard's schema once; a task checks a changed file again
        if _threads() > before:
            # A new release of a library may start threads; tasks could then hang.
            self.log.error("Shared libraries started %d threads; forking is no longer safe", _threads() - before)
            raise RuntimeError(
                "orchestration.executor.SHARED holds a library that starts threads: remove it, or use LocalExecutor"
            )
        self.log.info("Shared libraries loaded in %.1f s", time.monotonic() - began)
        super().start()


def _threads() -> int:
    """Threads of this process, as the kernel counts them; 0 where it gives no number."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 0
