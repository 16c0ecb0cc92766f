"""hub backup run, follow, list, verify, rehearse, prune."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from hub.terminal import AsJson, console, show, show_one

if TYPE_CHECKING:
    from hub.backup.catalogue import Backup, Catalogue
    from hub.local.scenario import Scenario

app = typer.Typer(no_args_is_help=True)
BackupName = Annotated[str, typer.Argument(metavar="[BACKUP]", help="By default the newest.")]


@app.command()
def run(
    digest: Annotated[
        bool, typer.Option("--digest/--no-digest", help="Keep the warehouse's digest: a rehearsal compares with it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Take a base backup of the database, its log until now, and the landing."""
    from hub.app import open_hub
    from hub.backup.catalogue import catalogue_of
    from hub.backup.server import server_of
    from hub.backup.taking import take

    with open_hub() as hub:
        catalogue = catalogue_of(hub.settings, hub.scenario)
        server = server_of(hub.settings, hub.scenario)
        taken = take(hub, server, catalogue, with_digest=digest)
    show_one(_row(taken), as_json=as_json)
    if not as_json:
        console.print(f"in {catalogue.path(taken)}; the master key and the credentials are not: keep them elsewhere")


@app.command()
def follow(
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks at the log.")] = 5.0,
    base_every: Annotated[
        float | None, typer.Option(min=0.1, help="Hours after which a new base backup is taken; by default never.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="After a new one, remove older backups than the newest N.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Fetch what is there, and end.")] = False,
) -> None:
    """Fetch log and landing as they grow, until Ctrl-C: what is lost with the database is seconds."""
    from hub.app import open_hub
    from hub.backup.catalogue import catalogue_of
    from hub.backup.server import LogLost, server_of
    from hub.backup.taking import Seen, fetch, prune, take

    with open_hub() as hub:
        catalogue, server = catalogue_of(hub.settings, hub.scenario), server_of(hub.settings, hub.scenario)
        server.require_log()
        seen: Seen = {}
        while True:
            newest = catalogue.all()[-1:]
            if base_every is not None and (not newest or _age(newest[0]) > timedelta(hours=base_every)):
                backup = take(hub, server, catalogue)
                if keep is not None:
                    prune(catalogue, keep)
            else:
                try:
                    backup = fetch(hub, server, catalogue, catalogue.newest(), seen)
                except LogLost:
                    if base_every is None:
                        raise
                    backup = take(hub, server, catalogue)
            if once:
                break
            time.sleep(every)
    console.print(f"backup {backup.id} reaches to {backup.fetched_at}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All backups: from when to when each can be restored."""
    show([_row(each) for each in _catalogue().all()], as_json=as_json, title="Backups")


@app.command()
def verify(
    backup: BackupName = "",
    pages: Annotated[
        int | None, typer.Option(min=0, help="Open so many landed pages, spread over all; by default every one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the bytes of a backup: the base by its manifest, the log for gaps, landed pages by their hash."""
    from dataclasses import asdict

    from hub.backup.checking import verify as check
    from hub.core.crypto import Keys
    from hub.core.settings import read_settings
    from hub.local.server_account import installed

    settings, catalogue, scenario = read_settings(), _catalogue(), _scenario()
    file = settings.key_file or scenario.folder / "keys.json"
    keys = Keys.from_file(file) if file.exists() else None
    programs = settings.postgres_bin or installed() / "bin"
    found = check(catalogue, catalogue.read(backup) if backup else catalogue.newest(), programs, keys, pages)
    show_one(asdict(found), as_json=as_json)
    if keys is None:
        console.print(f"{file} is not here: no landed page was opened")


@app.command()
def rehearse(backup: BackupName = "", as_json: AsJson = False) -> None:
    """Restore a backup on a server of its own, compare the digest, and throw the server away."""
    from contracts.load import load_contracts
    from hub.backup.checking import rehearse as tried
    from hub.core.settings import read_settings

    settings, catalogue = read_settings(), _catalogue()
    chosen = catalogue.read(backup) if backup else catalogue.newest()
    began = time.monotonic()
    tables = tried(catalogue, chosen, list(load_contracts().values()), settings.postgres_bin)
    found = {
        "backup": chosen.id,
        "tables": len(tables),
        "digest": "equal",
        "seconds": round(time.monotonic() - began, 1),
    }
    show_one(found, as_json=as_json)


@app.command("prune")
def prune_(keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")]) -> None:
    """Remove old backups. The copy of the landing stays: newer ones need it."""
    from hub.backup.taking import prune

    gone = prune(_catalogue(), keep)
    console.print(f"{len(gone)} removed{': ' + ', '.join(gone) if gone else ''}")


def _scenario() -> Scenario:
    from hub.backup.catalogue import scenario_of
    from hub.core.settings import read_settings

    return scenario_of(read_settings())


def _catalogue() -> Catalogue:
    from hub.backup.catalogue import catalogue_of
    from hub.core.settings import read_settings

    return catalogue_of(read_settings(), _scenario())


def _age(backup: Backup) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(backup.ended_at)


def _row(backup: Backup) -> dict[str, object]:
    times = {"from": backup.ended_at, "to": backup.fetched_at}
    shown = {name: datetime.fromisoformat(value) if value else None for name, value in times.items()}
    return {
        "backup": backup.id,
        **shown,
        "postgresql": str(backup.major),
        "key": backup.key,
        "digest": "kept" if backup.mark else "none",
        "log": "closed" if backup.closed else "followed",
    }
