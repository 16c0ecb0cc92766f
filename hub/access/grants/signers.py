"""Who may sign versions of the grants: `grant_signers.yaml` of the deployment pins the public key of each named person.

The private key stays with the person. The file lies beside the deployment's other files and not in the database, so
whoever can write into the database cannot add a signer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from contracts.yaml.models import Day, FileModel, Text, load

FILE = "grant_signers.yaml"


class SignerEntry(FileModel):
    """One person, as the file has it."""

    name: Text = Field(examples=["Trần Thị Mẫu"])
    """The person who signs, as history and audit say it."""
    key: Text = Field(examples=["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="])
    """The public key: Ed25519, 32 bytes in base64. `hub grants key FILE` makes the pair and prints this line."""
    valid_from: Day | None
    """First day on which a signature counts."""
    valid_to: Day | None = None
    """Last day; a key that was lost or whose person has left ends here, and stays in the file for the history."""


class SignersFile(FileModel):
    """`grant_signers.yaml`, as it is written."""

    signers: tuple[SignerEntry, ...]


@dataclass(frozen=True)
class GrantSigner:
    """A named person's public key, on the days on which it counts."""

    name: str
    key: Ed25519PublicKey
    valid_from: date | None
    valid_to: date | None

    @property
    def id(self) -> str:
        """The key's name."""
        return key_id(self.key)

    def on(self, day: date) -> bool:
        """Whether its signatures count on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def key_id(public: Ed25519PublicKey) -> str:
    """A key's name: the first 16 hex digits of the SHA-256 of its 32 bytes, as for feeds."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def read_signers(folder: Path) -> tuple[GrantSigner, ...]:
    """The signers of a deployment; none without the file.

    Raises:
        DeploymentInvalid: file and line of what is no key, or stands twice.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    document = load(path, SignersFile)
    found: dict[str, GrantSigner] = {}
    for number, entry in enumerate(document.value.signers):
        at, hint = ("signers", number, "key"), "hub grants key FILE makes a pair and prints the line"
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(entry.key, validate=True))
        except (binascii.Error, ValueError):
            raise document.wrong(at, "is no Ed25519 key: 32 bytes in base64", hint=hint) from None
        signer = GrantSigner(entry.name, public, entry.valid_from, entry.valid_to)
        if signer.id in found:
            raise document.wrong(at, f"stands for the second time ({found[signer.id].name})", hint="one key a person")
        found[signer.id] = signer
    return tuple(found.values())
