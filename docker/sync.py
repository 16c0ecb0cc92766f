"""One sync of every system through a running Airflow, for docker/image-proof.sh. Runs inside a container of the hub.

sync.py start RUN             make the pools, start every DAG, unpause it
sync.py until RUN WORKER      wait until that worker is in the middle: it has finished a stream and syncs another
sync.py finish RUN WORKER     wait for the end; tell who ran what; exit 1 unless every DAG succeeded and what the lost worker
                              left behind was tried again
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hub.core.deployment import load_deployment, pool_purpose
from hub.core.settings import read_settings
from orchestration.local.rest import FINISHED, AirflowApi, wait

PATIENCE_S = 1500.0

settings = read_settings()
deployment = load_deployment(settings.deployment, as_of=settings.as_of)
password = json.loads(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]).read_text())["operator"]
api = AirflowApi(
    os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].removesuffix("/execution/"), "operator", password
)


def start(run: str) -> None:
    """Start all DAGs, the one with the most streams first."""
    if not wait(lambda: set(deployment.read) <= set(api.dags()), 180.0, 2.0):
        sys.exit(f"Airflow does not know all DAGs: {'; '.join(api.import_errors()) or 'no import error'}")
    for pool, slots in deployment.pools.items():
        api.ensure_pool(pool, slots, pool_purpose(pool))
    for system in sorted(deployment.read.values(), key=lambda s: -len(s.contracts)):
        api.trigger(system.id, run_id=run, partition_key=f"{system.id}|{deployment.today}")
        api.pause(system.id, False)
    print(f"{len(deployment.read)} DAGs started as {run}")


def until(run: str, worker: str) -> None:
    """Wait until the worker is in the middle of its work."""

    def in_the_middle() -> bool:
        mine = [t for t in api.tasks(run) if t["hostname"] == worker]
        # A sync takes seconds, if only for its imports: the blow falls before it is over.
        return {"running", "success"} <= {t["state"] for t in mine if t["task_id"] == "sync"}

    if not wait(in_the_middle, 600.0, 0.5):
        sys.exit(f"{worker} never synced a second stream")
    running = [_name(task) for task in api.tasks(run) if task["hostname"] == worker and task["state"] == "running"]
    print(f"{worker} runs {', '.join(running)}")
    _noted(run).write_text(json.dumps(running))


def finish(run: str, lost: str) -> None:
    """Wait for the end and judge it."""
    deadline, reported_at = time.monotonic() + PATIENCE_S, 0.0
    while not (now := api.progress(run)).done or len(now.runs) < len(deployment.read):
        if time.monotonic() > deadline:
            break
        if time.monotonic() - reported_at > 20:
            reported_at = time.monotonic()
            ended = sum(state in FINISHED for state in now.runs.values())
            print(f"DAGs ended: {ended} of {len(deployment.read)}; tasks {dict(sorted(now.tasks.items()))}", flush=True)
        time.sleep(2)
    tasks = api.tasks(run)
    by_worker = Counter(t["hostname"] for t in tasks if t["state"] == "success")
    again = [t for t in tasks if t["try_number"] > 1]
    print(f"tasks ended well by worker: {dict(sorted(by_worker.items()))}")
    for task in again:
        print(f"tried again: {_name(task)}, try {task['try_number']} by {task['hostname']}: {task['state']}")
    bad = {dag: state for dag, state in now.runs.items() if state != "success"}
    if bad:
        sys.exit(f"not well: {bad}")
    ran = set(json.loads(_noted(run).read_text()))
    first = {
        _name(t) for t in tasks if t["hostname"] == lost and t["try_number"] == 1
    }  # ended before the blow after all
    if forgotten := ran - first - {_name(t) for t in again}:
        sys.exit(f"{lost} ran them when it was stopped, and nobody tried them again: {', '.join(sorted(forgotten))}")
    if not ran & {_name(t) for t in again}:
        sys.exit(f"nothing was tried again: {lost} was not stopped in the middle of anything")
    print(f"all {len(now.runs)} DAGs succeeded")


def _noted(run: str) -> Path:
    return Path(tempfile.gettempdir(), f"{run}.running.json")


def _name(task: dict[str, object]) -> str:
    number = f"[{task['map_index']}]" if task["map_index"] != -1 else ""
    return f"{task['dag_id']}.{task['task_id']}{number}"


if __name__ == "__main__":
    {"start": start, "until": until, "finish": finish}[sys.argv[1]](*sys.argv[2:])
