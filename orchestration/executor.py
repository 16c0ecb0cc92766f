"""Airflow's LocalExecutor, with the expensive imports made once instead of once a task.

A task process is a fork of the scheduler's worker. Great Expectations costs 2.3 s of CPU to import;
made in the parent before the first fork, all tasks share it. Measured on 2 cores, 23 DAGs, 78 tasks
that do nothing but import: 71 s and 121 CPU seconds without, 31 s and 39 CPU seconds with.

Only libraries are loaded that start no thread of their own, because a fork copies one thread only: a
lock that another one held would stay locked for ever. That is why Polars is not in the list (it starts
threads when imported; 0.2 s a task) and why OpenBLAS is limited to a single thread.
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
    "jsonschema",
    "structlog",
)
"""Libraries that the hub's tasks load anyway; loaded here, never used here."""


class WarmExecutor(LocalExecutor):
    """`[core] executor = orchestration.executor.WarmExecutor`: for one machine. Elsewhere use Airflow's own."""

    def start(self) -> None:
        """Load the shared libraries, then fork the workers."""
        before, began = _threads(), time.monotonic()
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        for name in SHARED:
            importlib.import_module(name)
        load_contracts()  # checked against the standard's schema once; a changed file is checked again by the task that reads it
        if _threads() > before:
            # A new release of a library may have learnt to start threads: tasks might then hang.
            self.log.error("Shared libraries started %d threads; forking is no longer safe", _threads() - before)
            raise RuntimeError(
                "orchestration.executor.SHARED holds a library that starts threads: use LocalExecutor, or take it out"
            )
        self.log.info("Shared libraries loaded in %.1f s", time.monotonic() - began)
        super().start()


def _threads() -> int:
    """Threads of this process, as the kernel counts them; 0 where it gives no number."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 0
