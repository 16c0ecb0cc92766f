"""Signatures of versions of the grants: what a person signs, and what proves it.

    statement   canonical JSON: deployment, number, digest of the document, digest of the version before, source, reason
    signature   Ed25519 over its bytes, by a key that `grant_signers.yaml` pins to a name

The statement names its number and the version before, so a signed version cannot be put in force again later. Outside
of a scenario a version without a good signature is never gone by: not when it is applied, and not when it is read.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from contracts.errors import Permanent
from hub.access.grants.document import canonical
from hub.access.grants.signers import FILE, GrantSigner, key_id, read_signers
from hub.core.deployment import Deployment
from hub.core.state_files import write_once

FORMAT = "motlan-grants/1"
_AGAIN = "hub grants apply --deployment --key YOUR-KEY.pem --because ... writes a signed version"


class GrantsUnsigned(Permanent):
    """A version of the grants without a signature, where one is demanded."""


class GrantsForged(Permanent):
    """The signature of a version does not prove it."""


class SignerKeyUnfit(Permanent):
    """A file is no private key that may sign grants, or stands where one is to be made."""

    exit_code = 2


@dataclass(frozen=True)
class VersionHead:
    """What is signed of a version."""

    number: int
    digest: str
    before: str
    """Digest of the version before; empty: it is the first."""
    source: str


@dataclass(frozen=True)
class GrantStatement:
    """A statement with its signature."""

    content: str
    signature: bytes

    def to_text(self) -> str:
        """As a file, to be carried from the signer's machine to the one that applies it."""
        said = {"statement": self.content, "signature": base64.b64encode(self.signature).decode()}
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str) -> GrantStatement:
        """Raises GrantsForged: it is no such file."""
        try:
            said = json.loads(text)
            return cls(said["statement"], base64.b64decode(said["signature"], validate=True))
        except (ValueError, KeyError, TypeError):
            raise GrantsForged("The file holds no signed statement", hint="hub grants sign FILE --key ...") from None


@dataclass(frozen=True)
class GrantTrust:
    """Who may sign for a deployment, and whether a signature is demanded."""

    deployment: str = ""
    signers: tuple[GrantSigner, ...] = ()
    demanded: bool = False

    @classmethod
    def of(cls, deployment: Deployment) -> GrantTrust:
        """A scenario demands none. Raises DeploymentInvalid."""
        return cls(deployment.name, read_signers(deployment.folder), demanded=deployment.as_of is None)

    def signer(self, head: VersionHead, given: GrantStatement | None, day: date, *, chained: bool = True) -> str:
        """The name of who signed a version that was applied on a day; empty: nobody, and nobody had to.

        `chained`: compare the version before, too; a reader of one version does not know it.

        Raises:
            GrantsUnsigned: a signature is demanded and lacks.
            GrantsForged: key, signature, statement or day is wrong.
        """
        what = f"Version {head.number} of the grants"
        if given is None:
            if self.demanded:
                raise GrantsUnsigned(f"{what} is not signed: it is not gone by", hint=_AGAIN)
            return ""
        said = self._said(given, what)
        signer = next((each for each in self.signers if each.id == said.get("key")), None)
        if signer is None:
            raise GrantsForged(f"{what} is signed by a key that {FILE} does not pin", hint=_AGAIN)
        try:
            signer.key.verify(given.signature, given.content.encode())
        except InvalidSignature:
            raise GrantsForged(f"{what}: the signature is not that of {signer.name}", hint=_AGAIN) from None
        if not signer.on(day):
            raise GrantsForged(f"{what}: the key of {signer.name} did not count on {day}", hint=f"{FILE} has its days")
        for name, wanted in (
            ("format", FORMAT),
            ("deployment", self.deployment),
            ("number", head.number),
            ("digest", head.digest),
            *((("before", head.before), ("source", head.source)) if chained else ()),
        ):
            if said.get(name) != wanted:
                raise GrantsForged(f"{what}: {signer.name} signed another {name}", hint=_AGAIN)
        return signer.name

    @staticmethod
    def _said(given: GrantStatement, what: str) -> dict[str, object]:
        try:
            said = json.loads(given.content)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise GrantsForged(f"{what}: what was signed is no statement", hint=_AGAIN)
        return said


ANYBODY = GrantTrust()
"""Of no deployment: unsigned versions pass, signed ones do not."""


def sign(key: Ed25519PrivateKey, trust: GrantTrust, head: VersionHead, because: str, now: datetime) -> GrantStatement:
    """Sign the next version. Raises SignerKeyUnfit: the key is nobody's today."""
    mine = key_id(key.public_key())
    signer = next((each for each in trust.signers if each.id == mine), None)
    if signer is None:
        raise SignerKeyUnfit(f"{FILE} pins no such key", hint="hub grants key FILE printed the lines to add to it")
    content = canonical(
        {
            "format": FORMAT,
            "deployment": trust.deployment,
            "number": head.number,
            "digest": head.digest,
            "before": head.before,
            "source": head.source,
            "because": because,
            "signer": signer.name,
            "key": mine,
            "signed_at": now.isoformat(timespec="seconds"),
        }
    )
    return GrantStatement(content, key.sign(content.encode()))


def make_key(path: Path, passphrase: str = "") -> str:
    """Make a pair: the private half into a new file (mode 0600); returns the public one, as `grant_signers.yaml` has it.

    Raises:
        SignerKeyUnfit: the file exists.
    """
    if path.exists():
        raise SignerKeyUnfit(f"{path.name} exists already", hint="a key is never written over: name another file")
    key = Ed25519PrivateKey.generate()
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    write_once(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode())
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def is_locked(path: Path) -> bool:
    """Whether a private key wants a passphrase."""
    return b"ENCRYPTED" in path.read_bytes()


def read_key(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """A person's private key. Raises SignerKeyUnfit."""
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() or None)
    except (ValueError, TypeError):
        raise SignerKeyUnfit(
            f"{path.name} does not open as a private key", hint="the passphrase, or another file?"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SignerKeyUnfit(f"{path.name} holds a key that does not sign", hint="hub grants key FILE makes one")
    return key
