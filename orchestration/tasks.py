"""The task of a stream: `sync` opens the hub, walks the main path as `hub sync` does, and closes it.

What it hands on are ids and counts, never a record. Heavy imports happen inside: a parse costs none.
A task that Airflow runs twice is harmless: the epoch of the stream lets one of them win. Another try of a task
that died goes on with its run, behind the last batch that was merged.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from airflow.sdk import get_current_context, task

from orchestration.assets import WAREHOUSE, warehouse
from orchestration.dag_factory import deployment
from orchestration.partitions import partition_of, reading, request_of

LABEL = "{{ stream }}"
"""A mapped task shows the name of its stream."""


class Synced(TypedDict):
    """What a task hands on, to Airflow and to whoever waits for the rows."""

    stream: str
    run: str
    rows: dict[str, dict[str, int]]
    """Dataset -> the terms of its equation, over all tries of the task."""


@task(map_index_template=LABEL, outlets=[WAREHOUSE])
def sync(stream: str) -> Synced:
    """Read what is new, batch by batch, into the warehouse: each is visible as soon as it is merged."""
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
