"""The tasks: `sync` reads a stream by schedule or by hand, `sync_changed` reads what a watcher has news of.

Each opens the hub, does what the command `hub sync` does, and closes the hub. It returns ids and counts, never a
record. Heavy modules are imported inside the task, so a parse does not load them.

If Airflow runs a task twice, the epoch of the stream lets only one of them write. The next try of a task that died
continues its run, behind the last batch that was merged.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict, cast

from airflow.sdk import get_current_context, task

from orchestration.assets import outlet, warehouse
from orchestration.dag_factory import deployment, streams_of
from orchestration.partitions import on_change_id, partition_of, reading, request_of

if TYPE_CHECKING:
    from connectors.interface import Window
    from hub.app import Hub
    from hub.load.stream_state import Mode

log = logging.getLogger(__name__)

LABEL = "{{ stream }}"
"""A mapped task is labelled with its stream."""


class Synced(TypedDict):
    """What a task returns, for Airflow and for consumers of the asset."""

    stream: str
    run: str
    rows: dict[str, dict[str, int]]
    """Dataset -> the terms of its equation, over all tries of the task."""


@task(map_index_template=LABEL)
def sync(stream: str) -> Synced:
    """Read what is new into the warehouse, batch by batch. A batch is visible as soon as it is merged."""
    context = cast("dict[str, Any]", get_current_context())
    context["stream"] = stream
    from hub.access import reviews
    from hub.app import open_hub
    from hub.cases import clock
    from hub.operations import watch_state

    here = deployment()
    system = here.stream(stream).system.id
    window, mode = reading(context, partition_of(context, system, here.timezone), here.timezone)
    with open_hub() as hub:
        with hub.engine.begin() as connection:
            # The schedule is the safety net, so it is also what finds that nobody watches.
            watch_state.alert_unwatched(connection, hub.deployment.read, hub.scenario.now())
            clock.tend(connection, hub.scenario.now())
            reviews.alert_overdue(connection, hub.scenario.now())
        synced = _synced(hub, stream, request_of(system, context["dag_run"].run_id), window, mode, operator(context))
    _announce(context, here.stream(stream).contract, synced)
    return synced


@task
def sync_changed(system: str) -> list[Synced]:
    """Read the streams that the system's watcher has news of, one after the other; without an event all of them.

    A stream that somebody else reads, or that is paused, is left alone: its news is given back to the watcher.
    """
    context = cast("dict[str, Any]", get_current_context())
    from hub.app import open_hub
    from hub.core.errors import StreamBusy, StreamPaused
    from hub.operations import watch_state

    synced: list[Synced] = []
    request = request_of(on_change_id(system), context["dag_run"].run_id)
    with open_hub() as hub:
        for stream in changed_streams(context) or streams_of(deployment().systems[system]):
            try:
                synced.append(_synced(hub, stream, request, None, "live", operator(context)))
            except (StreamBusy, StreamPaused) as taken:
                log.info("%s: %s", stream, taken.message)
                with hub.engine.begin() as connection:
                    watch_state.give_back(connection, stream)
    for each in synced:
        _announce(context, deployment().stream(each["stream"]).contract, each)
    return synced


def changed_streams(context: Mapping[str, Any]) -> list[str]:
    """The streams that the events of a run name, each once."""
    events = (event for each in (context.get("triggering_asset_events") or {}).values() for event in each)
    named = (stream for event in events for stream in (event.extra.get("payload") or {}).get("streams", ()))
    return list(dict.fromkeys(named))


def operator(context: Mapping[str, Any]) -> str | None:
    """The user of Airflow who started a run or its backfill, as `airflow:NAME`; None: the schedule, or an event."""
    name = context["dag_run"].triggering_user_name
    return f"airflow:{name}" if name else None


def _synced(hub: Hub, stream: str, request: str, window: Window | None, mode: Mode, begun_by: str | None) -> Synced:
    run, counts = hub.exchange(stream, operator=begun_by).sync(window, mode, request=request)
    return {
        "stream": stream,
        "run": run.id,
        "rows": {dataset: dict(vars(terms)) for dataset, terms in counts.items()},
    }


def _announce(context: Mapping[str, Any], contract: str, synced: Synced) -> None:
    context["outlet_events"][outlet(context["dag"].dag_id)].add(warehouse(contract), extra=dict(synced))
