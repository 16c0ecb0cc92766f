"""hub meter: papers asked for again, and the reuse rate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hub.terminal import AsJson, dump, show

GROUPS = ("procedure", "system", "month", "paper")


def add_to(app: typer.Typer) -> None:
    app.command("meter")(meter_)


def meter_(
    since: Annotated[datetime | None, typer.Option("--from", help="First moment of filing.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="Last moment of filing.")] = None,
    by: Annotated[str, typer.Option(help=f"Count by some of {', '.join(GROUPS)}.")] = "paper",
    list_: Annotated[bool, typer.Option("--incidents", help="Every incident behind the numbers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Papers handed in again although the city held them, with the lawful reasons; reuse rate 4.3 of Decision 766."""
    from hub.answers import meter
    from hub.app import open_hub
    from hub.evidence import indexes

    names = tuple(name.strip() for name in by.split(","))
    if unknown := sorted(set(names) - set(GROUPS)):
        raise typer.BadParameter(f"unknown {', '.join(unknown)}; known are {', '.join(GROUPS)}")
    with open_hub() as hub:
        since, until = (at.replace(tzinfo=at.tzinfo or hub.deployment.zone) if at else None for at in (since, until))
        indexes.build(hub.engine, hub.contracts)
        with hub.engine.connect() as connection:
            found = meter.incidents(connection, hub.contracts, since, until)
            rates = meter.reuse_rate(connection, since, until)
            reused = meter.reused(connection, hub.contracts, since, until)
    counted = [vars(each) for each in found] if list_ else meter.by(found, *names)
    if as_json:
        print(dump({"asked_again": counted, "components": reused, "reuse_rate": rates}))
        return
    show(counted, as_json=False, title="Asked for again")
    if not list_:
        show(reused, as_json=False, title="Papers of the registers in dossiers")
        show(rates, as_json=False, title="Reuse rate 4.3 (Decision 766), both readings, percent")
