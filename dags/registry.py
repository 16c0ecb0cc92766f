"""Airflow DAGs of the systems that are read as several streams: today the Ministry of Justice's registry.

    registry ──sync──> landing, verdicts, warehouse, cases, ledger: batch by batch (hub/load/exchange.py)
    (births, deaths, marriages, recognitions: each register walks by itself)

One DAG a system; the one task is mapped over its registers. A register that fails leaves the
others alone, and is retried alone.
"""

from __future__ import annotations

from orchestration.dag_factory import dag_of, several_stream_systems, streams_of
from orchestration.tasks import sync

for system in several_stream_systems():
    with dag_of(system):
        sync.expand(stream=streams_of(system))
