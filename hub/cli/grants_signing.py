"""hub grants key, sign; and what `apply` and `history` need of signatures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.core.errors import NotFound
from hub.terminal import AsJson, Because, show_one

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from hub.access.grants.model import Grants
    from hub.access.grants.signatures import GrantTrust
    from hub.access.grants.versions import Signing, Version
    from hub.app import Hub

OwnKey = Annotated[
    Path | None, typer.Option("--key", exists=True, dir_okay=False, help="Your own private key, to sign the version.")
]
GOOD, UNSIGNED, WRONG = "good", "unsigned", "WRONG"


def add_to_grants(app: typer.Typer) -> None:
    app.command()(key)
    app.command()(sign)


def key(
    file: Annotated[Path, typer.Argument(help="Where your private key is written; it never leaves you.")],
    passphrase: Annotated[
        bool, typer.Option("--passphrase/--no-passphrase", help="Lock it with a passphrase, asked for on the terminal.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Make your own pair of keys for signing grants. Prints the public half, as grant_signers.yaml has it."""
    from hub.access.grants import signatures
    from hub.access.grants.signers import FILE

    word = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True) if passphrase else ""
    show_one({"private": str(file), "key": signatures.make_key(file, word), "add it to": FILE}, as_json=as_json)


def sign(
    because: Because,
    out: Annotated[Path, typer.Option(help="File for the signed statement, which goes with the version.")],
    own: Annotated[Path, typer.Option("--key", exists=True, dir_okay=False, help="Your own private key.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="A grants.yaml; by default the deployment's.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign the version that a grants.yaml would become next; somebody else may put it in force (apply --signature)."""
    from hub.access.grants import signatures, versions
    from hub.access.grants.document import to_document
    from hub.access.logins.duty import Duty
    from hub.access.tokens import machine_now
    from hub.app import open_hub

    private = opened(own)
    with open_hub(duty=Duty.GRANTING) as hub:
        grants, source = read(hub, file)
        with hub.engine.connect() as connection:
            head = versions.next_head(connection, to_document(grants), source)
        made = signatures.sign(private, signatures.GrantTrust.of(hub.deployment), head, because, machine_now())
    out.write_text(made.to_text(), encoding="utf-8")
    show_one({"version": head.number, "digest": head.digest, "signature": str(out)}, as_json=as_json)


def signing(trust: GrantTrust, own: Path | None, signature: Path | None, because: str) -> Signing:
    """How the version that is applied gets its statement."""
    from hub.access.grants import signatures
    from hub.access.tokens import machine_now

    if signature is not None:
        given = signatures.GrantStatement.from_text(signature.read_text(encoding="utf-8"))
        return lambda head: given
    if own is not None:
        private = opened(own)
        return lambda head: signatures.sign(private, trust, head, because, machine_now())
    return lambda head: None


def opened(own: Path) -> Ed25519PrivateKey:
    """A private key; its passphrase is asked for on the terminal."""
    from hub.access.grants import signatures

    locked = signatures.is_locked(own)
    word = typer.prompt(f"Passphrase of {own.name}", hide_input=True, err=True) if locked else ""
    return signatures.read_key(own, word)


def proof(version: Version, trust: GrantTrust) -> tuple[str, str]:
    """Who signed a version, and whether that proves it."""
    from hub.access.grants.signatures import GrantsForged, GrantsUnsigned

    try:
        signer = version.signer(trust)
    except GrantsUnsigned:
        return "", UNSIGNED
    except GrantsForged as wrong:
        return wrong.message, WRONG
    return signer, GOOD if signer else UNSIGNED


def read(hub: Hub, file: Path | None) -> tuple[Grants, str]:
    """The grants of a file and its name. Raises DeploymentInvalid, with file and line."""
    from hub.access.grants.load import read_grants

    own = hub.deployment.folder / "grants.yaml"
    if file is None and not own.exists():
        raise NotFound(f"{hub.deployment.name} has no grants.yaml", hint="name a FILE")
    path = own if file is None else file
    return read_grants(hub.deployment.folder, hub.contracts, path), path.name
