"""hub audit: questions of agencies with their outcomes, and open alerts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.looking import looker
from hub.core.errors import AlertsOpen
from hub.terminal import AsJson, login, show, show_one

if TYPE_CHECKING:
    from hub.access.alerts import Alert
    from hub.app import Hub
    from hub.core.actions import Actor


def add_to(app: typer.Typer) -> None:
    app.command("audit")(audit_)


def audit_(
    by: Annotated[
        str,
        typer.Option(
            help="With --about, --acknowledge or --review: who looks.", default_factory=login, show_default="your login"
        ),
    ],
    agency: Annotated[str | None, typer.Option(help="Only this agency's questions.")] = None,
    about: Annotated[
        bool, typer.Option("--about", help="Only about the number (12 or 9 digits) that standard input gives.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
    list_alerts: Annotated[
        bool, typer.Option("--alerts", help="Open alerts instead of questions; exit 6 if there are any.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="With --alerts: acknowledged ones too.")] = False,
    acknowledge: Annotated[
        int | None, typer.Option(metavar="ALERT", help="Acknowledge an alert: you have examined it.")
    ] = None,
    break_glass: Annotated[
        bool, typer.Option("--break-glass", help="Questions under a break-glass purpose that nobody has reviewed.")
    ] = False,
    review: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Review one of them: it was justified, or not.")
    ] = None,
    unjustified: Annotated[bool, typer.Option("--unjustified", help="With --review: it was not.")] = False,
    because: Annotated[
        str,
        typer.Option(
            help="With --about, --acknowledge or --review: the reason. It is kept, so it must not hold a value of a record."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Questions of agencies, answered or not. Persons are never shown; a known number finds the questions about it."""
    from hub.app import open_hub
    from hub.core.actions import Actor

    with open_hub() as hub:
        if acknowledge is not None:
            _acknowledge(hub, acknowledge, Actor(by, because), as_json)
        elif review is not None:
            _review(hub, review, Actor(by, because), justified=not unjustified, as_json=as_json)
        elif break_glass:
            _list_unreviewed(hub, as_json)
        elif list_alerts:
            _list_alerts(hub, all_, as_json)
        elif about:
            person = looker(by, because, "who asked about a person")
            _questions(hub, agency, limit, as_json, number=sys.stdin.readline().strip(), person=person)
        else:
            _questions(hub, agency, limit, as_json)


def _questions(
    hub: Hub, agency: str | None, limit: int, as_json: bool, *, number: str = "", person: Actor | None = None
) -> None:
    from hub.access import alerts, audit, looks
    from hub.evidence.people import Subject

    if number:
        _ = (
            Subject(old_id=number) if len(number) == len("123456789") else Subject(personal_id=number)
        )  # names a number of the wrong length as such
    subject = bytes.fromhex(hub.keys.lookup(number)) if number else None
    with hub.engine.connect() as connection:
        if person is not None:
            looks.note(connection, hub.keys, hub.scenario.now(), person, "the audit log", numbers=[number])
            connection.commit()
        show(audit.rows(connection, agency=agency, subject=subject, limit=limit), as_json=as_json, title="Questions")
        waiting = alerts.listed(connection)
    if waiting:
        print(f"{len(waiting)} alert{'s are' if len(waiting) > 1 else ' is'} open: hub audit --alerts", file=sys.stderr)


def _list_alerts(hub: Hub, all_: bool, as_json: bool) -> None:
    from hub.access import alerts, reviews
    from hub.cases import clock
    from hub.operations import watch_state

    hub.publish_owners()
    with hub.engine.begin() as connection:
        watch_state.alert_unwatched(connection, hub.deployment.read, hub.scenario.now())
        clock.tend(connection, hub.scenario.now())
        reviews.alert_overdue(connection, hub.scenario.now())
        found, waiting = alerts.listed(connection, still_open=not all_), alerts.listed(connection)
    show([_row(each) for each in found], as_json=as_json, title="Alerts, newest first")
    if waiting:  # an exit code of its own: a watchdog need not read the table
        raise AlertsOpen(
            f"{len(waiting)} alerts are open", hint="hub audit --acknowledge ALERT --by NAME --because ..."
        )


def _list_unreviewed(hub: Hub, as_json: bool) -> None:
    from hub.access import reviews

    with hub.engine.connect() as connection:
        show(reviews.waiting(connection), as_json=as_json, title="Break-glass questions that wait for a review")


def _review(hub: Hub, number: int, person: Actor, *, justified: bool, as_json: bool) -> None:
    from hub.access import reviews

    with hub.engine.begin() as connection:
        done = reviews.review(connection, number, person, hub.scenario.now(), justified=justified)
        show_one(done, as_json=as_json)


def _acknowledge(hub: Hub, number: int, person: Actor, as_json: bool) -> None:
    from hub.access import alerts

    with hub.engine.begin() as connection:
        show_one(_row(alerts.acknowledge(connection, number, person, hub.scenario.now())), as_json=as_json)


def _row(each: Alert) -> dict[str, Any]:
    from hub.access import alerts

    return {
        "alert": each.id,
        "kind": each.kind,
        "agency": each.agency,
        "count": each.count,
        "first": each.first_at,
        "last": each.last_at,
        "means": alerts.MEANING[each.kind],
        "acknowledged": f"{each.who}: {each.why}" if each.who else "",
    }
