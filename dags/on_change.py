"""Airflow DAGs that run when a watched system has news: the same path as the scheduled ones, without waiting for them.

    system ──watcher on the triggerer──> asset ──event──> sync_changed ──> landing, verdicts, warehouse, cases, ledger

Each watched system has one such DAG beside its scheduled one (dags/one_stop.py, dags/registry.py), which stays the
safety net and has the partitions and backfills. How often a system is asked stands in its file (`watch`).
"""

from __future__ import annotations

from orchestration.dag_factory import on_change_dag_of, watched_systems
from orchestration.tasks import sync_changed

for system in watched_systems():
    with on_change_dag_of(system):
        sync_changed(system.id)
