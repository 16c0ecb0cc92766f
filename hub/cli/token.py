"""hub token: a token for the API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub.answers.ministry.codes import MINISTRY


def add_to(app: typer.Typer) -> None:
    app.command()(token)


def token(
    agency: Annotated[
        str,
        typer.Option(help=f"Identity code of the agency, as grants.yaml names it; {MINISTRY}: the Ministry's system."),
    ],
    officer: Annotated[str, typer.Option(help="The officer who asks; the audit log records the name.")],
    purpose: Annotated[str, typer.Option(help="Purpose, as in a grant of the agency.")],
    dossier: Annotated[str, typer.Option(help="Bind the token to one dossier.")] = "",
    legal_basis: Annotated[
        str, typer.Option(help="Legal basis, if grants of the agency have several: once-held, or once-held@2020-05-25.")
    ] = "",
    certificate: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Bind it to this client certificate (PEM), as a door with locks demands."
        ),
    ] = None,
    minutes: Annotated[float, typer.Option(help="Minutes that it is valid; at most 5.")] = 5,
) -> None:
    """Print a short-lived token. Whoever holds it may ask: do not store it in a file."""
    from hub.access.tokens import Claims, machine_now, tokens_of
    from hub.answers.token_basis import legal_basis_of
    from hub.app import open_hub
    from hub.core.deployment import load_deployment
    from hub.core.settings import read_settings
    from hub.local.scenario import open_scenario

    settings = read_settings()
    deployment = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    scenario = open_scenario(settings, deployment)
    tokens = tokens_of(scenario.folder, deployment.name)
    with open_hub(settings) as hub:
        basis = legal_basis_of(hub, agency, purpose, legal_basis)
    bound = _thumbprint(certificate) if certificate else ""
    claims = Claims(agency, officer, purpose, basis, dossier, bound)
    print(tokens.sign(claims, machine_now(), timedelta(minutes=minutes)))


def _thumbprint(path: Path) -> str:
    from hub.access.clients.authority import certificate_of
    from hub.access.clients.enrolment import fingerprint_of, thumbprint

    return thumbprint(fingerprint_of(certificate_of(path.read_bytes())))
