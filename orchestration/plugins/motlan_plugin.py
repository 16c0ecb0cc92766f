"""What Airflow must know by name beside the DAGs. `[core] plugins_folder` points here."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from orchestration.timetables import DayPartitions


class MotLanPlugin(AirflowPlugin):
    """The scheduler finds a custom timetable through a plugin only."""

    name = "motlan"
    timetables = [DayPartitions]
