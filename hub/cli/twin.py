"""hub twin serve."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.bootstrap import open_scenario
from hub.cli.processes import twin_command
from hub.deployment import load_deployment
from hub.settings import read_settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def serve(host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other hosts read.")] = "127.0.0.1") -> None:
    """Serve the twins of this scenario in the foreground, until Ctrl-C."""
    import os

    settings = read_settings()
    deployment = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    command = twin_command(settings, open_scenario(settings, deployment), deployment)
    command += ["--host", host]
    os.execv(command[0], command)  # noqa: S606 - becomes the twins, no shell between
