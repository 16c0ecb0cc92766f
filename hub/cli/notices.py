"""hub notices list, send."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.terminal import AsJson, show, show_one

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """What waits for somebody now: who answers, why, and the next step; nothing is sent."""
    from hub.app import open_hub
    from hub.notices.news import gather

    with open_hub() as hub:
        rows = [vars(each) for each in gather(hub)]
    show(rows, as_json=as_json, title="Notices", columns=["owner", "en", "next_en", "path", "runbook"])


@app.command()
def send(
    digest: Annotated[
        bool, typer.Option("--digest", help="Everything that is true now, once a morning; without it what is new.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send what is new by mail (HUB_SMTP_URL) and webhook (HUB_WEBHOOK_URL); for cron, every few minutes."""
    from hub.app import open_hub
    from hub.notices import sending

    with open_hub() as hub:
        done = sending.send(hub, digest=digest)
    show_one(vars(done), as_json=as_json)
