"""hub grants check, diff, apply, history, show; key and sign are in `grants_signing.py`: who may see what, by versions
that are in force at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import grants_signing
from hub.cli.grants_signing import WRONG, OwnKey, proof, read, signing
from hub.core.errors import NotFound
from hub.terminal import AsJson, Because, By, show, show_one

if TYPE_CHECKING:
    import sqlalchemy as sa

    from hub.access.grants.model import Grants
    from hub.access.grants.territory import Territories
    from hub.app import Hub

app = typer.Typer(no_args_is_help=True)
grants_signing.add_to_grants(app)

File = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="A grants.yaml; by default the deployment's.", show_default=False),
]


@app.command()
def check(file: File = None, as_json: AsJson = False) -> None:
    """Check a grants.yaml with the purposes and laws of the deployment: file and line of a fault, and nothing is changed."""
    from hub.access.grants import versions
    from hub.access.grants.document import digest_of, to_document
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.GRANTING) as hub:
        grants, source = read(hub, file)
        digest = digest_of(to_document(grants))
        with hub.engine.connect() as connection:
            newest = next(iter(versions.history(connection)), None)
        shown = {
            "file": source,
            "grants": len({g.id.rpartition("/")[0] for g in grants.all}),
            "agencies": len({g.agency for g in grants.all}),
            "purposes": len(grants.purposes.by_id),
            "digest": digest,
            "version in force": newest.number if newest else 0,
            "the same": newest is not None and newest.digest == digest,
        }
        show_one(shown, as_json=as_json)


@app.command()
def diff(
    file: File = None,
    since: Annotated[
        int | None, typer.Option("--from", help="Compare this version, in the place of the one in force.")
    ] = None,
    to: Annotated[int | None, typer.Option("--to", help="With this version, in the place of a file.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a file, or a version, has otherwise than the version in force."""
    from hub.access.grants import versions
    from hub.access.grants.changes import changes
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.GRANTING) as hub, hub.engine.connect() as connection:
        before = _version(connection, since)
        after = versions.grants_of(connection, to) if to is not None else read(hub, file)[0]
        rows = [vars(each) for each in changes(before, after)]
    show(rows, as_json=as_json, title="Differences")


@app.command()
def apply(
    because: Because,
    by: By,
    file: File = None,
    deployment: Annotated[
        bool, typer.Option("--deployment", help="The deployment's own grants.yaml, in the place of FILE.")
    ] = False,
    key: OwnKey = None,
    signature: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What hub grants sign wrote, in the place of --key."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put grants in force as a new version: for every process and the next question, or not at all.

    Outside of a scenario a version is signed: with your own key (--key), or as it was signed elsewhere (--signature).
    """
    from hub.access.grants import versions
    from hub.access.grants.signatures import GrantTrust
    from hub.access.logins.duty import Duty
    from hub.app import open_hub
    from hub.core.actions import Actor

    if (file is None) != deployment:
        raise NotFound("Which grants?", hint="hub grants apply FILE, or hub grants apply --deployment")
    if key is not None and signature is not None:
        raise typer.BadParameter("--key signs now, --signature was signed before: give one of them")
    with open_hub(duty=Duty.GRANTING) as hub:
        grants, source = read(hub, file)
        territories, trust = _territories(hub), GrantTrust.of(hub.deployment)
        signed = signing(trust, key, signature, because)
        with hub.engine.begin() as connection:
            done = versions.apply(
                connection, grants, territories, Actor(by, because), source, trust=trust, signed=signed
            )
        shown = {"version": done.number, "digest": done.digest, "new": done.new, "by": by, "because": because}
        show_one(shown, as_json=as_json)


@app.command()
def history(as_json: AsJson = False) -> None:
    """Every version of the grants: who applied it, when, and why, and who signed it. The newest is in force.

    Each signature is checked; one that does not prove its version ends the command with an error.
    """
    from hub.access.grants import versions
    from hub.access.grants.signatures import GrantsForged, GrantTrust
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.GRANTING) as hub, hub.engine.connect() as connection:
        found = versions.history(connection)
        trust = GrantTrust.of(hub.deployment)
    proofs = {each.number: proof(each, trust) for each in found}
    rows = [
        {
            "number": each.number,
            "digest": each.digest[:12],
            "source": each.source,
            "applied_at": each.applied_at,
            "applied_by": each.applied_by,
            "because": each.because,
            "login": each.login,
            "signed_by": proofs[each.number][0],
            "signature": proofs[each.number][1],
        }
        for each in found
    ]
    show(rows, as_json=as_json, title="Versions of the grants, newest first")
    if wrong := [str(number) for number, (_, said) in proofs.items() if said == WRONG]:
        raise GrantsForged(
            f"The signature of version {', '.join(wrong)} does not prove it",
            hint="somebody wrote past the command: look at applied_by and login; no answer goes by such a version",
        )


@app.command("show")
def show_(
    version: Annotated[int | None, typer.Option(help="Number of a version; by default the one in force.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only this agency's.")] = None,
    as_json: AsJson = False,
) -> None:
    """The grants of a version: agency, dataset, purpose, law, days, fields."""
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.GRANTING) as hub, hub.engine.connect() as connection:
        grants = _version(connection, version)
    rows = [
        {
            "grant": g.id,
            "agency": g.agency,
            "dataset": g.dataset,
            "purpose": g.purpose,
            "law": g.legal_basis,
            "territory": g.territory,
            "from": g.valid_from.isoformat(),
            "to": g.valid_to.isoformat() if g.valid_to else None,
            "fields": sorted(g.fields) if as_json else len(g.fields),
            "answers": sorted(g.answers),
            "hourly": g.hourly_limit,
        }
        for g in grants.all
        if agency in (None, g.agency)
    ]
    show(rows, as_json=as_json, title="Grants")


def _territories(hub: Hub) -> Territories:
    from hub.access.grants.territory import Territories
    from hub.core.units import read_units

    return Territories(read_units(hub.deployment.folder / "reference"))


def _version(connection: sa.Connection, number: int | None) -> Grants:
    """The grants of a version, or those in force. Raises NotFound: nothing was ever applied."""
    from hub.access.grants import versions

    if number is not None:
        return versions.grants_of(connection, number)
    there = versions.in_force(connection)
    if there is None:
        raise NotFound(
            "No version of the grants yet", hint="the first hub serve applies the deployment's; or hub grants apply"
        )
    return there[1]
