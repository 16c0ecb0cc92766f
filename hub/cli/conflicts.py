"""hub tellings."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from hub.app import open_hub
from hub.evidence.source_conflicts import look_through
from hub.terminal import AsJson, show


def add_to(app: typer.Typer) -> None:
    app.command("tellings")(conflicts)


def conflicts(
    each: Annotated[bool, typer.Option("--each", help="Every entry that is told otherwise, instead of their number.")] = False, as_json: AsJson = False,
) -> None:
    """Registrations that two systems tell, and the fields in which they differ: for the keepers of the paper books, which decide."""
    with open_hub() as hub, hub.engine.connect() as connection:
        found = list(look_through(connection, hub.contracts))
    if each:
        rows = [{"one": d.one, "other": d.other, "fields": ", ".join(d.fields)} for both in found for d in both.differing]
        show(rows, as_json=as_json, title="Entries told otherwise by two systems")
        return
    counts = [
        {
            "register": both.dataset, "systems": " and ".join(both.systems), "told by both": both.entries, "differ": len(both.differing),
            "in": ", ".join(f"{name} {count}" for name, count in Counter(f for d in both.differing for f in d.fields).most_common(5)),
        }
        for both in found
    ]
    show(counts, as_json=as_json, title="Registrations that two systems tell; hub tellings --each names those that differ")
