"""hub twin serve, question: the twins in the foreground, and a question about one of their people."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

app = typer.Typer(no_args_is_help=True)


@app.command()
def serve(
    what: Annotated[
        Literal["all", "ministry-inbox"],
        typer.Argument(
            help="ministry-inbox: a receiver of feeds, which judges with the kit; by default the city's systems."
        ),
    ] = "all",
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other hosts read.")] = "127.0.0.1",
    wsdl: Annotated[Path | None, typer.Option(help="Serve a double of this WSDL's service instead.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Of a double: its port; by default HUB_PORT_BASE + 3. Of an inbox: + 5.")
    ] = None,
    records: Annotated[int, typer.Option(help="Of a double: most repetitions of an element.")] = 5,
    trouble: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Of an inbox: share of calls that go wrong, in twelve ways.")
    ] = 0.0,
) -> None:
    """Serve the twins of this scenario in the foreground, until Ctrl-C; or a ministry's inbox; or, with --wsdl, a double
    of any service."""
    from connectors.wsdl.description import Wsdl
    from connectors.wsdl.documents import read_documents
    from hub.core.deployment import load_deployment
    from hub.core.settings import read_settings
    from hub.demonstration.twin_process import in_foreground, inbox_command, twin_command, wsdl_command
    from hub.local.scenario import embedded_up, open_scenario

    settings = read_settings()
    if wsdl is not None:
        _ = Wsdl(read_documents(wsdl)).schema  # an unusable WSDL is refused, with the reason, before anything listens
    deployment = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    scenario = open_scenario(settings, deployment)
    deployment = replace(deployment, clock=scenario.now)
    if what == "ministry-inbox":
        number = port or settings.port_base + 5
        _become([*inbox_command(settings, scenario, port=number, trouble=trouble), "--host", host])
    if wsdl is not None:
        _become(
            [
                *wsdl_command(
                    settings, wsdl, port=port or settings.port_base + 3, records=records, clock=scenario.now()
                ),
                "--host",
                host,
            ]
        )
    if settings.store_url is not None or settings.database_url is not None:
        _become([*twin_command(settings, scenario, deployment), "--host", host])
    with embedded_up(settings, scenario):
        print(
            f"database: embedded PostgreSQL on 127.0.0.1:{settings.database_port}, stopped with the last command that uses it",
            flush=True,
        )
        code = in_foreground([*twin_command(settings, scenario, deployment), "--host", host])
    raise typer.Exit(code)


@app.command()
def question(
    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help="Its code, as in requirements.csv.")],
) -> None:
    """Print a question for hub decisions ask: a person of the twins who holds a paper that another district issued."""
    from hub.app import open_hub
    from hub.demonstration.question import question_about_a_twin
    from hub.terminal import dump

    with open_hub() as hub:
        print(dump(question_about_a_twin(hub, procedure)))


def _become(command: list[str]) -> NoReturn:
    os.execv(command[0], command)  # noqa: S606 - becomes the twins, no shell between
