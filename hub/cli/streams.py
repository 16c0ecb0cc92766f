"""hub streams, sync, replay, trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.local_time import LOCAL
from hub.cli.looking import LookBy, LookReason, looker
from hub.terminal import AsJson, dump, event_printer, login, show, show_one

if TYPE_CHECKING:
    from hub.load.counts import Counts
    from hub.load.stream_state import Mode

StreamName = Annotated[
    str, typer.Argument(metavar="STREAM", help="<system>.<contract>; the system alone when it has one stream.")
]
From = Annotated[datetime | None, typer.Option("--from", help="Change time from, inclusive (Vietnam's time).")]
To = Annotated[datetime | None, typer.Option("--to", help="Change time to, inclusive (Vietnam's time).")]


def add_to(app: typer.Typer) -> None:
    app.command()(streams)
    app.command()(sync)
    app.command()(replay)
    app.command()(trace)


def streams(as_json: AsJson = False) -> None:
    """All streams, with the position of each and the time of its last reading."""
    from hub.app import open_hub
    from hub.operations import reports

    with open_hub() as hub:
        show(
            reports.streams(hub),
            as_json=as_json,
            title="Streams",
            columns=["stream", "title", "position", "polled_at", "epoch", "paused"],
        )


def sync(
    stream: Annotated[
        str | None,
        typer.Argument(metavar="[STREAM]", help="<system>.<contract>; the system alone: all its streams."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Read all streams of the deployment.")] = False,
    since: From = None,
    until: To = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything from the beginning.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only fetch and validate; nothing is written.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read one stream, all streams of a system, or all (--all) from their systems into the warehouse.

    A window (--from, --to) never moves the live position. Of several streams, one that fails stops no other; the exit
    code is that of a failure that somebody must act on, else of one that waiting heals.
    """
    if full and (since or until):
        raise typer.BadParameter("--full reads everything: give it no --from or --to")
    if every == (stream is not None):
        raise typer.BadParameter("name a stream or a system, or give --all")
    from connectors.interface import Position, Window
    from hub.app import open_hub
    from hub.cli.several import sync_several
    from hub.operations.dry_run import dry_run_counts

    window = Window(
        Position(since.replace(tzinfo=LOCAL)) if since else None, until.replace(tzinfo=LOCAL) if until else None
    )
    mode: Mode = "full" if full else "window" if since or until else "live"
    with open_hub() as hub, event_printer() as on_event:
        named = list(hub.deployment.streams.values()) if stream is None else hub.deployment.streams_of(stream)
        if len(named) != 1 or every:
            if dry_run:
                raise typer.BadParameter("--dry-run tries one stream: name it as <system>.<contract>")
            sync_several(hub, [each.id for each in named], window, mode, on_event, as_json=as_json)
            return
        exchange = hub.exchange(named[0].id, on_event=on_event, operator=login())
        if dry_run:
            show(
                dry_run_counts(exchange, None if mode == "live" else window),
                as_json=as_json,
                title=f"{exchange.stream}: would receive",
            )
            return
        run, counts = exchange.sync(window if mode != "live" else None, mode)
    print_counts(exchange.stream, run.id, counts, as_json)


def replay(stream: StreamName, since: From = None, until: To = None, as_json: AsJson = False) -> None:
    """Validate landed bytes again (by landing time) and merge what differs, after a rule or reader was repaired."""
    from hub.app import open_hub

    with open_hub() as hub, event_printer() as on_event:
        exchange = hub.exchange(stream, on_event=on_event, operator=login())
        run, counts = exchange.replay(
            since.replace(tzinfo=LOCAL) if since else None, until.replace(tzinfo=LOCAL) if until else None
        )
    print_counts(exchange.stream, run.id, counts, as_json)


def trace(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="<dataset>/<system>/<key>")],
    by: LookBy,
    because: LookReason = "",
    as_json: AsJson = False,
) -> None:
    """Trace a warehouse row to the landed bytes it came from, and verify them."""
    from hub.access import looks
    from hub.app import open_hub
    from hub.operations import reports

    person = looker(by, because, record)
    with open_hub() as hub:
        found = reports.trace(hub, record)
        with hub.engine.begin() as connection:
            looks.note(connection, hub.keys, hub.scenario.now(), person, record, dataset=record.partition("/")[0])
        show_one(found, as_json=as_json)


def print_counts(stream: str, run: str, counts: Mapping[str, Counts], as_json: bool) -> None:
    """Print what a run did, dataset by dataset."""
    from hub.load.ledger import terms

    rows = [{"dataset": name, **vars(each)} for name, each in counts.items()]
    if as_json:
        print(dump({"stream": stream, "run": run, "datasets": rows, "total": dict(terms(counts))}))
    elif not rows:
        print(f"{stream}: nothing new")
    else:
        show(rows, as_json=False, title=stream)
