"""Database, twins and Airflow of a scenario on one machine, running during a block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from hub.app import Hub, open_hub
from hub.core.deployment import load_deployment
from hub.core.settings import Settings
from hub.demonstration.needs import needs_of, require
from hub.demonstration.twin_process import Twins
from hub.local.scenario import embedded_server, open_scenario
from hub.local.secrets import database_password, store_address
from hub.terminal import console


@contextmanager
def standing(
    settings: Settings, *, most_hours: float | None = None, anyway: bool = False
) -> Iterator[tuple[Hub, Twins]]:
    """Database and twins, running during the block.

    Raises:
        NoRoom: the scenario needs more than there is, and nobody wants it `anyway`; nothing was started.
    """
    deployment = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    scenario = open_scenario(settings, deployment)
    deployment = replace(deployment, clock=scenario.now)
    districts = sum("dossier" in system.contracts and not system.repeats for system in deployment.systems.values())
    size = f"{settings.records:,} registrations, {districts} x {settings.dossiers:,} dossiers"
    console.print(f"[bold]Một Lần[/] · {deployment.title} · {size} · seed {settings.seed} · {scenario.folder}")
    needs = needs_of(settings, scenario.folder, districts)
    console.print(str(needs))
    if not anyway:
        require(needs, most_hours)
    with ExitStack() as stack:
        hub = stack.enter_context(open_hub(settings))  # first: one of the twins fills a database of the same server
        twins = Twins(settings, scenario, deployment)
        stack.callback(twins.stop)
        twins.start()
        if settings.database_url is None:
            listed = ", ".join(
                f"{name} {value}" for name, value in embedded_server(settings, scenario).settings.items()
            )
            console.print(f"database: embedded PostgreSQL on 127.0.0.1:{settings.database_port} ({listed})")
        yield hub, twins


@contextmanager
def airflow_up(settings: Settings, hub: Hub, **options: Any) -> Iterator[Any]:
    """Airflow's processes, running during the block; `options` are those of `LocalAirflow`."""
    from orchestration.local.stack import LocalAirflow  # a higher layer: started here, and imported by nothing below

    url = hub.engine.url.set(drivername="postgresql", database="airflow").render_as_string(hide_password=False)
    if settings.database_url is None:
        url = embedded_server(settings, hub.scenario).ensure(
            "airflow", "airflow", database_password(hub.scenario, "airflow")
        )
    given = {name: value for name, value in os.environ.items() if name.startswith("HUB_")}
    # With the address, a task neither searches the embedded server nor sets its role's password concurrently.
    given["HUB_DATABASE_URL"] = hub.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    if settings.database_url is None or settings.store_url is not None:
        given["HUB_STORE_URL"] = store_address(settings)  # without its owner's login: that is the twin's
    flow = LocalAirflow(hub.scenario.folder / "airflow", settings.airflow_port, url, given, **options)
    console.print(f"Airflow: starting on {flow.address}")
    flow.prepare()
    try:
        flow.start()
        flow.await_dags(set(hub.deployment.read))
        yield flow
    finally:
        flow.stop()
