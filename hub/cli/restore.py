"""hub restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL
from hub.terminal import console


def add_to(app: typer.Typer) -> None:
    app.command()(restore)


def restore(
    backup: Annotated[str, typer.Argument(metavar="[BACKUP]", help="By default the newest that fits.")] = "",
    to: Annotated[
        str,
        typer.Option(help="Moment in ISO 8601, in Vietnam's time unless it says another; by default all there is."),
    ] = "",
    into: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="A new data folder, for a server of your own; by default the embedded server's."
        ),
    ] = None,
) -> None:
    """Restore a backup to a moment or to its end; a database that is there is never overwritten."""
    from hub.backup.catalogue import catalogue_of, scenario_of
    from hub.backup.checking import major_of
    from hub.backup.landing_copy import copy_pages
    from hub.backup.restoring import require_release, restore, restore_into, target_of
    from hub.core.settings import read_settings
    from hub.local.scenario import embedded_server

    settings = read_settings()
    if settings.database_url is not None and into is None:
        raise DeploymentInvalid(
            "HUB_DATABASE_URL names a server of your own: its data folder is its administrator's",
            hint="hub restore --into FOLDER, then start that server on the folder",
        )
    try:
        moment = datetime.fromisoformat(to) if to else None
    except ValueError:
        raise typer.BadParameter(f"--to {to} is no moment; write 2026-07-01T08:30") from None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=LOCAL)
    scenario = scenario_of(settings)
    catalogue = catalogue_of(settings, scenario)
    target = target_of(catalogue, moment, backup)
    landing = scenario.folder / "landing"
    if into is not None:
        made = restore_into(catalogue, target, into.absolute())
        pages = copy_pages(catalogue.landing, landing, over=False)
        console.print(
            f"{made}: give it to the account of PostgreSQL {target.backup.major}, and start that server on it"
        )
    else:
        server = embedded_server(settings, scenario)
        require_release(target.backup, major_of(server.programs.folder))
        pages = restore(catalogue, target, server, landing)
    console.print(f"restored from backup {target.backup.id}, to {to or 'its end'}; {pages} landed pages were put back")
    console.print("next: hub doctor, then hub backup run: the log of the old backup does not go on")
