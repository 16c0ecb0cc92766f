"""The workbench as a tab in Airflow's own screen, a tab of each DAG that leads to the page of its system, and a tab of each
run that leads to what it read.

Airflow shows it in a frame. A view of a plugin is not protected by Airflow, so the workbench keeps its own sessions and
its own rights there; its sign-in may be Airflow's (`workbench_sign_in.py`). Its content policy names this Airflow alone
as the frame's ancestor (`HUB_AIRFLOW_URL`).
"""

from __future__ import annotations

from hub.core.settings import Settings


def views(settings: Settings) -> list[dict[str, str]]:
    """Airflow's description of the tabs; the DAG of a system has the system's name. Airflow writes ids as a URL has them."""
    address = settings.workbench_address
    return [
        {"name": "Một Lần", "href": f"{address}/", "destination": "nav", "category": "browse", "url_route": "motlan"},
        {
            "name": "Một Lần",
            "href": f"{address}/systems/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "motlan-system",
        },
        {
            "name": "Một Lần",
            "href": f"{address}/airflow/{{DAG_ID}}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "motlan-run",
        },
    ]
