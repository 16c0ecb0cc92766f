"""hub run: the complete hub on one machine. It starts database, twins and Airflow, runs every DAG and shows the
results.

This command stands above all layers: it starts processes of packages that it does not import.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.errors import HubError
from hub.cli import Terminated
from hub.cli.serve import serving, workbench_serving
from hub.core.errors import Unbalanced
from hub.terminal import console, counting, failed, show

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.demonstration.twin_process import Twins


def add_to(app: typer.Typer) -> None:
    app.command()(run)


def run(
    once: Annotated[
        bool,
        typer.Option("--once", help="End by itself; exit 0 only if every DAG succeeded and every ledger row balances."),
    ] = False,
    airflow: Annotated[
        bool,
        typer.Option(
            "--airflow/--no-airflow", help="Without Airflow: the same path, stream by stream, in this process."
        ),
    ] = True,
    show: Annotated[
        bool, typer.Option("--show/--no-show", help="Show what the hub does: a held batch, decisions, several routes.")
    ] = True,
    records: Annotated[
        int | None, typer.Option(min=1, help="Registrations of the city, in place of the setting HUB_RECORDS.")
    ] = None,
    most_hours: Annotated[
        float | None, typer.Option(help="Refuse to start if it is going to take longer than this.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Start although disk, memory or time are not going to suffice.")
    ] = False,
) -> None:
    """Start database, twins and Airflow, run every DAG, print the fate of every record, and stay up until Ctrl-C.

    It first says how much disk, memory and time the city needs. A run that was killed goes on where it stopped.
    """
    from hub.core.settings import read_settings
    from hub.demonstration import (
        showcase,
        showcase_once_only,
        showcase_people,
        showcase_portals,
        showcase_service,
        showcase_wsdl,
    )
    from hub.demonstration.local_stack import airflow_up, standing
    from hub.operations import reports

    if records is not None:
        os.environ["HUB_RECORDS"] = str(records)  # the tasks of Airflow read it too
    settings = read_settings()
    started = time.monotonic()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if the shell started this process with it ignored
    with ExitStack() as stack:
        hub, twins = stack.enter_context(standing(settings, most_hours=most_hours, anyway=anyway))
        before = {r["stream"]: r["epoch"] for r in reports.streams(hub)}
        urls = {"twins": f"{settings.twins_address}/control/state", "data docs": str(hub.scenario.folder / "data-docs")}
        if airflow:
            flow = stack.enter_context(airflow_up(settings, hub))
            urls |= {"Airflow": f"{flow.address}  (user operator, password {flow.password})"}
            failures = _run_dags(flow, hub, twins)
        else:
            _await_twins(twins)
            failures = _run_streams(hub)
        urls["API"] = stack.enter_context(serving(hub))
        bench = stack.enter_context(workbench_serving(hub, flow.address if airflow else ""))
        urls["workbench"] = f"{bench}  ({showcase_people.signed_in_as(hub)})"
        _summary(hub, before, time.monotonic() - started)
        if show and (shown := showcase.districts_of(hub)) is not None:
            showcase.held_batch(hub, twins, shown)
            showcase.article_example(hub, shown)
            showcase_once_only.once_only(hub, twins, urls["API"], shown)
            showcase_service.one_question(hub, urls["API"], shown)
            showcase_portals.dossiers_of_two_systems(hub)
        if show:
            showcase_wsdl.only_a_wsdl(hub)
        _balance(hub)
        if failures:
            console.print(f"[red]failed:[/] {', '.join(failures)}")
        if not once:
            if airflow:
                _watch(flow, hub)
            _stay(urls)
    if failures:
        raise typer.Exit(1)


def _await_twins(twins: Twins) -> None:
    """Wait until the twins' city is built and served, and show how far they are."""
    from hub.demonstration.twin_progress import waiting

    with waiting("building the city of the twins", twins.log) as on_wait:
        twins.wait(on_wait=on_wait)


def _run_dags(flow: Any, hub: Hub, twins: Twins) -> list[str]:
    """Unpause and run every DAG, with progress; return those that failed."""
    from hub.core.deployment import pool_purpose

    for pool, slots in hub.deployment.pools.items():
        flow.api.ensure_pool(pool, slots, pool_purpose(pool))
    _await_twins(twins)
    name = f"run-{int(time.time())}"
    day = hub.deployment.today.isoformat()
    # The longest first: the registry's four registers set the time of the whole.
    systems = sorted(hub.deployment.read.values(), key=lambda s: -len(s.contracts))
    failures: list[str] = []
    with counting("DAGs", len(systems)) as step:
        for now in flow.run({s.id: f"{s.id}|{day}" for s in systems}, name):
            step(sum(state in ("success", "failed") for state in now.runs.values()), len(systems))
            failures = now.failed
    return failures


def _watch(flow: Any, hub: Hub) -> None:
    """Have the systems watched from now on: everything has been read once, so what comes is news."""
    watched = [system for system, entry in hub.deployment.read.items() if entry.watch is not None]
    flow.watch(watched)
    console.print(f"watching {len(watched)} systems: what changes there is read within seconds (hub systems list)")


def _run_streams(hub: Hub) -> list[str]:
    """The same path without Airflow; return the streams that failed."""
    from hub.core import events

    failures = []
    streams = list(hub.deployment.streams)
    with counting("streams", len(streams)) as step:
        for done, stream in enumerate(streams, 1):
            try:
                hub.exchange(stream, on_event=events.ignore).sync()
            except HubError as error:
                failed(error)
                failures.append(stream)
            step(done, len(streams))
    return failures


def _summary(hub: Hub, before: dict[str, int], seconds: float) -> None:
    from hub.operations import reports

    rows = reports.by_stream(reports.summary(hub, before))
    work = reports.work(hub, before)
    for row in rows:
        spent = work.get(row["stream"], {})
        row["seconds"] = spent.get("seconds")
        row["rows/s"] = round(row["received"] / spent["seconds"]) if spent.get("seconds") else None
    columns = ["stream", "tables", *reports.TERMS, "findings", "seconds", "rows/s"]
    show(
        rows,
        as_json=False,
        title="received = accepted + unchanged + duplicate + outdated + quarantined",
        columns=columns,
    )
    total = sum(r["received"] for r in rows)
    gate = sum(float(w.get("gate_seconds") or 0) for w in work.values())
    console.print("hub ledger shows every table of every batch")
    streams = len({r["stream"] for r in rows})
    console.print(
        f"{total:,} records of {streams} streams, {seconds:.0f} s since the start; the declared suite took {gate:.1f} s, over all workers"
    )


def _balance(hub: Hub) -> None:
    from hub.operations import reports

    broken = [
        r
        for r in reports.ledger(hub, limit=1_000_000)
        if r["state"] == "applied" and r["received"] != sum(r[t] for t in reports.TERMS[1:])
    ]
    if broken:
        raise Unbalanced(f"{len(broken)} ledger rows do not balance", hint="hub doctor names them")


def _stay(urls: dict[str, str]) -> None:
    console.print("\n[bold]Up.[/] Ctrl-C ends everything.")
    for name, url in urls.items():
        console.print(f"  {name:<10} {url}")
    console.print("  in another shell: .venv/bin/hub streams | ledger | cases list --by-rule | systems list | doctor")
    try:
        while True:
            time.sleep(3600)
    except (KeyboardInterrupt, Terminated):
        console.print("\nending")
