"""hub cases list, show."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.terminal import AsJson, show, show_one

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]")] = None,
    rule: Annotated[str | None, typer.Option(help="Only cases that break this rule.")] = None,
    by_rule: Annotated[bool, typer.Option("--by-rule", help="Number of cases by rule instead.")] = False,
    limit: Annotated[int, typer.Option(help="How many, oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Open cases."""
    from hub.app import open_hub
    from hub.operations import reports

    with open_hub() as hub:
        if by_rule:
            show(reports.case_counts(hub), as_json=as_json, title="Open cases by rule")
        else:
            name = hub.deployment.stream(stream).id if stream else None
            show(reports.cases(hub, name, rule=rule, limit=limit), as_json=as_json, title="Open cases")


@app.command("show")
def show_(
    number: int,
    record: Annotated[
        bool, typer.Option("--record", help="Also print the record as received: PERSONAL DATA on your screen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """One case: every broken rule in words, and the landed page of the record."""
    from hub.app import open_hub
    from hub.operations import reports

    with open_hub() as hub:
        case = reports.case(hub, number)
        if record:
            case["as_received"] = reports.landed_record(
                hub, case["stream"], case["dataset"], case["sha256"], case["record"]
            )
        show_one(case, as_json=as_json)
