"""hub conflicts."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from hub.terminal import AsJson, show


def add_to(app: typer.Typer) -> None:
    app.command("conflicts")(conflicts)
    app.command("tellings", hidden=True, deprecated=True)(
        conflicts
    )  # the name until 2026-12; goes with the next release


def conflicts(
    each: Annotated[bool, typer.Option("--each", help="List every differing entry, instead of their number.")] = False,
    as_json: AsJson = False,
) -> None:
    """Registrations in which two systems differ, and the fields, for the keepers of the paper books."""
    from hub.app import open_hub
    from hub.evidence.source_conflicts import look_through

    with open_hub() as hub, hub.engine.connect() as connection:
        found = list(look_through(connection, hub.contracts))
    if each:
        rows = [
            {"one": d.one, "other": d.other, "fields": ", ".join(d.fields)} for both in found for d in both.differing
        ]
        show(rows, as_json=as_json, title="Entries in which two systems differ")
        return
    counts = [
        {
            "register": both.dataset,
            "systems": " and ".join(both.systems),
            "held by both": both.entries,
            "differ": len(both.differing),
            "in": ", ".join(
                f"{name} {count}" for name, count in Counter(f for d in both.differing for f in d.fields).most_common(5)
            ),
        }
        for both in found
    ]
    show(
        counts,
        as_json=as_json,
        title="Registrations that two systems hold; hub conflicts --each lists those that differ",
    )
