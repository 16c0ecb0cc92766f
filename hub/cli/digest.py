"""hub digest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.terminal import AsJson, show


def add_to(app: typer.Typer) -> None:
    app.command()(digest)


def digest(
    system: Annotated[
        str | None,
        typer.Option(help="Only this system's rows, apart from its name: equal for two ways to the same records."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rows and SHA-256 of each table; two hubs with the same records under the same key have equal digests."""
    from hub.app import open_hub
    from hub.operations.digest import digests

    with open_hub() as hub:
        rows = [asdict(each) for each in digests(hub.engine, iter(hub.contracts.values()), system=system)]
    show(rows, as_json=as_json, title="What the warehouse holds")
