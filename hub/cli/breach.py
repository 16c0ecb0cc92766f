"""hub breach: whose data an agency or a token got, which fields, and the notice that is due within 72 hours."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.terminal import AsJson, Because, By, console, dump, show

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.rights.breach import BreachSpan


def add_to(app: typer.Typer) -> None:
    app.command("breach")(breach_)


def breach_(
    because: Because,
    by: By,
    agency: Annotated[str, typer.Option(help="Identity code of the agency that got the data.")] = "",
    token: Annotated[bool, typer.Option("--token", help="Instead: the token that standard input gives.")] = False,
    since: Annotated[datetime | None, typer.Option("--from", help="First moment, local time.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="First moment that counts no more; now.")] = None,
    found: Annotated[datetime | None, typer.Option(help="When the breach was found; now.")] = None,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder for the notice, in Vietnamese and English.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whose data an agency or a token got, and which fields, with the notice that is due within 72 hours."""
    from hub.access.grants.agencies import read_agencies
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.rights import breach, law, noted
    from hub.rights.notices import Notice, draft

    if token == bool(agency):
        raise typer.BadParameter("give --agency with --from, or --token")
    person = Actor(by, because)
    with open_hub() as hub:
        now = hub.scenario.now()
        span = _span(hub, agency, since, until)
        with hub.engine.begin() as connection:
            extent = breach.breach(connection, hub.contracts, span)
            noted.note(
                connection,
                hub.keys,
                "breach",
                person,
                now,
                law=law.law_on(hub.deployment.today, law.BREACH_LAW),
                answer=[each.mark for each in extent.persons],
                fields=(each for each in extent.fields),
            )
        known = read_agencies(hub.deployment.folder)
        name = known[span.agency].name if span.agency in known else span.agency
        notice = Notice(hub.deployment.title, name, _local(hub, found) if found else now)
        texts = {language: draft(extent, notice, hub.contracts, language) for language in ("vi", "en")}
    rows = [
        {
            "person": each.mark,
            "records": list(each.records) or ["no record names this number"],
            "answers": each.answers,
            "fields": list(each.fields),
        }
        for each in extent.persons
    ]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for language, text in texts.items():
            (out / f"notice.{language}.md").write_text(text, encoding="utf-8")
    if as_json:
        facts = {"agency": span.agency, "from": span.since, "to": span.until, "answers": extent.answers}
        print(dump(facts | {"notify by": notice.until, "persons": rows, "fields": extent.fields, "notice": texts}))
        return
    show(rows, as_json=False, title=f"{extent.answers} answers to {name}, {len(rows)} persons")
    if out is None:
        for text in texts.values():
            console.print(f"\n{text}", markup=False)
    else:
        console.print(
            f"the notice: {out / 'notice.vi.md'}, {out / 'notice.en.md'}; due {notice.until:%Y-%m-%d %H:%M %Z}"
        )


def _span(hub: Hub, agency: str, since: datetime | None, until: datetime | None) -> BreachSpan:
    from hub.access.tokens import tokens_of
    from hub.rights.breach import BreachSpan, span_of_token

    if not agency:
        return span_of_token(sys.stdin.readline().strip(), tokens_of(hub.scenario.folder, hub.deployment.name))
    if since is None:
        raise typer.BadParameter("--agency needs --from")
    return BreachSpan(agency, _local(hub, since), _local(hub, until) if until else hub.scenario.now())


def _local(hub: Hub, moment: datetime) -> datetime:
    return moment.replace(tzinfo=hub.deployment.zone) if moment.tzinfo is None else moment
