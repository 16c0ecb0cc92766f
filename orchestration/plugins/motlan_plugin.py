"""Classes that Airflow must find by name. `[core] plugins_folder` points here."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from hub.core.settings import read_settings
from orchestration import workbench_sign_in, workbench_tab
from orchestration.timetables import DayPartitions


class MotLanPlugin(AirflowPlugin):
    """Registers our timetable (the scheduler finds a custom timetable only through a plugin), the workbench's tabs and
    the page that vouches for Airflow's user there."""

    name = "motlan"
    timetables = [DayPartitions]
    fastapi_apps = [workbench_sign_in.PAGE]
    external_views = workbench_tab.views(read_settings())
