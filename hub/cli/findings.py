"""hub findings list, show, acknowledge."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from hub.terminal import AsJson, show, show_one

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.cases.findings import FindingFilter

app = typer.Typer(no_args_is_help=True)

Rule = Annotated[str | None, typer.Option(help="Only findings of this rule.")]
Unit = Annotated[str | None, typer.Option(help="Only findings of this unit's records, by its code.")]
Month = Annotated[str | None, typer.Option(metavar="MONTH", help="Only findings of this month: 2022-06.")]
OfStream = Annotated[str | None, typer.Option("--stream", help="Only findings of this stream.")]


@app.command("list")
def list_(
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]")] = None,
    rule: Rule = None,
    unit: Unit = None,
    month: Month = None,
    state: Annotated[
        str | None, typer.Option(help="open, acknowledged or resolved; by default those that are not resolved.")
    ] = None,
    by_rule: Annotated[
        bool, typer.Option("--by-rule", help="Number of findings by rule, unit and month instead.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many, oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Findings: accepted records that contradict something."""
    from hub.app import open_hub
    from hub.cases import findings

    with open_hub() as hub, hub.engine.connect() as connection:
        wanted = _filter(hub, None, stream, rule, unit, month)
        rows = (
            findings.counts(connection, wanted)
            if by_rule
            else findings.listed(connection, wanted, state=state, limit=limit)
        )
    show(rows, as_json=as_json, title="Findings by rule" if by_rule else "Findings")


@app.command("show")
def show_(number: int, as_json: AsJson = False) -> None:
    """One finding: its rule in words, the record for hub trace, and who has looked at it."""
    from hub.app import open_hub
    from hub.cases import findings

    with open_hub() as hub, hub.engine.connect() as connection:
        show_one(findings.one(connection, number, hub.contracts), as_json=as_json)


@app.command()
def acknowledge(
    because: Annotated[
        str, typer.Option(help="The reason, for the auditor. It is kept, so it must not hold a value of a record.")
    ],
    by: Annotated[
        str, typer.Option(help="Who has looked.", default_factory=getpass.getuser, show_default="your login")
    ],
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[FINDING]...", help="Numbers of findings.")] = None,
    rule: Rule = None,
    unit: Unit = None,
    month: Month = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Note that you have looked at findings. They stay with their records until these come without them."""
    from hub.app import open_hub
    from hub.cases import findings
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        wanted = _filter(hub, numbers, stream, rule, unit, month)
        done = findings.acknowledge(connection, wanted, person, hub.scenario.now())
    show_one({"acknowledged": done, "by": by, "because": because}, as_json=as_json)


def _filter(
    hub: Hub, numbers: list[int] | None, stream: str | None, rule: str | None, unit: str | None, month: str | None
) -> FindingFilter:
    from hub.cases.findings import FindingFilter

    name = hub.deployment.stream(stream).id if stream else None
    return FindingFilter(tuple(numbers or ()), name, rule, unit, month)
