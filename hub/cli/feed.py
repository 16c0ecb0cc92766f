"""hub feed keys, samples: what leaves the city for ministries, and what they need to check it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.terminal import AsJson, show

app = typer.Typer(no_args_is_help=True)


@app.command()
def keys(
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new key, which signs from now on.")] = False,
    as_json: AsJson = False,
) -> None:
    """The city's public signing keys, the newest first: receivers pin them, and compare the ids on paper."""
    from hub.app import open_hub
    from hub.feeds import signing

    with open_hub() as hub:
        folder = hub.scenario.folder / "feed-keys"
        signing.signers(folder)
        if rotate:
            signing.rotate(folder)
        found = signing.signers(folder)
    rows = [{"key": each.id, "signs": n == 0, "public key": each.public_pem} for n, each in enumerate(found)]
    show(rows, as_json=as_json, title="Signing keys")


@app.command()
def samples(
    folder: Path,
    number: Annotated[int, typer.Option(min=10, help="Births in the snapshot.")] = 200,
    form: Annotated[str, typer.Option(help="jsonl.gz or csv.gz.")] = "jsonl.gz",
    as_json: AsJson = False,
) -> None:
    """Write sample deliveries of invented people, to try the receiver's kit with; one copy has a forged one."""
    from hub.core.errors import NotFound
    from hub.feeds.forms import FORMS
    from hub.feeds.samples import write_samples

    if form not in FORMS:
        raise NotFound(f"No form {form}", hint=f"known are {', '.join(FORMS)}")
    written = write_samples(folder, number, form=form)
    rows = [
        {
            "delivery": each.folder.name,
            "put": each.payload.put,
            "deleted": each.payload.delete,
            "bytes": each.payload.bytes,
        }
        for each in written
    ]
    show(rows, as_json=as_json, title=f"Sample deliveries in {folder}")
