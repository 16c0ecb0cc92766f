"""hub subject: for the office that answers people about their data. Each use is a row of the audit log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.terminal import AsJson, Because, By, show, show_one

if TYPE_CHECKING:
    import sqlalchemy as sa

    from hub.app import Hub
    from hub.core.actions import Actor
    from hub.rights.requests import SubjectRequest

app = typer.Typer(
    no_args_is_help=True,
    help="A person's rights over data about them. Standard input gives the person's numbers (12 or 9 digits), one a line.",
)
File = Annotated[str, typer.Option(help="Number of the person's written request at the office.")]
Number = Annotated[int, typer.Argument(help="Number of the request.")]


@app.command()
def seen(because: Because, by: By, as_json: AsJson = False) -> None:
    """Who saw, received or decided on a person's data, when, for what, under which law."""
    from hub.rights import looks

    with _about_somebody(by, because) as (hub, connection, person, numbers):
        found = looks.looks(connection, hub.keys, hub.deployment.folder, numbers)
        _note(hub, connection, person, numbers, [each.id for each in found])
    rows = [
        {**vars(each), "law": list(each.law), "disclosed": list(each.disclosed), "decided": list(each.decided)}
        for each in found
    ]
    show(rows, as_json=as_json, title="Questions about this person, newest first")


@app.command()
def view(file: File, because: Because, by: By, as_json: AsJson = False) -> None:
    """Take a request to view: its clocks, and the records that name the person. Values are read at the records' owners."""
    from hub.rights import holdings, requests

    with _about_somebody(by, because) as (hub, connection, person, numbers):
        taken = requests.receive(connection, hub.keys, "view", numbers, file, person, hub.scenario.now())
        found = holdings.holdings(connection, hub.contracts, hub.keys, numbers)
        fields = {f"{each.dataset}.{name}" for each in found for name in each.named_in}
        _note(hub, connection, person, numbers, [each.record for each in found], fields)
    rows = [
        {
            "record": each.record,
            "owner": _owner(hub, each.system),
            "named in": ", ".join(each.named_in),
            "fields": ", ".join(each.fields),
            "known from": each.known_from,
        }
        for each in found
    ]
    if as_json:
        show([{"request": _row(taken), "records": rows}], as_json=True)
        return
    show_one(_row(taken), as_json=False)
    show(rows, as_json=False, title="Records that name this person")


@app.command()
def correct(
    record: Annotated[str, typer.Option(help="The record, as `hub subject view` names it.")],
    field: Annotated[str, typer.Option(help="The field that is said to be wrong.")],
    file: File,
    because: Because,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Take a request to correct a field; the owner of the source corrects it, and `hub sync` brings it here."""
    _take("correct", file, because, by, as_json, record=record, field=field)


@app.command("object")
def object_(file: File, because: Because, by: By, record: str = "", as_json: AsJson = False) -> None:
    """Take an objection to the processing. It stops nothing by itself: the office decides under Art. 19 of Law 91/2025."""
    _take("object", file, because, by, as_json, record=record)


@app.command()
def due(as_json: AsJson = False) -> None:
    """Open requests with their clocks; what is overdue is named."""
    from hub.app import open_hub
    from hub.rights import requests

    with open_hub() as hub, hub.engine.connect() as connection:
        show([_row(each) for each in requests.due(connection, hub.scenario.now())], as_json=as_json, title="Requests")


@app.command()
def acknowledge(number: Number, because: Because, by: By, as_json: AsJson = False) -> None:
    """The person was told that the request came (2 working days)."""
    _act(number, "acknowledged", because, by, as_json)


@app.command()
def extend(number: Number, because: Because, by: By, as_json: AsJson = False) -> None:
    """The term is extended, once; the person is told why."""
    _act(number, "extended", because, by, as_json)


@app.command()
def answer(number: Number, because: Because, by: By, as_json: AsJson = False) -> None:
    """The request is answered; it is closed."""
    _act(number, "answered", because, by, as_json)


@app.command()
def refuse(number: Number, because: Because, by: By, as_json: AsJson = False) -> None:
    """The request is refused, for the reason that the person was told; it is closed."""
    _act(number, "refused", because, by, as_json)


def _take(right: str, file: str, because: str, by: str, as_json: bool, *, record: str = "", field: str = "") -> None:
    from hub.core.errors import NotFound
    from hub.rights import holdings, requests

    with _about_somebody(by, because) as (hub, connection, person, numbers):
        found = {each.record: each for each in holdings.holdings(connection, hub.contracts, hub.keys, numbers)}
        if record and record not in found:
            raise NotFound(
                "No record of this name has a number of this person", hint="hub subject view lists those that do"
            )
        if field and field not in found[record].fields:
            raise NotFound(f"{record} has no field {field}", hint=f"it has {', '.join(found[record].fields)}")
        taken = requests.receive(
            connection, hub.keys, right, numbers, file, person, hub.scenario.now(), record=record, field=field
        )
        _note(hub, connection, person, numbers, [taken.id])
    show_one(_row(taken) | ({"owner": _owner(hub, record.split("/")[1])} if record else {}), as_json=as_json)


def _act(number: int, what: str, because: str, by: str, as_json: bool) -> None:
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.rights import requests

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        changed = requests.act(connection, number, what, person, hub.scenario.now())
        _note(hub, connection, person, (), [changed.id])
    show_one(_row(changed), as_json=as_json)


@contextmanager
def _about_somebody(by: str, because: str) -> Iterator[tuple[Hub, sa.Connection, Actor, tuple[str, ...]]]:
    """The hub, one transaction, who asks, and the person's numbers from standing input."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.core.errors import NotFound
    from hub.evidence.people import Subject

    person = Actor(by, because)
    numbers = tuple(dict.fromkeys(filter(None, (line.strip() for line in sys.stdin))))
    if not numbers:
        raise NotFound("Standard input gives no number", hint="echo 079... | hub subject seen --because ...")
    for number in numbers:  # one of the wrong length is named as such
        _ = Subject(old_id=number) if len(number) == len("123456789") else Subject(personal_id=number)
    with open_hub() as hub, hub.engine.begin() as connection:
        yield hub, connection, person, numbers


def _note(
    hub: Hub,
    connection: sa.Connection,
    person: Actor,
    numbers: tuple[str, ...],
    answer: object,
    fields: set[str] | None = None,
) -> None:
    from hub.rights import law, noted

    noted.note(
        connection,
        hub.keys,
        "subject",
        person,
        hub.scenario.now(),
        law=law.law_on(hub.deployment.today),
        numbers=numbers,
        answer=answer,
        fields=fields or (),
    )


def _owner(hub: Hub, system: str) -> str:
    described = hub.deployment.described.get(system)
    return described.owner if described else system


def _row(request: SubjectRequest) -> dict[str, Any]:
    return {
        "request": request.id,
        "right": request.right,
        "file": request.file,
        "record": request.record,
        "field": request.field,
        "state": request.state,
        "received": request.received_at,
        "acknowledge by": request.acknowledge_by,
        "answer by": request.answer_by,
        "overdue": list(request.overdue),
        "law": request.law,
    }
