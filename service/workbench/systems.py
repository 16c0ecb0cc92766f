"""Pages of systems and of runs: what is read, when it was, whether it fails, and one reading in every number."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from starlette.responses import Response

from hub.core.errors import NotFound
from hub.operations import reports, runs
from service.workbench import drawings
from service.workbench.visit import Visit


def systems(visit: Visit) -> Response:
    """Every system with its health: paused, failing, unwatched or well."""
    rows = [row for row in reports.systems(visit.hub) if visit.scope.has_system(row["system"])]
    for row in rows:
        row["health"] = _health(row)
    troubled = [row for row in rows if row["health"] != "well"]
    return visit.page("systems.html", rows=rows, troubled=len(troubled))


def system(visit: Visit) -> Response:
    """One system: its streams, what it promised, its last runs."""
    name = visit.at["system"]
    found = [row for row in reports.systems(visit.hub) if row["system"] == name]
    if not found or not visit.scope.has_system(name):
        raise NotFound(f"No system {name[:60]}", hint="follow a link of the list of systems")
    row = found[0]
    row["health"] = _health(row)
    entry = visit.hub.deployment.described[name]
    streams = [each for each in reports.streams(visit.hub) if each["stream"].split(".", 1)[0] == name]
    for each in streams:  # as it stands in the database: text
        each["position"] = datetime.fromisoformat(each["position"]) if each["position"] else None
    with visit.hub.engine.connect() as connection:
        last = runs.listed(connection, systems=[name], limit=20)
    return visit.page("system.html", row=row, entry=entry, streams=streams, runs=last)


def run_list(visit: Visit) -> Response:
    """The last runs, of all streams or of one."""
    known = [name for name in visit.hub.deployment.streams if visit.scope.has_system(name.split(".", 1)[0])]
    stream = visit.asked("stream")
    with visit.hub.engine.connect() as connection:
        rows = runs.listed(connection, stream=stream, systems=visit.scope.systems, limit=100)
    return visit.page("runs.html", rows=rows, stream=stream, streams=known)


def run(visit: Visit) -> Response:
    """One run: timeline, equation, tries, bytes."""
    with visit.hub.engine.connect() as connection:
        row = runs.one(connection, visit.at["run"])
    if not visit.scope.has_system(row["system"]):
        raise NotFound("No such run", hint="follow a link of the list of runs")
    asked = runs.airflow_of(row["request"])
    in_airflow = f"/dags/{quote(asked[0], safe='')}/runs/{quote(asked[1], safe='')}" if asked else None
    bars = drawings.timeline(row["started_at"], row["ended_at"], row["batches"])
    return visit.page("run.html", run=row, bars=bars, terms=reports.TERMS, in_airflow=in_airflow)


def of_airflow(visit: Visit) -> Response:
    """What a run of Airflow's read: the page of its reading, or their list where it read several streams."""
    with visit.hub.engine.connect() as connection:
        rows = runs.of_airflow(connection, visit.at["dag"], visit.at["run"], systems=visit.scope.systems)
    if not rows:
        raise NotFound("This run of Airflow read nothing that is shown here", hint="it may not have begun to read yet")
    if len(rows) == 1:
        return visit.to(f"/runs/{rows[0]['id']}")
    return visit.page("runs.html", rows=rows, stream=None, streams=sorted({row["stream"] for row in rows}))


def _health(row: dict[str, object]) -> str:
    """One word for the state of a system, the gravest first."""
    for column, word in (("failing since", "failing"), ("paused", "paused"), ("unwatched since", "unwatched")):
        if row.get(column):
            return word
    return "well"
