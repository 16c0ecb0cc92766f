"""hub cases list, show, history, assign, close, waive, request."""

from __future__ import annotations

import getpass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hub.core.errors import NotFound, ReasonMissing
from hub.terminal import AsJson, Because, By, event_printer, show, show_one

if TYPE_CHECKING:
    import sqlalchemy as sa

    from hub.app import Hub
    from hub.cases.selection import Selection

app = typer.Typer(no_args_is_help=True)

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[CASE]...", help="Numbers of cases.")]
Rule = Annotated[str | None, typer.Option(help="Only cases that break this rule.")]
Unit = Annotated[str | None, typer.Option(help="Only cases of this unit's records, by its code.")]
OfStream = Annotated[str | None, typer.Option("--stream", help="Only cases of this stream.")]
Fault = Annotated[
    str | None,
    typer.Option(help="digitisation: the entry differs from the paper book; book: the book itself is wrong."),
]


@app.command("list")
def list_(
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]")] = None,
    rule: Rule = None,
    unit: Unit = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cases past their due date.")] = False,
    state: Annotated[str, typer.Option(help="open; released: its record is in under a waiver; closed.")] = "open",
    by_rule: Annotated[bool, typer.Option("--by-rule", help="Number of cases by rule instead.")] = False,
    limit: Annotated[int, typer.Option(help="How many, oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Open cases, or those in another state."""
    from hub.app import open_hub
    from hub.cases import listing
    from hub.cases.selection import stream_named

    with open_hub() as hub, hub.engine.connect() as connection:
        if by_rule:
            rows, title = listing.counts(connection, hub.scenario.now()), "Open cases by rule"
        else:
            rows = listing.cases(
                connection,
                hub.scenario.now(),
                stream=stream_named(connection, hub.deployment, stream),
                rule=rule,
                unit=unit,
                overdue=overdue,
                state=state,
                limit=limit,
            )
            title = f"{state.capitalize()} cases"
    show(rows, as_json=as_json, title=title)


@app.command("show")
def show_(
    number: int,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Also print the record as received: PERSONAL DATA on your screen; needs --because."
        ),
    ] = False,
    because: Annotated[
        str, typer.Option(help="With --record: why you look. The look is recorded; no value of a record here.")
    ] = "",
    by: Annotated[str | None, typer.Option(help="With --record: who looks.", show_default="your login")] = None,
    as_json: AsJson = False,
) -> None:
    """One case: every broken rule in words, waiver, requests, and the landed page of the record."""
    from hub.app import open_hub
    from hub.cases import listing
    from hub.core.actions import Actor
    from hub.operations import reports

    with open_hub() as hub:
        with hub.engine.connect() as connection:
            case = listing.one(connection, number, hub.contracts)
        if record:
            if not because.strip():
                raise ReasonMissing(
                    f"The record of case {number} is personal data: a look needs a reason", hint="--because WHY"
                )
            with hub.engine.begin() as connection:
                listing.note_look(connection, number, Actor(by or getpass.getuser(), because), hub.scenario.now())
            case["as_received"] = reports.landed_record(
                hub, case["stream"], case["dataset"], case["sha256"], case["record"]
            )
    show_one(case, as_json=as_json)


@app.command()
def history(number: int, as_json: AsJson = False) -> None:
    """Everything that was done to a case: who, when, why."""
    from hub.app import open_hub
    from hub.cases import listing

    with open_hub() as hub, hub.engine.connect() as connection:
        show(listing.history(connection, number), as_json=as_json, title=f"History of case {number}")


@app.command()
def assign(
    because: Because,
    by: By,
    numbers: Numbers = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="OWNER", help="The office that answers from now on.")
    ] = None,
    fault: Fault = None,
    rule: Rule = None,
    unit: Unit = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Give cases to another owner, or say what kind of error they are: by number, or all of a rule, unit or stream."""
    from hub.app import open_hub
    from hub.cases import handling
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit)
        changed = handling.assign(connection, selection, to, person, hub.scenario.now(), fault=fault)
    show_one({"assigned": changed, "by": by, "because": because}, as_json=as_json)


@app.command()
def close(
    because: Because,
    by: By,
    numbers: Numbers = None,
    fault: Fault = None,
    decision: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="Number of the decision that corrected the book; ends a book error."),
    ] = None,
    rule: Rule = None,
    unit: Unit = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Close cases whose record will not come good by itself. A case opens again when its record comes again."""
    from hub.app import open_hub
    from hub.cases import handling
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit)
        closed = handling.close(connection, selection, person, hub.scenario.now(), fault=fault, decision=decision)
    show_one({"closed": closed, "by": by, "because": because}, as_json=as_json)


@app.command()
def waive(
    number: int,
    until: Annotated[str, typer.Option(metavar="DAY", help="Last day on which the record may be used: 2022-12-31.")],
    because: Because,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Sign that a record may come in although it breaks rules; with the second person's signature it does."""
    from hub.app import open_hub
    from hub.cases import listing, waivers
    from hub.core.actions import Actor

    person, day = Actor(by, because), _day(until)
    with open_hub() as hub:
        with hub.engine.begin() as connection:
            case = listing.one(connection, number, hub.contracts)
            dataset = hub.contracts[hub.deployment.stream(case["stream"]).contract].dataset(case["dataset"])
            signed = waivers.sign(connection, number, dataset, day, person, hub.scenario.now())
        if signed.in_force:  # also when it was: whoever repeats a command that was killed gets its effect
            with event_printer() as on_event:
                hub.exchange(case["stream"], on_event=on_event).replay(case["fetched_at"], case["fetched_at"])
    show_one({**vars(signed), "by": by, "because": because}, as_json=as_json)


@app.command()
def request(
    because: Because,
    by: By,
    numbers: Numbers = None,
    rule: Rule = None,
    unit: Unit = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Ask the owners of cases to correct their records; hub reports follows each request."""
    from hub.app import open_hub
    from hub.cases import requests
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit)
        made = requests.request(connection, selection, hub.keys, person, hub.scenario.now())
    rows = [
        {
            "case": each.case,
            "report": each.report.id,
            "state": each.report.state,
            "owner": each.report.owner,
            "due": each.report.due_at,
            "new": each.made_now,
        }
        for each in made
    ]
    show(rows, as_json=as_json, title="Requests")


def _selection(
    connection: sa.Connection,
    hub: Hub,
    numbers: list[int] | None,
    stream: str | None,
    rule: str | None,
    unit: str | None,
) -> Selection:
    from hub.cases.selection import Selection, stream_named

    return Selection(tuple(numbers or ()), stream_named(connection, hub.deployment, stream), rule, unit)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{text!r} is no day", hint="--until 2022-12-31") from None
