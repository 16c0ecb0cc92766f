"""Airflow DAG of what goes on once a day, from what was known yesterday.

    merged since ──across_registers──> findings     corrected since ──recalls──> notices
    answers of receivers ──refused_rows──> cases    past their term ──retention──> deleted, with proof
    batches of the days ──trends──> units by month  dossiers changed ──indicators──> figures

It reads from no system, and no reading waits for it.
"""

from __future__ import annotations

from orchestration.daily import across_registers, daily_dag, indicators, recalls, refused_rows, retention, trends

with daily_dag():
    across_registers()
    recalls()
    refused_rows()
    retention()
    trends()
    indicators()
