"""hub keys rotate, reseal, retire, status."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import typer

from hub.terminal import AsJson, Because, By, console, show

app = typer.Typer(no_args_is_help=True)


@app.command()
def rotate(by: By, because: Because) -> None:
    """Make a new master key that seals what is new from now on; nothing stops, and older keys go on opening."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.operations.master_key.rotation import rotate as rotated

    with open_hub() as hub:
        name = rotated(hub, Actor(by, because))
        console.print(f"key {name} seals from now on, in {hub.key_file}: copy that file to where its copy is kept")
    console.print("next: hub keys reseal, then hub keys retire")


@app.command()
def reseal() -> None:
    """Seal again, with the current key, what older keys have sealed; it may be stopped and goes on where it was."""
    from hub.app import open_hub
    from hub.operations.master_key.resealing import reseal as walk

    with open_hub() as hub:
        done = walk(hub, _progress())
    console.print(f"{done:,} values and pages sealed again")


@app.command()
def retire() -> None:
    """Take the older keys out of the key file, once nothing needs them: an hour after the rotation at the earliest."""
    from hub.app import open_hub
    from hub.operations.master_key.rotation import retire as retired

    with open_hub() as hub:
        gone = retired(hub, _progress())
    console.print(f"{', '.join(gone.names)} opens nothing of the hub any more; backups of its time need {gone.kept_in}")


@app.command()
def status(as_json: AsJson = False) -> None:
    """The keys of the key file, by name: since when, made by whom, and how far sealing again has come."""
    from hub.app import open_hub
    from hub.operations.master_key.rotation import status as known

    with open_hub() as hub:
        show(known(hub), as_json=as_json, title="Keys")


def _progress() -> Callable[[str, int], None]:
    last = [0.0]

    def say(place: str, done: int) -> None:
        if done and time.monotonic() - last[0] > 1:
            last[0] = time.monotonic()
            print(f"{place}: {done:,} sealed again", file=sys.stderr, flush=True)

    return say
