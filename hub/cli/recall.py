"""hub recall list, show, look, notify, acknowledge: who holds an older version of a record, and whether they know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.terminal import AsJson, Because, By, show, show_one

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False, as_json: AsJson = False
) -> None:
    """Recalls that are open: records whose older version somebody holds, with the number of notices."""
    from hub.app import open_hub
    from hub.recall import recalls

    with open_hub() as hub, hub.engine.connect() as connection:
        found = recalls.listed(connection, everything=all_)
    show(found, as_json=as_json, title="Recalls")


@app.command("show")
def show_(number: int, as_json: AsJson = False) -> None:
    """One recall: who holds the older version, in what, and whether they know."""
    from hub.app import open_hub
    from hub.recall import recalls

    with open_hub() as hub, hub.engine.connect() as connection:
        found = recalls.notices(connection, number)
    show(found, as_json=as_json, title=f"Notices of recall {number}")


@app.command()
def look(as_json: AsJson = False) -> None:
    """Look for corrections since the last look: open recalls, settle what is known by now. For cron, every few minutes."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        found = daily.recall(hub)
    show_one(vars(found), as_json=as_json)


@app.command()
def notify(folder: Path, as_json: AsJson = False) -> None:
    """Write the notices that wait as CloudEvents into a folder, a file for each agency."""
    from hub.app import open_hub
    from hub.recall import events

    with open_hub() as hub, hub.engine.begin() as connection:
        sent = events.send(connection, folder, hub.deployment.name, hub.scenario.now())
    show([{"agency": agency, "notices": number} for agency, number in sent.items()], as_json=as_json, title="Sent")


@app.command()
def acknowledge(
    notices: Annotated[list[int], typer.Argument(metavar="NOTICE...", help="Numbers that hub recall show lists.")],
    because: Because,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Note that the holders know: a recall is closed when each of its notices is acknowledged."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.recall import recalls

    with open_hub() as hub, hub.engine.begin() as connection:
        closed = recalls.acknowledge(connection, notices, Actor(by, because), hub.scenario.now())
    show_one({"acknowledged": len(notices), "recalls closed": closed}, as_json=as_json)
