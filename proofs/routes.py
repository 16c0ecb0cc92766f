"""Do several ways to the same records tell the same? Each is read into one database that is made for comparing, and dropped.

    python -m proofs.routes SYSTEM --contract CONTRACT [--days N] [--database URL]        exit code 4 when they do not

The same registration told by two systems would stand in the warehouse twice, so other ways (`instead_of`)
never meet it. What is read here takes the real path, is scheduled by nobody and answers nobody.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.interface import Position, Window
from contracts.errors import HubError
from hub.app import Hub, open_hub
from hub.core import events
from hub.core.database import connect, migrate
from hub.core.deployment import Deployment
from hub.core.errors import NotFound, Unbalanced
from hub.load.landing import Landing
from hub.local.scenario import embedded_server
from hub.local.secrets import database_password
from hub.operations.digest import TableDigest, digests
from hub.terminal import failed, show

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


def routes_to(deployment: Deployment, system: str) -> tuple[str, ...]:
    """A system and the other ways to it."""
    return (system, *(each.id for each in deployment.other_ways.values() if each.instead_of == system))


def compare(hub: Hub, url: str, system: str, contract: str, *, since: datetime | None = None) -> Iterator[Way]:
    """Read a contract by every way to a system, from a day on or from the start, into the empty database at `url`, under the hub's own key."""
    window = None if since is None else Window(Position(since))
    with _beside(hub, url, system) as scratch:
        for way in scratch.deployment.systems.values():
            _, counts = scratch.exchange(f"{way.id}.{contract}", on_event=events.ignore).sync(window)
            tables = tuple(digests(scratch.engine, iter([hub.contracts[contract]]), system=way.id))
            received, accepted, quarantined = (
                sum(getattr(c, term) for c in counts.values()) for term in ("received", "accepted", "quarantined")
            )
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
    ways = {name: known[name].model_copy(update={"instead_of": ""}) for name in routes_to(hub.deployment, system)}
    engine = connect(url)
    try:
        migrate(engine)
        yield replace(
            hub,
            deployment=hub.deployment.only(ways),
            scenario=replace(hub.scenario, folder=folder),
            engine=engine,
            landing=Landing(folder / "landing", hub.keys),
            settings=hub.settings.model_copy(update={"secrets_file": hub.secrets_file}),
        )
    finally:
        engine.dispose()
        shutil.rmtree(folder, ignore_errors=True)


def run(system: str, contract: str, *, days: int | None = None, database: str = "") -> None:
    """Read a system by every way that is described to it, and print what each told.

    Raises:
        NotFound: no such system or contract, or no database to compare in.
        Unbalanced: the ways do not tell the same.
    """
    with open_hub() as hub:
        if contract not in hub.contracts or system not in hub.deployment.systems:
            raise NotFound(
                f"No system {system}, or no contract {contract}", hint="hub systems list and hub streams show them"
            )
        if not database and hub.settings.database_url is not None:
            raise NotFound(
                "There is no embedded server here to make a database on",
                hint="give an empty database of yours with --database",
            )
        with nullcontext(database) if database else scratch_database(hub) as url:
            since = None if days is None else hub.scenario.now() - timedelta(days=days)
            ways = list(compare(hub, url, system, contract, since=since))
    show(
        [
            {
                "system": w.system,
                "dialect": w.dialect,
                "received": w.received,
                "accepted": w.accepted,
                "quarantined": w.quarantined,
                "rows": w.tables[0].rows,
                "digest": f"{w.tables[0].digest[:16]}…",
            }
            for w in ways
        ],
        as_json=False,
    )
    if len({way.tables for way in ways}) > 1:
        raise Unbalanced(
            f"The ways to {system} do not tell the same {contract}",
            hint="the digests say which differ; the first is the system's own",
        )


def main() -> None:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.routes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("system")
    parser.add_argument("--contract", required=True, help="what to read by each way")
    parser.add_argument("--days", type=int, help="only the last so many days; by default everything")
    parser.add_argument(
        "--database",
        default="",
        help="URL of an empty database of yours; by default one is made on the embedded server, and dropped",
    )
    given = parser.parse_args()
    try:
        run(given.system, given.contract, days=given.days, database=given.database)
    except HubError as error:
        sys.exit(failed(error))


if __name__ == "__main__":
    main()
