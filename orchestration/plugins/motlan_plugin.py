"""Classes that Airflow must find by name. `[core] plugins_folder` points here."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from orchestration.timetables import DayPartitions


class MotLanPlugin(AirflowPlugin):
    """Registers our timetable: the scheduler finds a custom timetable only through a plugin."""

    name = "motlan"
    timetables = [DayPartitions]
