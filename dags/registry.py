"""Airflow DAGs of the systems that are read as several streams: today the Ministry of Justice's registry.

    registry ──land──> landing ──judge──> verdict and stage ──merge──> warehouse, cases, ledger
    (births, deaths, marriages, recognitions: each register walks by itself)

One DAG a system; its registers are mapped over the same three tasks. A register that fails
leaves the others alone, and is retried alone.
"""

from __future__ import annotations

from airflow.sdk import task_group

from orchestration.dag_factory import dag_of, several_stream_systems, streams_of
from orchestration.tasks import judge, land, merge

for system in several_stream_systems():
    with dag_of(system):

        @task_group
        def register(stream: str) -> None:
            """One register: landed, judged, merged."""
            landed = land(stream)
            verdict = judge(landed)
            merge(verdict)

        register.expand(stream=streams_of(system))
