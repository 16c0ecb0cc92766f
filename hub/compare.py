"""Do several ways to the same records tell the same? Each is read into one database that is made for comparing, and dropped.

The same registration told by two systems would stand in the warehouse twice, so other ways (`instead_of`)
never meet it. What is read here takes the real path, is scheduled by nobody and answers nobody.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.interface import Position, Window
from hub import events
from hub.bootstrap import Hub, database_password, embedded_server
from hub.database import connect, migrate
from hub.deployment import Deployment
from hub.digest import TableDigest, digests
from hub.landing import Landing

DATABASE = "compare"


@dataclass(frozen=True)
class Way:
    """What one way brought."""

    system: str
    dialect: str
    received: int
    accepted: int
    quarantined: int
    tables: tuple[TableDigest, ...]
    """Of its rows, apart from the system's name."""


def ways_to(deployment: Deployment, system: str) -> tuple[str, ...]:
    """A system and the other ways to it."""
    return (system, *(each.id for each in deployment.other_ways.values() if each.instead_of == system))


def compare(hub: Hub, url: str, system: str, contract: str, *, since: datetime | None = None) -> Iterator[Way]:
    """Read a contract by every way to a system, from a day on or from the start, into the empty database at `url`, under the hub's own key."""
    window = None if since is None else Window(Position(since))
    with _beside(hub, url, system) as scratch:
        for way in scratch.deployment.systems.values():
            _, counts = scratch.exchange(f"{way.id}.{contract}", told=events.quiet).sync(window)
            tables = tuple(digests(scratch.engine, iter([hub.contracts[contract]]), system=way.id))
            received, accepted, quarantined = (sum(getattr(c, term) for c in counts.values()) for term in ("received", "accepted", "quarantined"))
            yield Way(way.id, way.dialect, received, accepted, quarantined, tables)


@contextmanager
def scratch_database(hub: Hub) -> Iterator[str]:
    """The URL of a fresh database beside the hub's own on the embedded server, dropped at the end."""
    server = embedded_server(hub.settings, hub.scenario)
    server.drop(DATABASE)  # of a run that was killed
    yield server.ensure(DATABASE, "hub", database_password(hub.scenario, "hub"))
    server.drop(DATABASE)


@contextmanager
def _beside(hub: Hub, url: str, system: str) -> Iterator[Hub]:
    """The same hub with all ways to a system for its systems, and with state of its own that goes at the end: it holds people's records."""
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
