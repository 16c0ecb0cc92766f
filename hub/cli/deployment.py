"""hub deployment check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import DeploymentInvalid
from hub.terminal import AsJson, show

app = typer.Typer(no_args_is_help=True)
Folder = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="Folder of a deployment; by default HUB_DEPLOYMENT.")
]


@app.callback()
def deployment() -> None:
    """The deployment's files: check them as a whole."""


@app.command()
def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Read every file of a deployment and say all that is wrong, with file and line; exit 78 if something is."""
    from contracts.load import load_contracts
    from hub.core.settings import read_settings
    from hub.deployments.check import check_deployment

    where = folder or read_settings().deployment
    faults = check_deployment(where, load_contracts())
    if faults or as_json:
        show([vars(each) for each in faults], as_json=as_json, title=f"Faults of {where.name}")
    if faults:
        raise DeploymentInvalid(f"{len(faults)} faults in {where}", hint="each line says where and what to do")
    if not as_json:
        print(f"{where.name}: no fault found")
