"""Showcase of alternative routes to the registry: several routes to the same records give the same rows."""

from __future__ import annotations

from datetime import timedelta

from hub.app import Hub
from hub.operations.compare import Route, compare, scratch_database
from hub.terminal import console, show

REGISTRY, CONTRACT = "moj-registry", "recognition"
LAST = timedelta(days=30)


def same_by_every_way(hub: Hub) -> None:
    """Read the smallest register's last month by every route into a temporary database; the digests must be equal."""
    if hub.settings.database_url is not None:
        console.print("\nThe ways to the registry are not compared: that needs the embedded server (hub systems compare takes a database of yours).")
        return
    with scratch_database(hub) as url:
        ways = list(compare(hub, url, REGISTRY, CONTRACT, since=hub.deployment.as_of - LAST))
    console.print(f"\n[bold]One registry, {len(ways)} wires.[/] The {CONTRACT} records of the last month, read by each into a database made for it:")
    show_ways(ways)
    if not ways[0].received:
        console.print("Nothing of it changed in that time: equal digests of nothing prove nothing. hub systems compare reads all.")
    assert len({way.tables for way in ways}) == 1, "two routes to the registry have different records"


def show_ways(ways: list[Route]) -> None:
    """Print one line for each route, with the digest of its current rows."""
    show([
        {"system": w.system, "dialect": w.dialect, "received": w.received, "accepted": w.accepted, "quarantined": w.quarantined,
         "rows": w.tables[0].rows, "digest": f"{w.tables[0].digest[:16]}…"}
        for w in ways
    ], as_json=False)
