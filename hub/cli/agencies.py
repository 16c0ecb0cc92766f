"""hub agencies list, enrol, renew, revoke: the certificates of agencies' systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, Because, By, show, show_one

if TYPE_CHECKING:
    from cryptography import x509

    from hub.app import Hub

app = typer.Typer(no_args_is_help=True)
ENDS_SOON = timedelta(days=30)

Agency = Annotated[str, typer.Argument(help="Identity code (mã định danh), as in reference/agencies.csv.")]
Csr = Annotated[
    Path | None,
    typer.Option("--csr", exists=True, dir_okay=False, help="Signing request of the system (PKCS #10, PEM)."),
]
Brought = Annotated[
    Path | None,
    typer.Option(
        "--certificate", exists=True, dir_okay=False, help="Certificate of another authority (PEM), by fingerprint."
    ),
]
Into = Annotated[
    Path | None,
    typer.Option("--into", dir_okay=False, help="Where to write the certificate; by default NAME.crt here."),
]
Gateway = Annotated[
    bool,
    typer.Option("--gateway", help="It is of the state's bus: agencies behind it prove themselves in each request."),
]
Days = Annotated[int, typer.Option(min=1, max=825, help="Days that a certificate of the hub's authority holds.")]


@app.command("list")
def list_(
    agency: Annotated[str | None, typer.Option(help="Only this agency's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Certificates of agencies' systems, and which of them are good."""
    from hub.access.clients import enrolment
    from hub.access.logins.duty import Duty
    from hub.access.tokens import machine_now
    from hub.app import open_hub

    now = machine_now()
    with open_hub(duty=Duty.GRANTING) as hub, hub.engine.connect() as connection:
        rows = [row | {"state": _state(row, now)} for row in enrolment.listed(connection, agency)]
    columns = ["agency", "system", "kind", "state", "not_after", "fingerprint", "issuer", "enrolled_by"]
    show(rows, as_json=as_json, title="Certificates", columns=columns)


@app.command()
def enrol(
    agency: Agency,
    system: Annotated[str, typer.Argument(help="The agency's name of the system that holds the key.")],
    because: Because,
    by: By,
    csr: Csr = None,
    certificate: Brought = None,
    into: Into = None,
    days: Days = 365,
    gateway: Gateway = False,
    as_json: AsJson = False,
) -> None:
    """Enrol a system of an agency: sign its request, or take a certificate of another authority."""
    from hub.access.clients import enrolment
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.GRANTING) as hub:
        if not gateway:
            _known(hub, agency)
        kind = enrolment.GATEWAY if gateway else enrolment.SYSTEM
        made = _enrolled(hub, agency, system, kind, (csr, certificate), into, days, (by, because))
        show_one(made, as_json=as_json)


@app.command()
def renew(
    fingerprint: Annotated[str, typer.Argument(help="Of the certificate that ends; its first 8 digits are enough.")],
    because: Because,
    by: By,
    csr: Csr = None,
    certificate: Brought = None,
    into: Into = None,
    days: Days = 365,
    as_json: AsJson = False,
) -> None:
    """Enrol the next certificate of a system. Both are good until the old one ends or is revoked."""
    from hub.access.clients import enrolment
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.GRANTING) as hub:
        with hub.engine.connect() as connection:
            old = enrolment.find(connection, fingerprint)
        made = _enrolled(hub, old["agency"], old["system"], old["kind"], (csr, certificate), into, days, (by, because))
        show_one(made | {"old one ends": old["not_after"]}, as_json=as_json)


@app.command()
def revoke(
    because: Because,
    by: By,
    fingerprint: Annotated[
        str | None, typer.Argument(help="Of one certificate; its first 8 digits are enough.")
    ] = None,
    agency: Annotated[str | None, typer.Option(help="All certificates of this agency.")] = None,
    as_json: AsJson = False,
) -> None:
    """End certificates at once: the next request with one of them is refused, everywhere."""
    from hub.access.clients import enrolment
    from hub.access.logins.duty import Duty
    from hub.access.tokens import machine_now
    from hub.app import open_hub
    from hub.core.actions import Actor

    if (fingerprint is None) == (agency is None):
        raise NotFound("Which certificates?", hint="a fingerprint, or --agency")
    with open_hub(duty=Duty.GRANTING) as hub, hub.engine.begin() as connection:
        found = [enrolment.find(connection, fingerprint)] if fingerprint else enrolment.listed(connection, agency)
        if not found:
            raise NotFound(f"No certificate of {agency}", hint="hub agencies list")
        wanted = [row["fingerprint"] for row in found]
        ended = enrolment.revoke(connection, wanted, Actor(by, because), machine_now())
    show_one({"revoked": ended, "revoked before": len(wanted) - ended, "by": by, "because": because}, as_json=as_json)


def _enrolled(
    hub: Hub,
    agency: str,
    system: str,
    kind: str,
    sources: tuple[Path | None, Path | None],
    into: Path | None,
    days: int,
    person: tuple[str, str],
) -> dict[str, object]:
    """Enter a certificate and return what to show."""
    from hub.access.clients import enrolment
    from hub.access.clients.authority import Authority, certificate_of, pem, request_of
    from hub.access.tokens import machine_now
    from hub.core.actions import Actor
    from hub.core.state_files import write_whole

    csr, brought = sources
    if (csr is None) == (brought is None):
        raise NotFound("What is to be enrolled?", hint="--csr FILE for the hub's authority, or --certificate FILE")
    now = machine_now()
    if csr is not None:
        made: x509.Certificate = Authority.of(hub.scenario.folder, now).issue(
            request_of(csr.read_bytes()), agency, system, now, timedelta(days=days)
        )
    elif brought is not None:
        made = certificate_of(brought.read_bytes())
    issuer = enrolment.OURS if csr is not None else enrolment.OUTSIDE
    with hub.engine.begin() as connection:
        fingerprint = enrolment.enrol(connection, made, agency, system, issuer, Actor(*person), now, kind)
    shown: dict[str, object] = {"agency": agency, "system": system, "fingerprint": fingerprint}
    if csr is not None:
        path = into or Path(f"{csr.stem}.crt")
        write_whole(path.absolute(), pem(None, made))
        shown |= {"certificate": str(path)}
    return shown | {"good until": made.not_valid_after_utc}


def _known(hub: Hub, agency: str) -> None:
    """Raises NotFound: the deployment has no such agency."""
    from hub.access.grants.agencies import read_agencies
    from hub.answers.ministry.codes import MINISTRY

    if agency not in read_agencies(hub.deployment.folder) and agency != MINISTRY:
        raise NotFound(f"No agency {agency}", hint=f"those of reference/agencies.csv, and {MINISTRY}")


def _state(row: Mapping[str, Any], now: datetime) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    if row["not_after"] <= now:
        return "ended"
    return "ends soon" if row["not_after"] - now < ENDS_SOON else "good"
