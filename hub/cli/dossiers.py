"""hub dossiers: a dossier's state by any reference; states that differ at portals; e-identification figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.looking import LookBy, LookReason, looker
from hub.terminal import AsJson, show

app = typer.Typer(no_args_is_help=True)


@app.command("status")
def status_(
    reference: Annotated[str, typer.Argument(help="MaHoSo, another number of it, or a district's opaque reference.")],
    by: LookBy,
    because: LookReason = "",
    as_json: AsJson = False,
) -> None:
    """State of a dossier in each system; the first line counts."""
    from hub.access import looks
    from hub.answers.dossier_status import status, status_label
    from hub.app import open_hub

    person = looker(by, because, f"dossier {reference}")
    with open_hub() as hub, hub.engine.connect() as connection:
        looks.note(connection, hub.keys, hub.scenario.now(), person, reference, dataset="dossier")
        connection.commit()
        found = status(connection, reference, known_at=hub.scenario.now())
        rows = [
            {"by": found.by, **asdict(each), "label": status_label(hub.contracts, each.state)} for each in found.records
        ]
    show(rows, as_json=as_json, title="the states differ: the first counts" if found.disagree else "")


@app.command()
def disagreements(as_json: AsJson = False) -> None:
    """Dossiers whose state at a portal differs from the handling system's."""
    from hub.app import open_hub
    from hub.evidence import dossier_links

    with open_hub() as hub, hub.engine.connect() as connection:
        show([asdict(each) for each in dossier_links.disagreements(connection)], as_json=as_json)


@app.command()
def identified(as_json: AsJson = False) -> None:
    """Dossiers that used a district's e-identification, and the share of pre-filled fields that were corrected."""
    from hub.app import open_hub
    from hub.operations import e_identification_figures

    with open_hub() as hub, hub.engine.connect() as connection:
        show(e_identification_figures.figures(connection), as_json=as_json)
