"""hub systems list, new, check, rotate, pause, listing."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from contracts.errors import DeploymentInvalid, HubError
from contracts.identifiers import SYSTEM
from hub.cli.moved import moved
from hub.core.errors import NotFound
from hub.terminal import AsJson, By, console, dump, event_printer, failed, show

app = typer.Typer(no_args_is_help=True)
SystemName = Annotated[str, typer.Argument(metavar="SYSTEM")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All systems of the deployment."""
    from hub.app import open_hub
    from hub.operations import reports

    with open_hub() as hub:
        show(reports.systems(hub), as_json=as_json, title="Systems")


@app.command()
def check(system: SystemName, as_json: AsJson = False) -> None:
    """Try a system step by step: name, connection, certificate, login, sample call, clock."""
    from connectors import Probe, Source, open_unread
    from connectors.errors import CheckFailed, Unreachable
    from hub.app import open_hub
    from hub.core.deployment import Stream

    with open_hub() as hub:
        entry = {**hub.deployment.systems, **hub.deployment.other_ways}.get(system)
        opened = (
            hub.source(Stream(system, entry, entry.contracts[0]))
            if entry and entry.contracts
            else open_unread(hub.system(system))
        )
        probes = list(opened.check())
        if isinstance(opened, Source):
            lists = opened.listing() is not None
            said = (
                "its keys can be listed" if lists else "its keys cannot be listed: what left it is known from its owner"
            )
            probes.append(Probe("listing", lists or (None if entry is None or entry.listing is None else False), said))
    if as_json:
        print(dump([vars(p) for p in probes]))
    else:
        for probe in probes:
            mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[dim]–[/]"}[probe.ok]
            console.print(f"{mark} {probe.step:<22} {probe.detail}")
    crosses = [p for p in probes if p.ok is False]
    if crosses:
        kind = Unreachable if all(p.heals for p in crosses) else CheckFailed
        raise kind(f"System {system} does not pass its check", hint="the first ✗ is the place to look")


@app.command()
def rotate(
    system: SystemName,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON object with the new credentials; what stays may lack."),
    ] = None,
    later: Annotated[
        bool, typer.Option("--later", help="Keep the new ones beside those in use: the system changes over later.")
    ] = False,
    end: Annotated[
        bool, typer.Option("--end", help="One set stays: that in use if it passes, else the other one.")
    ] = False,
) -> None:
    """Try new credentials at the system; if it lets them in, they come into use. The old ones stay until --end.

    Meanwhile both are live: a reading that is refused with the first tries the second, and says so.
    """
    import json

    from hub.app import open_hub
    from hub.operations.credentials import ended, rotated, staged

    if (file is None) != end or (later and end):
        raise typer.BadParameter("give --file NEW.json (with --later, untried), or --end")
    if file is None:
        with open_hub() as hub:
            stays, probes = ended(hub, system)
        which = "those in use stay" if stays else "those in use are refused: the second take their place"
        console.print(f"{system} passes its check ({len(probes)} steps): {which}, and the others are gone")
        return
    try:
        given = {str(name): str(value) for name, value in json.loads(file.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError):
        raise DeploymentInvalid(f"{file} is no JSON object", hint='{"password": "..."}') from None
    with open_hub() as hub:
        if later:
            staged(hub, system, given)
            console.print(f"{', '.join(sorted(given))} of {system} stands beside those in use, untried")
            return
        probes = rotated(hub, system, given)
        console.print(f"{system} passes its check ({len(probes)} steps) with {', '.join(sorted(given))} renewed")
        console.print(
            f"written to {hub.secrets_file}; the old ones stay beside them: hub systems rotate {system} --end"
        )


@app.command("compare", hidden=True)
def compare_(
    system: SystemName,
    contract: Annotated[str, typer.Option(help="Contract to read by each route.")],
    days: Annotated[int | None, typer.Option(help="Only the last N days; by default everything.")] = None,
    database: Annotated[
        str,
        typer.Option(
            help="URL of an empty database; by default one is created on the embedded server and dropped afterwards."
        ),
    ] = "",
) -> None:
    """Goes with the next release: python -m proofs.routes."""
    moved("hub systems compare", "proofs.routes", "python -m proofs.routes").run(
        system, contract, days=days, database=database
    )


@app.command()
def listing(
    by: By,
    streams: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STREAM]...", help="<system>.<contract>; by default those that have a schedule."),
    ] = None,
    most_gone: Annotated[
        str | None,
        typer.Option(help="Share that may be gone, e.g. 20%, although the system's file allows less; with --because."),
    ] = None,
    because: Annotated[
        str | None,
        typer.Option(help="The reason, for the auditor. It is kept, so it must not hold a value of a record."),
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Show the last listings; nothing is asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """List all keys of a source, and compare: what left it, what is not here yet, what is back."""
    from contracts.deployment.files import ListingTerms
    from hub.app import open_hub
    from hub.cases.key_listing import KeyListing
    from hub.core.actions import Actor
    from hub.load import key_listings

    person = Actor(by, because or "") if most_gone is not None else None
    try:
        share = None if most_gone is None else ListingTerms.model_validate({"most_gone": most_gone}).most_gone
    except ValueError:
        raise typer.BadParameter(f"--most-gone {most_gone} is no share; write 20%") from None
    found: list[dict[str, object]] = []
    worst = None
    with open_hub() as hub, event_printer() as on_event:
        if last:
            with hub.engine.connect() as connection:
                show(key_listings.listed(connection), as_json=as_json, title="Last listings of keys")
            return
        scheduled = [name for name, each in hub.deployment.streams.items() if each.system.listing is not None]
        for name in streams or scheduled:
            stream = hub.deployment.stream(name)
            terms = stream.system.listing or ListingTerms()
            try:
                exchange = hub.exchange(stream.id, on_event=on_event)
                found.append(KeyListing(exchange, terms).take(person, share).row())
            except HubError as error:
                if streams and len(streams) == 1:
                    raise
                worst = failed(error)
    show(found, as_json=as_json, title="Listings of keys")
    if worst is not None:
        raise typer.Exit(worst)


@app.command()
def pause(
    system: SystemName, resume: Annotated[bool, typer.Option("--resume", help="Resume the system.")] = False
) -> None:
    """Pause a system (its runs end at once and report it), or resume it."""
    import sqlalchemy as sa

    from hub.app import open_hub
    from hub.core import tables
    from hub.load import stream_state

    with open_hub() as hub:
        streams = [s for s in hub.deployment.streams.values() if s.system.id == system]
        if not streams:
            raise NotFound(f"No system {system}", hint="hub systems list shows them")
        with hub.engine.begin() as connection:
            for stream in streams:
                stream_state.register(connection, stream.id, system, stream.contract, repeats=stream.system.repeats)
                connection.execute(
                    sa.update(tables.stream).where(tables.stream.c.id == stream.id).values(paused=not resume)
                )
    print(f"{system}: {'reading again' if resume else 'paused'} ({len(streams)} streams)")


@app.command()
def new(
    system: SystemName,
    dialect: Annotated[str, typer.Option(help="A module of connectors/systems/.")] = "one_stop",
    title: Annotated[str, typer.Option(help="Its name, in Vietnamese.")] = "Hệ thống mới",
    address: Annotated[str, typer.Option(help="Base URL.")] = "https://to-be-filled.invalid",
    owner: Annotated[str, typer.Option(help="Who is called when it fails; without it, its title.")] = "",
) -> None:
    """Write a data file for a new system, to be filled in. One that the hub could not start with is not written."""
    from connectors import dialects
    from connectors.wsdl.draft.texts import quoted
    from contracts.deployment.files import SystemFile
    from contracts.yaml.models import load
    from hub.core.settings import read_settings
    from hub.deployments.schemas import first_line, schemas_beside

    if what := SYSTEM.fault(system):
        raise DeploymentInvalid(f"{what}: {system!r}", hint=SYSTEM.hint)
    if dialect not in dialects():
        raise DeploymentInvalid(f"No such dialect: {dialect!r}", hint=f"known: {', '.join(dialects())}")
    path = read_settings().deployment / "systems" / f"{system}.yaml"
    if path.exists():
        raise DeploymentInvalid(f"{path.name} exists already", hint="edit it, or take another name")
    text = (
        f'system: {system}\ntitle: {quoted(title)}\nunit: ""\ndialect: {dialect}\naddress: {quoted(address)}\n'
        f'owner: {quoted(owner or title)}\ncontact: \nschedule: "*/30 * * * *"\noverlap: 15m\ncontracts: [dossier]\n'
    )
    with TemporaryDirectory() as folder:  # read as the next start will read it: a faulty file would stop every system
        draft = Path(folder, "systems", path.name)
        draft.parent.mkdir()
        draft.write_text(text, encoding="utf-8")
        load(draft, SystemFile)
    path.write_text(first_line(path, "system", schemas_beside(path.parents[1])) + text, encoding="utf-8")
    print(f"wrote {path}: fill in owner, unit and address, give it credentials, then: hub systems check {system}")
