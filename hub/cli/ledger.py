"""hub ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.terminal import AsJson, show


def add_to(app: typer.Typer) -> None:
    app.command()(ledger)


def ledger(
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]")] = None,
    limit: Annotated[int, typer.Option(help="How many rows, newest first.")] = 50,
    feeds: Annotated[
        bool, typer.Option("--feeds", help="The way out: released = acknowledged + refused + waiting + unknown.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The ledger of batches: received = accepted + unchanged + duplicate + outdated + quarantined."""
    from hub.app import open_hub
    from hub.operations import reports

    if feeds:
        from hub.feeds import listing

        with open_hub() as hub, hub.engine.connect() as connection:
            show(listing.ledger(connection, limit), as_json=as_json, title="Ledger of deliveries, newest first")
        return
    with open_hub() as hub:
        show(reports.ledger(hub, stream, limit=limit), as_json=as_json, title="Ledger, newest first")
