"""The task of a stream: `sync` opens the hub, does what the command `hub sync` does, and closes the hub.

It returns ids and counts, never a record. Heavy modules are imported inside the task, so a parse does not load them.
If Airflow runs a task twice, the epoch of the stream lets only one of them write. The next try of a task that died
continues its run, behind the last batch that was merged.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from airflow.sdk import get_current_context, task

from orchestration.assets import WAREHOUSE, warehouse
from orchestration.dag_factory import deployment
from orchestration.partitions import partition_of, reading, request_of

LABEL = "{{ stream }}"
"""A mapped task is labelled with its stream."""


class Synced(TypedDict):
    """What a task returns, for Airflow and for consumers of the asset."""

    stream: str
    run: str
    rows: dict[str, dict[str, int]]
    """Dataset -> the terms of its equation, over all tries of the task."""


@task(map_index_template=LABEL, outlets=[WAREHOUSE])
def sync(stream: str) -> Synced:
    """Read what is new into the warehouse, batch by batch. A batch is visible as soon as it is merged."""
    context = cast("dict[str, Any]", get_current_context())
    context["stream"] = stream
    from hub.app import open_hub

    here = deployment()
    system = here.stream(stream).system.id
    window, mode = reading(context, partition_of(context, system, here.timezone), here.timezone)
    with open_hub() as hub:
        contract = hub.deployment.stream(stream).contract
        run, counts = hub.exchange(stream).sync(window, mode, request=request_of(system, context["dag_run"].run_id))
    synced: Synced = {
        "stream": stream,
        "run": run.id,
        "rows": {dataset: dict(vars(terms)) for dataset, terms in counts.items()},
    }
    context["outlet_events"][WAREHOUSE].add(warehouse(contract), extra=dict(synced))
    return synced
