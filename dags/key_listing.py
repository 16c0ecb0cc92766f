"""Airflow DAGs of key listings: by the schedule of a system's file all keys of its streams are listed and compared.

    source ──all keys──> compared with the warehouse ──> left: a finding, for a person; missing: asked for by key

One DAG for each system whose file has `listing:`. No reading waits for it.
"""

from __future__ import annotations

from orchestration.dag_factory import streams_of
from orchestration.key_listing import key_listing, key_listing_dag, listed_systems

for system in listed_systems():
    with key_listing_dag(system):
        key_listing.expand(stream=streams_of(system))
