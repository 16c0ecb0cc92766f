"""hub cases list, due, show, history; the acts on cases are in `case_acts.py`."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import case_acts
from hub.cli.case_acts import OfOwner, Rule, Unit
from hub.cli.looking import LookBy, LookReason, looker
from hub.terminal import AsJson, show, show_one

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]")] = None,
    rule: Rule = None,
    unit: Unit = None,
    owner: OfOwner = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cases past their due date.")] = False,
    state: Annotated[str, typer.Option(help="open; released: its record is in under a waiver; closed.")] = "open",
    by_rule: Annotated[bool, typer.Option("--by-rule", help="Number of these cases by rule instead.")] = False,
    by_unit: Annotated[
        bool, typer.Option("--by-unit", help="Number of these cases by unit, rule and month instead.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Open cases, or those in another state."""
    if by_rule and by_unit:
        raise typer.BadParameter("--by-rule and --by-unit are two tables: ask for one of them")
    from hub.app import open_hub
    from hub.cases import listing, names

    with open_hub() as hub, hub.engine.connect() as connection:
        now = hub.scenario.now()
        names.require(connection, hub.contracts, rule=rule, unit=unit)
        wanted = listing.CaseFilter(names.stream(connection, hub.deployment, stream), rule, unit, owner, overdue, state)
        if by_rule:
            rows = listing.counts(connection, now, wanted)
        elif by_unit:
            rows = listing.by_unit(connection, now, wanted)
        else:
            rows = listing.cases(connection, now, wanted, limit=limit)
    by = " by rule" if by_rule else " by unit" if by_unit else ""
    show(rows, as_json=as_json, title=f"{state.capitalize()} cases{by}")


@app.command()
def due(unit: Unit = None, owner: OfOwner = None, as_json: AsJson = False) -> None:
    """Who has what to do: open cases by owner, overdue ones, requests without an answer. Reminds whom it is time to."""
    from hub.app import open_hub
    from hub.cases import clock, listing, names

    with open_hub() as hub:
        hub.publish_owners()
        with hub.engine.begin() as connection:
            names.require(connection, hub.contracts, unit=unit)
            clock.tend(connection, hub.scenario.now())
            rows = listing.due(connection, hub.scenario.now(), owner=owner, unit=unit)
    show(rows, as_json=as_json, title="Open cases by owner")


@app.command("show")
def show_(
    number: int,
    by: LookBy,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Also print the record as received: PERSONAL DATA on your screen; needs --because."
        ),
    ] = False,
    because: LookReason = "",
    as_json: AsJson = False,
) -> None:
    """One case: every broken rule in words, waiver, requests, and the landed page of the record."""
    from hub.access import looks
    from hub.app import open_hub
    from hub.cases import listing
    from hub.operations import reports

    person = looker(by, because, f"the record of case {number}") if record else None
    with open_hub() as hub:
        with hub.engine.connect() as connection:
            case = listing.one(connection, number, hub.contracts, hub.scenario.now())
        if person is not None:
            now = hub.scenario.now()
            received = reports.landed_record(hub, case["stream"], case["dataset"], case["sha256"], case["record"])
            described = hub.contracts[hub.deployment.stream(case["stream"]).contract].dataset(case["dataset"])
            with hub.engine.begin() as connection:
                listing.note_look(connection, number, person, now)
                looks.note(
                    connection,
                    hub.keys,
                    now,
                    person,
                    f"case {number}",
                    dataset=case["dataset"],
                    numbers=looks.numbers_in(described, received),
                )
            case["as_received"] = received
    show_one(case, as_json=as_json)


@app.command()
def history(number: int, as_json: AsJson = False) -> None:
    """Everything that was done to a case: who, when, why."""
    from hub.app import open_hub
    from hub.cases import listing

    with open_hub() as hub, hub.engine.connect() as connection:
        show(listing.history(connection, number), as_json=as_json, title=f"History of case {number}")


case_acts.add_acts(app)
