"""hub reports list, show, forward, close: errors that consumers found in shared data, on their way to who owns the source."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer

from hub.answers import error_reports
from hub.answers.error_reports import Reported
from hub.app import open_hub
from hub.core.actions import Actor
from hub.terminal import AsJson, show, show_one

app = typer.Typer(no_args_is_help=True)

Because = Annotated[str, typer.Option(help="The reason, for the auditor. It stays on record: no value of a record in it.")]
By = Annotated[str, typer.Option(help="Who decides.", default_factory=getpass.getuser, show_default="your login")]


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    system: Annotated[str | None, typer.Option(help="Only about this source.")] = None,
    as_json: AsJson = False,
) -> None:
    """Reports that wait for the owner of a source, the most urgent first."""
    with open_hub() as hub, hub.engine.connect() as connection:
        found = error_reports.listed(connection, still_open=not all_, system=system)
    show([_row(each) for each in found], as_json=as_json, title="Error reports")


@app.command("show")
def show_(number: int, words: Annotated[bool, typer.Option("--words", help="Also what the reporter wrote: PERSONAL DATA perhaps.")] = False,
          as_json: AsJson = False) -> None:  # fmt: skip
    """One report: which record, which field, for whom to repair."""
    with open_hub() as hub, hub.engine.connect() as connection:
        found = error_reports.one(connection, number)
        row = _row(found) | ({"words": error_reports.words(connection, number, hub.keys)} if words else {})
    show_one(row, as_json=as_json)


@app.command()
def forward(number: int, because: Because, by: By, as_json: AsJson = False) -> None:
    """Note that the owner of the source was told."""
    _act(number, "forwarded", Actor(by, because), as_json)


@app.command()
def close(number: int, because: Because, by: By, rejected: Annotated[bool, typer.Option("--rejected", help="It was no error.")] = False,
          as_json: AsJson = False) -> None:  # fmt: skip
    """Close it: repaired at the source (the next reading brings the new version), or no error."""
    _act(number, "rejected" if rejected else "corrected", Actor(by, because), as_json)


def _act(number: int, what: str, person: Actor, as_json: bool) -> None:
    with open_hub() as hub, hub.engine.begin() as connection:
        show_one(_row(error_reports.act(connection, number, what, person, hub.scenario.now())), as_json=as_json)


def _row(each: Reported) -> dict[str, Any]:
    return {"report": each.id, "state": each.state, "record": each.record, "field": each.field or "the whole record", "kind": each.kind, "from": each.agency,
            "dossier": each.dossier, "owner": each.owner, "due": each.due_at}  # fmt: skip
