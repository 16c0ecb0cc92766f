"""hub cases assign, close, waive, refuse, request, replay."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, Because, By, event_printer, show, show_one

if TYPE_CHECKING:
    import sqlalchemy as sa

    from hub.app import Hub
    from hub.cases.selection import Selection

Numbers = Annotated[list[int] | None, typer.Argument(metavar="[CASE]...", help="Numbers of cases.")]
Rule = Annotated[str | None, typer.Option(help="Only cases that break this rule.")]
Unit = Annotated[str | None, typer.Option(help="Only cases of this unit's records, by its code.")]
OfOwner = Annotated[str | None, typer.Option("--owner", help="Only cases of this owner, as the list names it.")]
OfStream = Annotated[str | None, typer.Option("--stream", help="Only cases of this stream.")]
Fault = Annotated[
    str | None,
    typer.Option(help="digitisation: the entry differs from the paper book; book: the book itself is wrong."),
]


def add_acts(app: typer.Typer) -> None:
    for act in (assign, close, waive, refuse, request, replay):
        app.command()(act)


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
    owner: OfOwner = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Give cases to another owner, or say what kind of error they are: by number, or all open ones of a reason."""
    from hub.app import open_hub
    from hub.cases import handling
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit, owner)
        changed = handling.assign(connection, selection, to, person, hub.scenario.now(), fault=fault)
    show_one({"assigned": changed, "by": by, "because": because}, as_json=as_json)


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
    owner: OfOwner = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Close cases whose record will not come good by itself. A case opens again when its record comes again."""
    from hub.app import open_hub
    from hub.cases import handling
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit, owner)
        closed = handling.close(connection, selection, person, hub.scenario.now(), fault=fault, decision=decision)
    show_one({"closed": closed, "by": by, "because": because}, as_json=as_json)


def waive(
    until: Annotated[str, typer.Option(metavar="DAY", help="Last day on which the record may be used: 2022-12-31.")],
    because: Because,
    by: By,
    numbers: Numbers = None,
    rule: Rule = None,
    unit: Unit = None,
    owner: OfOwner = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Sign that records may come in although they break rules; with the second person's signature they do."""
    from hub.app import open_hub
    from hub.cases import signing
    from hub.core.actions import Actor

    person, day = Actor(by, because), _day(until)
    with open_hub() as hub, event_printer() as on_event:
        with hub.engine.begin() as connection:
            selection = _selection(connection, hub, numbers, stream, rule, unit, owner)
        signed = signing.sign(hub, selection, day, person, on_event)
    rows = [{**vars(each), "by": by, "because": because} for each in signed]
    if len(rows) == 1 and numbers:
        show_one(rows[0], as_json=as_json)
    else:
        show(rows, as_json=as_json, title="Waivers")


def refuse(
    because: Because,
    by: By,
    numbers: Numbers = None,
    rule: Rule = None,
    unit: Unit = None,
    owner: OfOwner = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Refuse waivers that one person proposed: they end, and the records stay out."""
    from hub.app import open_hub
    from hub.cases.refusals import refuse
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit, owner)
        refused = refuse(connection, selection, person, hub.scenario.now())
    show_one({"refused": refused, "by": by, "because": because}, as_json=as_json)


def replay(
    because: Because,
    by: By,
    numbers: Numbers = None,
    rule: Rule = None,
    unit: Unit = None,
    owner: OfOwner = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Judge the landed pages of cases again, by the contract of today: what is right now comes in."""
    from hub.app import open_hub
    from hub.cases import signing
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, event_printer() as on_event:
        with hub.engine.begin() as connection:
            selection = _selection(connection, hub, numbers, stream, rule, unit, owner)
        replayed = signing.replay(hub, selection, person, on_event)
    show_one({"replayed": replayed, "by": by, "because": because}, as_json=as_json)


def request(
    because: Because,
    by: By,
    numbers: Numbers = None,
    rule: Rule = None,
    unit: Unit = None,
    owner: OfOwner = None,
    stream: OfStream = None,
    as_json: AsJson = False,
) -> None:
    """Ask the owners of cases to correct their records; hub reports follows each request."""
    from hub.app import open_hub
    from hub.cases import requests
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        selection = _selection(connection, hub, numbers, stream, rule, unit, owner)
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
    owner: str | None,
) -> Selection:
    """The cases that are meant, as they are now: waivers whose day is past have ended."""
    from hub.cases import clock, names
    from hub.cases.selection import Selection

    names.require(connection, hub.contracts, rule=rule, unit=unit)
    clock.expire(connection, hub.scenario.now())
    return Selection(tuple(numbers or ()), names.stream(connection, hub.deployment, stream), rule, unit, owner)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{text!r} is no day", hint="--until 2022-12-31") from None
