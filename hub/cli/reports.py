"""hub reports list, show, forward, close: error reports about shared data, for the owners of the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.looking import LookBy, LookReason, looker
from hub.terminal import AsJson, Because, By, show, show_one

if TYPE_CHECKING:
    from hub.answers.error_reports import Reported
    from hub.core.actions import Actor

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    system: Annotated[str | None, typer.Option(help="Only about this source.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open reports for the owners of sources, the most urgent first."""
    from hub.answers import error_reports
    from hub.app import open_hub

    with open_hub() as hub, hub.engine.connect() as connection:
        found = error_reports.listed(connection, still_open=not all_, system=system)
    show([_row(each) for each in found], as_json=as_json, title="Error reports")


@app.command("show")
def show_(
    number: int,
    by: LookBy,
    words: Annotated[
        bool, typer.Option("--words", help="Also the reporter's text, maybe PERSONAL DATA; needs --because.")
    ] = False,
    because: LookReason = "",
    as_json: AsJson = False,
) -> None:
    """One report: record, field, and the owner who must repair it."""
    from hub.access import looks
    from hub.answers import error_reports
    from hub.app import open_hub

    person = looker(by, because, f"the words of report {number}") if words else None
    with open_hub() as hub, hub.engine.begin() as connection:
        if person is not None:
            looks.note(connection, hub.keys, hub.scenario.now(), person, f"report {number}")
        found = error_reports.one(connection, number)
        row = _row(found) | ({"words": error_reports.words(connection, number, hub.keys)} if person else {})
    show_one(row, as_json=as_json)


@app.command()
def forward(number: int, because: Because, by: By, as_json: AsJson = False) -> None:
    """Record that the owner of the source was notified."""
    from hub.core.actions import Actor

    _act(number, "forwarded", Actor(by, because), as_json)


@app.command()
def close(
    number: int,
    because: Because,
    by: By,
    rejected: Annotated[bool, typer.Option("--rejected", help="It was not an error.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close a report: repaired at the source (the next sync brings the new version), or not an error."""
    from hub.core.actions import Actor

    _act(number, "rejected" if rejected else "corrected", Actor(by, because), as_json)


def _act(number: int, what: str, person: Actor, as_json: bool) -> None:
    from hub.answers import error_reports
    from hub.app import open_hub

    with open_hub() as hub, hub.engine.begin() as connection:
        show_one(_row(error_reports.act(connection, number, what, person, hub.scenario.now())), as_json=as_json)


def _row(each: Reported) -> dict[str, Any]:
    return {
        "report": each.id,
        "state": each.state,
        "record": each.record,
        "field": each.field or "the whole record",
        "kind": each.kind,
        "from": each.agency,
        "dossier": each.dossier,
        "owner": each.owner,
        "due": each.due_at,
    }
