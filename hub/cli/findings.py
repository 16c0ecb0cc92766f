"""hub findings list, show, acknowledge, left, release, across."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, Because, By, show, show_one

if TYPE_CHECKING:
    import sqlalchemy as sa

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
    limit: Annotated[int, typer.Option(min=1, help="How many, oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Findings: accepted records that contradict something."""
    from hub.app import open_hub
    from hub.cases import findings

    with open_hub() as hub, hub.engine.connect() as connection:
        wanted = _filter(connection, hub, None, stream, rule, unit, month)
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
    because: Because,
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
        wanted = _filter(connection, hub, numbers, stream, rule, unit, month)
        done = findings.acknowledge(connection, wanted, person, hub.scenario.now())
    show_one({"acknowledged": done, "by": by, "because": because}, as_json=as_json)


@app.command()
def left(
    stream: str,
    dataset: Annotated[str, typer.Argument(help="Dataset of the records, e.g. birth.")],
    keys: Annotated[Path, typer.Argument(help="File with the keys of the records that are gone, one a line.")],
    because: Annotated[
        str, typer.Option(help="How it is known, for the auditor. It is kept, so it must not hold a value of a record.")
    ],
    by: Annotated[str, typer.Option(help="Who notes it.", default_factory=getpass.getuser, show_default="your login")],
    as_json: AsJson = False,
) -> None:
    """Note that records left their source: decisions about them are confirm at once, and nothing is removed."""
    from hub.app import open_hub
    from hub.cases import departures
    from hub.core.actions import Actor

    person, listed = Actor(by, because), _lines(keys)
    with open_hub() as hub:
        entry = hub.deployment.stream(stream)
        known = {each.name: each for each in hub.contracts[entry.contract].datasets}
        if dataset not in known:
            raise NotFound(f"No dataset {dataset} in {entry.id}", hint=f"known are {', '.join(known)}")
        with hub.engine.begin() as connection:
            noted = departures.note(connection, entry.id, known[dataset], listed, person, hub.scenario.now())
    show_one({"noted": noted, "by": by, "because": because}, as_json=as_json)


@app.command()
def release(
    because: Because,
    by: By,
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[FINDING]...", help="Numbers of findings.")] = None,
    unit: Unit = None,
    month: Month = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """End records that left their source as evidence: by number, or all of a stream, unit or month."""
    from hub.app import open_hub
    from hub.cases import departures
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        wanted = _filter(connection, hub, numbers, stream, None, unit, month)
        done = departures.release(connection, wanted, person, hub.scenario.now())
    show_one({"released": done, "by": by, "because": because}, as_json=as_json)


@app.command()
def across(
    whole: Annotated[bool, typer.Option("--whole", help="Judge every record again, not only what changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Judge records across registers: married after death, two births of one person ... Only what changed is judged."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        looks = daily.across(hub, whole=whole)
    show([vars(each) for each in looks], as_json=as_json, title="Rules across registers")


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{file} cannot be read: {type(error).__name__}", hint="one key a line, in UTF-8") from None


def _filter(
    connection: sa.Connection,
    hub: Hub,
    numbers: list[int] | None,
    stream: str | None,
    rule: str | None,
    unit: str | None,
    month: str | None,
) -> FindingFilter:
    from hub.cases import names
    from hub.cases.findings import FindingFilter

    name = names.stream(connection, hub.deployment, stream)
    names.require(connection, hub.contracts, rule=rule, unit=unit)
    return FindingFilter(tuple(numbers or ()), name, rule, unit, month)
