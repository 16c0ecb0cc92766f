"""Airflow DAGs of the systems that are read as one stream: today the one-stop systems of the districts.

    system ──land──> landing ──judge──> verdict and stage ──merge──> warehouse, cases, ledger

One DAG a system, so that a district can be paused, owned, retried and backfilled alone. The loop
only multiplies the three tasks; schedule, owner and address are data of the deployment.
"""

from __future__ import annotations

from orchestration.dag_factory import dag_of, single_stream_systems, streams_of
from orchestration.tasks import judge, land, merge

for system in single_stream_systems():
    with dag_of(system):
        [stream] = streams_of(system)

        landed = land(stream)
        verdict = judge(landed)
        merge(verdict)
