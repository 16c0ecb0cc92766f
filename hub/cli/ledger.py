"""hub ledger."""

from __future__ import annotations

from pathlib import Path
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
    xlsx: Annotated[Path | None, typer.Option(help="Write it as a workbook too; no cell is a formula.")] = None,
    as_json: AsJson = False,
) -> None:
    """The ledger of batches: received = accepted + unchanged + duplicate + outdated + quarantined."""
    from hub.app import open_hub
    from hub.operations import reports

    title = "Ledger of deliveries, newest first" if feeds else "Ledger, newest first"
    with open_hub() as hub:
        if feeds:
            from hub.feeds import listing

            with hub.engine.connect() as connection:
                rows = listing.ledger(connection, limit)
        else:
            rows = reports.ledger(hub, stream, limit=limit)
    if xlsx is not None:
        from hub.feeds.forms.workbook import workbook

        xlsx.write_bytes(workbook(rows, title))
    show(rows, as_json=as_json, title=title)
