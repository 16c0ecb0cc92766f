"""DAGs apart from readings: by a schedule of their own, one run at a time, in no system's pool.

No reading waits for them: their tasks take no slot of a system's pool, and one of a kind runs at a time.
"""

from __future__ import annotations

from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable

from orchestration.dag_factory import LONGEST_TASK, deployment
from orchestration.retries import DELAY, RETRIES, ErrorTreePolicy

POOL = "default_pool"
"""Airflow makes it by itself; the pools of the systems belong to readings."""


def dag_apart(dag_id: str, *, title: str, about: str, page: str, schedule: str, owner: str, tag: str) -> DAG:
    """A DAG without its task yet: `with dag_apart(...): ...`. `schedule` is a cron line in the deployment's time zone."""
    return DAG(
        dag_id=dag_id,
        dag_display_name=title,
        description=about,
        doc_md=page,
        schedule=CronTriggerTimetable(schedule, timezone=deployment().timezone),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=[tag],
        default_args={
            "owner": owner,
            "pool": POOL,
            "retries": RETRIES,
            "retry_delay": DELAY,
            "retry_policy": ErrorTreePolicy(),
            "execution_timeout": LONGEST_TASK,
        },
    )
