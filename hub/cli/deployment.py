"""hub deployment check, new, schema."""

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


@app.command()
def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Read every file of a deployment and say all that is wrong, with file and line; exit 78 if something is."""
    from contracts.load import load_contracts
    from hub.core.settings import read_settings
    from hub.deployments.check import check_deployment

    where = folder or read_settings().deployment
    faults = check_deployment(where, load_contracts(own=where))
    if faults or as_json:
        show([vars(each) for each in faults], as_json=as_json, title=f"Faults of {where.name}")
    if faults:
        raise DeploymentInvalid(f"{len(faults)} faults in {where}", hint="each line says where and what to do")
    if not as_json:
        print(f"{where.name}: no fault found")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="DEPLOYMENT", help="Its name, and that of its folder: binh-giang.")],
    province: Annotated[
        str, typer.Option(help="Code of the province, two digits; of an unknown one units are made up.")
    ],
    agency: Annotated[str, typer.Option(help="Last part of the identity codes of its agencies: H99.")],
    title: Annotated[str, typer.Option(help="Its name, in Vietnamese; by default as the national list has it.")] = "",
    into: Annotated[Path, typer.Option(help="Folder in which the deployment's folder is made.")] = Path("deployments"),
    lists_of: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Deployment whose lists of countries, laws, procedures are copied; by default HUB_DEPLOYMENT.",
        ),
    ] = None,
) -> None:
    """Write a deployment that runs on twins at once: units, agencies, two systems, purposes, grants, a contract."""
    from contracts.load import load_contracts
    from hub.core.settings import read_settings
    from hub.deployments.check import check_deployment
    from hub.deployments.new import plan, write

    folder = into / name
    planned = plan(name, province=province, agency=agency, title=title)
    for path in write(planned, folder, lists_of or read_settings().deployment):
        print(f"wrote {path}")
    if faults := check_deployment(folder, load_contracts(own=folder)):
        raise DeploymentInvalid(
            f"{len(faults)} faults in {folder}: {faults[0].place}: {faults[0].what}", hint=faults[0].hint
        )
    made_up = "made up: the national list has no such province" if planned.invented else "as of June 2022"
    print(f"{planned.title}: {len(planned.districts)} districts, {made_up}; codes of agencies are made up")
    print(f"next: export HUB_DEPLOYMENT={folder.absolute()}; hub twin serve; in another shell hub sync --all")


@app.command()
def schema(
    kind: Annotated[
        str,
        typer.Argument(metavar="[KIND]", help="Kind of file: grants, system ...; without it, the kinds are listed."),
    ] = "",
    into: Annotated[
        Path | None, typer.Option(help="Write the schemas of all kinds into this folder, one file each.")
    ] = None,
) -> None:
    """Print the JSON Schema of a deployment's file, made from the model that reads it; for editors and programs."""
    from hub.deployments.schemas import SCHEMAS, text_of, write_schemas

    if into is not None:
        for path in write_schemas(into):
            print(f"wrote {path}")
    elif not kind:
        for each, (_, places) in SCHEMAS.items():
            print(f"{each:<18} {', '.join(places)}")
    elif kind not in SCHEMAS:
        raise DeploymentInvalid(
            f"no file of a deployment is of the kind {kind!r}", hint=f"known are {', '.join(SCHEMAS)}"
        )
    else:
        print(text_of(kind), end="")
