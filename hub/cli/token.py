"""hub token: a token for the API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from hub.answers.ministry.codes import MINISTRY
from hub.core.errors import NotFound

if TYPE_CHECKING:
    from hub.app import Hub


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
    minutes: Annotated[float, typer.Option(help="Minutes that it is valid; at most 5.")] = 5,
) -> None:
    """Print a short-lived token. Whoever holds it may ask: do not store it in a file."""
    from hub.access.tokens import Claims, machine_now, tokens_of
    from hub.app import open_hub
    from hub.core.deployment import load_deployment
    from hub.core.settings import read_settings
    from hub.local.scenario import open_scenario

    settings = read_settings()
    deployment = load_deployment(settings.deployment, as_of=settings.as_of, data=settings.data is not None)
    scenario = open_scenario(settings, deployment)
    tokens = tokens_of(scenario.folder, deployment.name)
    with open_hub(settings) as hub:
        basis = _legal_basis(hub, agency, purpose, legal_basis)
    print(tokens.sign(Claims(agency, officer, purpose, basis, dossier), machine_now(), timedelta(minutes=minutes)))


def _legal_basis(hub: Hub, agency: str, purpose: str, wanted: str) -> str:
    """Legal basis of the agency's grants for a purpose: the wanted one, or the purpose's own, or the first.

    Raises NotFound.
    """
    from hub.access.grants.load import read_grants
    from hub.answers.ministry.judged import PURPOSE
    from hub.answers.ministry.ministry_service import BASIS
    from hub.evidence.evidence import Moment

    grants = read_grants(hub.deployment.folder, hub.contracts)
    day = Moment(hub.scenario.now()).today
    own = [
        g for g in grants.all if (g.agency == agency or (agency == MINISTRY and g.purpose == PURPOSE)) and g.on(day)
    ]  # it asks for every office
    found = {g.legal_basis: g for g in sorted(own, key=lambda g: g.legal_basis) if g.purpose == purpose}
    if not found:
        known = sorted({g.purpose for g in own}) or sorted({g.agency for g in grants.all if g.on(day)})
        raise NotFound(
            f"No grant of {agency} for {purpose} holds today", hint=f"known are {', '.join(known)}; see grants.yaml"
        )
    if wanted and not any(g.under(wanted, day) for g in found.values()):
        raise NotFound(
            f"No grant of {agency} for {purpose} stands on {wanted} today",
            hint=f"its grants stand on {', '.join(found)}; see grants.yaml",
        )
    usual = BASIS if agency == MINISTRY else grants.purposes.by_id[purpose].legal_basis
    return wanted or (usual if usual in found else next(iter(found)))
