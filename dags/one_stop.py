"""Airflow DAGs of the systems that are read as one stream, such as the one-stop systems of the districts.

    system ──sync──> landing, verdicts, warehouse, cases, ledger: batch by batch (hub/load/exchange.py)

Each system has a DAG of its own, so a district can be paused, owned, retried and backfilled alone. The DAGs differ in
data only: schedule, owner and address stand in the deployment.
"""

from __future__ import annotations

from orchestration.dag_factory import dag_of, single_stream_systems, streams_of
from orchestration.tasks import sync

for system in single_stream_systems():
    with dag_of(system):
        [stream] = streams_of(system)

        sync(stream)
