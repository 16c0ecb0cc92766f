"""The three tasks of a stream: land, judge, merge. Each opens the hub, does one step, and closes it.

Between them travel ids and counts, never a record. Heavy imports happen inside: a parse costs none.
A task that Airflow runs twice is harmless: the epoch of the stream lets one of them win.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from airflow.sdk import get_current_context, task

from orchestration.assets import WAREHOUSE, warehouse
from orchestration.dag_factory import deployment
from orchestration.partitions import partition_of, reading

LABEL = "{{ stream }}"
"""A mapped task shows the name of its stream."""


class Landed(TypedDict):
    """What landing tells the next task."""

    stream: str
    run: str
    batches: int
    records: int


class Judged(Landed):
    """What judging tells the next task."""

    broken: dict[str, int]
    """Rule -> rows that break it; rules that none breaks are left out."""


@task(map_index_template=LABEL)
def land(stream: str) -> Landed:
    """Fetch what is new, complete pages only, into the landing."""
    context = _labelled(stream)
    from hub.app import open_hub
    from hub.core import events

    here = deployment()
    partition = partition_of(context, here.stream(stream).system.id, here.timezone)
    window, mode = reading(context, partition, here.timezone)
    tally = {"batches": 0, "records": 0}

    def on_event(event: str, facts: Mapping[str, object]) -> None:
        events.emit(event, facts)
        if event == "batch.landed":
            tally["batches"] += 1
            tally["records"] += int(str(facts["records"]))

    with open_hub() as hub:
        run = hub.exchange(stream, on_event=on_event).land(window, mode)
    return {"stream": stream, "run": run.id, "batches": tally["batches"], "records": tally["records"]}


@task(map_index_template=LABEL)
def judge(landed: Landed) -> Judged:
    """Give each row its verdict, stage it, and let the declared suite judge the stage."""
    _labelled(landed["stream"])
    from hub.app import open_hub

    with open_hub() as hub:
        broken = hub.exchange(landed["stream"]).judge(landed["run"])
    return {**landed, "broken": dict(broken)}


@task(map_index_template=LABEL, outlets=[WAREHOUSE])
def merge(verdict: Judged) -> dict[str, dict[str, int]]:
    """Rows, history, cases, ledger and position in one transaction a batch; return the equation by dataset."""
    context = _labelled(verdict["stream"])
    from hub.app import open_hub

    with open_hub() as hub:
        contract = hub.deployment.stream(verdict["stream"]).contract
        counts = hub.exchange(verdict["stream"]).merge(verdict["run"])
    equation = {dataset: dict(vars(terms)) for dataset, terms in counts.items()}
    extra = {"stream": verdict["stream"], "run": verdict["run"], "rows": equation}
    context["outlet_events"][WAREHOUSE].add(warehouse(contract), extra=extra)
    return equation


def _labelled(stream: str) -> dict[str, Any]:
    context = cast("dict[str, Any]", get_current_context())
    context["stream"] = stream
    return context
