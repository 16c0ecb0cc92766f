"""Compares several routes to the same records: each is read into one temporary database, which is dropped afterwards.

Two routes to one registration would put it into the warehouse twice, so an alternative route (`instead_of`) is
never synced. A comparison uses the real loading path, but has no schedule and answers no question.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.interface import Position, Window
from hub.app import Hub
from hub.core.database import connect, migrate
from hub.core.deployment import Deployment
from hub.load.landing import Landing
from hub.local.scenario import embedded_server
from hub.local.secrets import database_password
from hub.operations.digest import TableDigest, digests

DATABASE = "compare"


@dataclass(frozen=True)
class Route:
    """Counts and digests of one route."""

    system: str
    dialect: str
    received: int
    accepted: int
    quarantined: int
    tables: tuple[TableDigest, ...]
    """Digests of its rows, without the system's name."""


def ways_to(deployment: Deployment, system: str) -> tuple[str, ...]:
    """A system and its alternative routes."""
    return (system, *(each.id for each in deployment.other_ways.values() if each.instead_of == system))


def compare(hub: Hub, url: str, system: str, contract: str, *, since: datetime | None = None) -> Iterator[Route]:
    """Read a contract by every route to a system into the empty database at `url`, under the hub's own key.

    Reads from `since` on, or everything.
    """
    window = None if since is None else Window(Position(since))
    with _beside(hub, url, system) as scratch:
        for way in scratch.deployment.systems.values():
            _, counts = scratch.exchange(f"{way.id}.{contract}", on_event=lambda event, facts: None).sync(window)
            tables = tuple(digests(scratch.engine, iter([hub.contracts[contract]]), system=way.id))
            received, accepted, quarantined = (sum(getattr(c, term) for c in counts.values()) for term in ("received", "accepted", "quarantined"))
            yield Route(way.id, way.dialect, received, accepted, quarantined, tables)


@contextmanager
def scratch_database(hub: Hub) -> Iterator[str]:
    """The URL of a fresh database beside the hub's own on the embedded server, dropped at the end."""
    server = embedded_server(hub.settings, hub.scenario)
    server.drop(DATABASE)  # of a run that was killed
    yield server.ensure(DATABASE, "hub", database_password(hub.scenario, "hub"))
    server.drop(DATABASE)


@contextmanager
def _beside(hub: Hub, url: str, system: str) -> Iterator[Hub]:
    """The same hub, with all routes to a system as its systems, and temporary state that is deleted at the end: it holds records of people."""
    folder = hub.scenario.folder / DATABASE
    known = {**hub.deployment.systems, **hub.deployment.other_ways}
    ways = {name: replace(known[name], instead_of="") for name in ways_to(hub.deployment, system)}
    engine = connect(url)
    try:
        migrate(engine)
        yield replace(
            hub, deployment=replace(hub.deployment, systems=ways, other_ways={}), scenario=replace(hub.scenario, folder=folder), engine=engine,
            landing=Landing(folder / "landing", hub.keys), settings=hub.settings.model_copy(update={"secrets_file": hub.secrets_file}),
        )  # fmt: skip
    finally:
        engine.dispose()
        shutil.rmtree(folder, ignore_errors=True)
