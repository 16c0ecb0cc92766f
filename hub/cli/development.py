"""What `hub serve --dev` gives a developer: a client certificate, a token bound to it, and the lines that ask with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.core.errors import NotFound
from hub.terminal import console

if TYPE_CHECKING:
    from hub.app import Hub

SYSTEM = "development"
OFFICER = "developer"


def issue(hub: Hub, address: str, agency: str, purpose: str) -> None:
    """Enrol a new certificate for this machine, sign a token for it, and print how to ask.

    Raises:
        NotFound: no grant of the agency, or for the purpose, holds today.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    from hub.access.clients import door, enrolment
    from hub.access.clients.authority import CLIENT_LIVES, Authority, made_for, pem
    from hub.access.tokens import Claims, machine_now, tokens_of
    from hub.answers.token_basis import legal_basis_of
    from hub.core.actions import Actor
    from hub.core.state_files import write_whole

    agency, purpose = _asker(hub, agency, purpose)
    basis = legal_basis_of(hub, agency, purpose)
    folder, now = hub.scenario.folder, machine_now()
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = Authority.of(folder, now).issue(made_for(key, SYSTEM), agency, SYSTEM, now, CLIENT_LIVES)
    path = door.folder_of(folder) / "development.pem"
    person = Actor(OFFICER, "hub serve --dev")
    with hub.engine.begin() as connection:
        old = [r for r in enrolment.listed(connection, agency) if r["system"] == SYSTEM and r["revoked_at"] is None]
        enrolment.revoke(connection, [r["fingerprint"] for r in old], person, now)
        fingerprint = enrolment.enrol(connection, certificate, agency, SYSTEM, enrolment.OURS, person, now)
    write_whole(path, pem(key, certificate))
    claims = Claims(agency, OFFICER, purpose, basis, "", enrolment.thumbprint(fingerprint))
    token = tokens_of(folder, hub.deployment.name).sign(claims, now)
    certified = f"--cacert {door.authority_file(folder)} --cert {path}"
    console.print(f"certificate of {agency} ({SYSTEM}): {path}; the one before is revoked")
    console.print("a token of five minutes:")
    print(token)
    console.print("ask with it, and for the next token:")
    print(f"curl {certified} -H 'Authorization: Bearer {token}' {address}/openapi.json")
    form = f"-d grant_type=client_credentials -d scope={purpose} -d officer={OFFICER}"
    print(f"curl {certified} {form} {address}/oauth/token")


def _asker(hub: Hub, agency: str, purpose: str) -> tuple[str, str]:
    """An agency and a purpose of a grant that holds today. Raises NotFound."""
    from hub.answers.disclosure.disclosure import Disclosure
    from hub.evidence.evidence import Moment

    day = Moment(hub.scenario.now()).today
    for grant in Disclosure.of(hub).rule.grants.all:
        if grant.on(day) and agency in ("", grant.agency) and purpose in ("", grant.purpose):
            return grant.agency, grant.purpose
    raise NotFound(
        f"No grant of {agency or 'any agency'} for {purpose or 'a purpose'} holds today", hint="hub grants show"
    )
