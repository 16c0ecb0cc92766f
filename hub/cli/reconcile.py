"""hub reconcile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.core.errors import NotFound, Unbalanced
from hub.terminal import AsJson, By, console, show


def add_to(app: typer.Typer) -> None:
    app.command()(reconcile)


def reconcile(
    by: By,
    name: Annotated[str | None, typer.Argument(metavar="[SYSTEM|STREAM|FEED]")] = None,
    address: Annotated[
        str, typer.Option(help="Of a feed: where the receiver's program answers (kit/digests.py serve).")
    ] = "",
    sign: Annotated[
        Path | None, typer.Option(help="Write each signed statement into this folder, with its signature.")
    ] = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="By the source's listing: keys and change times, no content.")
    ] = False,
    note: Annotated[
        bool, typer.Option("--note", help="Note records that their source lacks: decisions about them are *confirm*.")
    ] = False,
    last: Annotated[bool, typer.Option("--last", help="Show the last statements; nothing is asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a stream with its source, or a feed with what its receiver holds; the result is a signed statement."""
    from contracts.deployment.files import ListingTerms
    from hub.app import open_hub
    from hub.reconciliation import statement
    from hub.reconciliation.reconciler import Reconciler

    with open_hub() as hub:
        if last or name is None:
            with hub.engine.connect() as connection:
                show(statement.kept(connection), as_json=as_json, title="Last statements")
            return
        folder = hub.scenario.folder / "feed-keys"
        reconciler = Reconciler(hub.engine, folder, hub.deployment.name, hub.scenario.now)
        rows = list[dict[str, object]]()
        streams = [each for each in hub.deployment.streams if name in (each, each.partition(".")[0])]
        if name in hub.feeds:
            if not address:
                raise typer.BadParameter("a receiver answers for itself: --address http://...", param_hint="--address")
            compared = [reconciler.feed(hub.feed(name), address)]
        elif streams:
            compared = list[statement.Reconciled]()
            for stream in streams:
                exchange = hub.exchange(stream)
                compared.append(reconciler.keys(exchange) if keys else reconciler.stream(exchange))
                if note:
                    terms = hub.deployment.stream(stream).system.listing or ListingTerms()
                    noted = reconciler.note_departures(exchange, compared[-1], terms)
                    console.print(f"{stream}: {noted} records noted as gone from their source") if noted else None
        else:
            raise NotFound(f"No system, stream or feed {name}", hint="hub streams and hub feed list show them")
        for each in compared:
            made = reconciler.signed(each, by)
            rows.append(each.row())
            if sign is not None:
                sign.mkdir(parents=True, exist_ok=True)
                file = sign / f"{each.name}-{each.as_of:%Y%m%dT%H%M%SZ}.json"
                file.write_bytes(made.content)
                Path(f"{file}.sig").write_bytes(made.signature)
    show(rows, as_json=as_json, title="Compared")
    if unequal := [each.name for each in compared if not each.equal]:
        raise Unbalanced(
            f"{', '.join(unequal)}: the two sides do not hold the same",
            hint="only there: hub sync --full brings it; only here: hub reconcile --note; a receiver takes a snapshot",
        )
