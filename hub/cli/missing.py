"""hub missing, hub missing excuse, withdraw, excuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, Because, By, show, show_one

app = typer.Typer(invoke_without_command=True)

COLUMNS = ("day", "stream", "state", "due", "came", "in time", "received", "new", "excuse")


@app.callback()
def list_(
    context: typer.Context,
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The last day to look at; by default today.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days, that one and those before it.")] = 7,
    stream: Annotated[str | None, typer.Option("--stream", help="Only this stream.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every stream and day with its state, also what came and what owed nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Streams and days on which something was due and did not come, or came late."""
    if context.invoked_subcommand is not None:
        return
    from hub.app import open_hub
    from hub.service_levels import deliveries

    with open_hub() as hub:
        last = _day(day) if day else hub.deployment.today
        name = hub.deployment.stream(stream).id if stream else None
        with hub.engine.connect() as connection:
            rows = deliveries.board(
                connection, hub.deployment, hub.contracts, last - timedelta(days=days - 1), last, hub.scenario.now()
            )
    wanted = rows if everything else deliveries.missing(rows)
    shown = [
        {
            "day": row.day,
            "stream": row.stream,
            "state": row.state.value,
            "due": row.due_at,
            "came": row.covered_at,
            "in time": f"{row.in_time} of {row.periods}" if row.periods else "",
            "received": row.received,
            "new": row.new,
            "excuse": row.excuse,
            **({"system": row.system, "title": row.title, "unit": row.unit, "closed": row.closed} if as_json else {}),
        }
        for row in wanted
        if name is None or row.stream == name
    ]
    show(shown, as_json=as_json, title=f"Deliveries until {last}", columns=COLUMNS)


@app.command()
def excuse(
    stream: str,
    because: Because,
    by: By,
    act: Annotated[str, typer.Option(help="The document by which nothing was owed: its number and day.")],
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="First day.")],
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day; by default the first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Note that a stream owed nothing on some days, by an act. It stays in the record, whoever withdraws it later."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.service_levels import excuses

    first = _day(since)
    last = _day(until) if until else first
    with open_hub() as hub, hub.engine.begin() as connection:
        name = hub.deployment.stream(stream).id
        number = excuses.excuse(connection, name, first, last, act, Actor(by, because), hub.scenario.now())
    noted = {"excuse": number, "stream": name, "from": first, "to": last, "act": act, "by": by, "because": because}
    show_one(noted, as_json=as_json)


@app.command()
def withdraw(number: int, because: Because, by: By, as_json: AsJson = False) -> None:
    """Withdraw an excuse: its days are judged as if it had never been."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.service_levels import excuses

    with open_hub() as hub, hub.engine.begin() as connection:
        ended = excuses.withdraw(connection, number, Actor(by, because), hub.scenario.now())
    show_one({"withdrawn": ended.number, "stream": ended.stream, "by": by, "because": because}, as_json=as_json)


@app.command("excuses")
def excuses_(as_json: AsJson = False) -> None:
    """The excuses that stand: stream, days, act, who, why."""
    from hub.app import open_hub
    from hub.service_levels import excuses

    with open_hub() as hub, hub.engine.connect() as connection:
        rows = [vars(each) for each in excuses.standing(connection)]
    show(rows, as_json=as_json, title="Excuses")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{text!r} is no day", hint="write 2022-06-02") from None
