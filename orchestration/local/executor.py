"""Airflow's LocalExecutor, with the expensive imports made once for all tasks.

A task process is a fork of the scheduler's worker. What the parent has imported before the first fork is shared by all
tasks. Measured on 2 cores (2026-11-29): the imports of a small sync take a task 1.65 s of CPU without sharing and
0.33 s with it, of a way from change to decision that may take 8 s in all; sharing costs 1.2 s once.

A library can be shared only if it starts no thread. A fork copies one thread only, so a lock that another thread held
would stay locked for ever. Therefore Polars is not in the list (its import starts threads; it costs a task 0.2 s), and
OpenBLAS is limited to one thread. A new release of a library may start one: so the imports are tried in a process that
is thrown away. If they fail there, or leave a thread behind, nothing is shared, and this is Airflow's own executor.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

from airflow.executors.local_executor import LocalExecutor

from contracts.load import load_contracts
from hub.core.settings import read_settings

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
PATIENCE_S = 120.0
"""For the trial; a busy machine takes long to read so many files for the first time."""


class WarmExecutor(LocalExecutor):
    """`[core] executor = orchestration.local.executor.WarmExecutor`, for one machine. Elsewhere use Airflow's own."""

    def start(self) -> None:
        """Load the shared libraries if that is safe, then fork the workers."""
        began = time.monotonic()
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        if (reason := reason_against_sharing()) is None:
            _load()
            self.log.info("Shared libraries loaded in %.1f s", time.monotonic() - began)
        else:
            self.log.warning("No library is shared, each task loads its own and starts later: %s", reason)
        super().start()


def reason_against_sharing() -> str | None:
    """Why the libraries cannot be shared, as found out in a process of its own; None: they can."""
    if multiprocessing.get_start_method() != "fork":
        return "workers are not forked here"
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_try, args=(theirs,), name="shared-libraries", daemon=True)
    child.start()
    theirs.close()
    try:
        found: str | None = ours.recv() if ours.poll(PATIENCE_S) else f"they did not load within {PATIENCE_S:.0f} s"
    except EOFError:
        found = "the process that tried them died"
    if child.is_alive():
        child.kill()
    child.join()
    return found


def _try(answer: Connection) -> None:
    before = _threads()
    try:
        _load()
    except Exception as error:  # whatever a library's import may raise
        answer.send(f"they cannot be loaded ({type(error).__name__})")
        return
    more = _threads() - before
    answer.send(f"one of them started {more} thread(s)" if more > 0 else None)


def _load() -> None:
    for name in SHARED:
        importlib.import_module(name)
    load_contracts(
        own=read_settings().deployment
    )  # checked against the standard's schema once; a task checks a changed file again


def _threads() -> int:
    """Threads of this process, as the kernel counts them; 0 where it gives no number."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 0
