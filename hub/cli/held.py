"""hub held list, release, discard."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.streams import print_counts
from hub.terminal import AsJson, Because, By, event_printer, show, show_one

app = typer.Typer(no_args_is_help=True)

BatchName = Annotated[str, typer.Argument(metavar="BATCH", help="Its id, or how the id begins.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Held batches, and why each is held."""
    from hub.app import open_hub
    from hub.operations import reports

    with open_hub() as hub:
        show(reports.held(hub), as_json=as_json, title="Held batches, newest first")


@app.command("pass", hidden=True, deprecated=True)  # the name until 2026-12; goes with the next release
@app.command()
def release(batch: BatchName, because: Because, by: By, as_json: AsJson = False) -> None:
    """Release a held batch on your responsibility. Refused if other batches were merged since."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.load import batches

    with open_hub() as hub, event_printer() as on_event:
        with hub.engine.connect() as connection:
            stream = batches.find(connection, batch).stream
        run, counts = hub.exchange(stream, on_event=on_event, operator=by).release(batch, Actor(by, because))
    print_counts(stream, run.id, counts, as_json)


@app.command()
def discard(batch: BatchName, because: Because, by: By, as_json: AsJson = False) -> None:
    """Discard a held batch: it can no longer be released. Its landed bytes stay, and the position does not move."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.load import held_batches

    with open_hub() as hub:
        with hub.engine.begin() as connection:
            discarded = held_batches.discard(connection, batch, Actor(by, because), hub.scenario.now())
        show_one({"discarded": discarded, "by": by, "because": because}, as_json=as_json)
