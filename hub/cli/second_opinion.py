"""hub second-opinion run, list, settle."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.core.errors import EnginesDisagree
from hub.terminal import AsJson, Because, By, failed, show, show_one

app = typer.Typer(no_args_is_help=True)

StreamName = Annotated[str, typer.Argument(metavar="STREAM", help="<system>.<contract>.")]


@app.command()
def run(
    stream: Annotated[
        str | None, typer.Argument(metavar="[STREAM]", help="<system>.<contract>; by default every stream.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let the declared suite judge what was merged since the engines last agreed; exit 7 if they differ."""
    from hub.app import open_hub
    from hub.operations import opinions

    given, worst = [], None
    with open_hub() as hub:
        for name in [stream] if stream else [row["stream"] for row in opinions.listed(hub)]:
            try:
                given.append(vars(opinions.give(hub, name)))
            except EnginesDisagree as error:
                if stream:
                    raise
                worst = failed(error)
    show(given, as_json=as_json, title="Second opinion: both engines agree")
    if worst is not None:
        raise typer.Exit(worst)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Streams that were read: since when both engines agree, what was merged since, and where they differ."""
    from hub.app import open_hub
    from hub.operations import opinions

    with open_hub() as hub:
        show(opinions.listed(hub), as_json=as_json, title="Second opinion, stopped streams first")


@app.command()
def settle(stream: StreamName, because: Because, by: By, as_json: AsJson = False) -> None:
    """End a disagreement on your responsibility: the stream goes on, and its records are reused again."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.operations import opinions

    with open_hub() as hub:
        settled = opinions.settle(hub, stream, Actor(by, because))
        show_one({"settled": settled, "by": by, "because": because}, as_json=as_json)
