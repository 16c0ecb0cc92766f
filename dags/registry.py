"""Airflow DAGs of the systems that are read as several streams, such as the Ministry of Justice's registry.

    registry ──sync──> landing, verdicts, warehouse, cases, ledger: batch by batch (hub/load/exchange.py)
    (births, deaths, marriages, recognitions: each register by itself)

Each system has one DAG, whose task is mapped over its streams. A stream that fails is retried alone, and the others
go on.
"""

from __future__ import annotations

from orchestration.dag_factory import dag_of, several_stream_systems, streams_of
from orchestration.tasks import sync

for system in several_stream_systems():
    with dag_of(system):
        sync.expand(stream=streams_of(system))
