"""The city's signing keys: one file each in the state folder, the newest signs, the older ones stay to be verified.

`feed-keys/<number>.pem` is private (mode 0600); receivers get the public half by another way than the deliveries.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from contracts.errors import DeploymentInvalid
from hub.core.state_files import StateBroken, write_once


@dataclass(frozen=True)
class FeedSigner:
    """One signing key."""

    private: Ed25519PrivateKey

    @property
    def id(self) -> str:
        """Its name, in manifests and on the paper that receivers compare it with."""
        return key_id(self.private.public_key())

    @property
    def public_pem(self) -> str:
        """What receivers pin."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, content: bytes) -> bytes:
        """64 bytes."""
        return self.private.sign(content)


def signers(folder: Path) -> tuple[FeedSigner, ...]:
    """All signing keys, the newest first; the first one is made on first use.

    Raises:
        StateBroken: a file holds no Ed25519 key.
    """
    files = sorted(folder.glob("*.pem"), reverse=True)
    if not files:
        rotate(folder)
        files = sorted(folder.glob("*.pem"), reverse=True)
    return tuple(_read(path) for path in files)


def rotate(folder: Path) -> FeedSigner:
    """Make a new signing key, with which everything is signed from now on. Older deliveries keep their signature."""
    number = len(list(folder.glob("*.pem"))) + 1
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number:04d}.pem"
    write_once(path, pem.decode())
    return _read(path)


def receiver_key(pem: str, where: str) -> X25519PublicKey:
    """A receiver's pinned key. Raises DeploymentInvalid."""
    hint = "the receiver makes it with `python kit/verify.py keys FOLDER` and hands over opening.pub.pem"
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        raise DeploymentInvalid(f"{where}: no public key in PEM", hint=hint) from None
    if not isinstance(key, X25519PublicKey):
        raise DeploymentInvalid(f"{where}: no X25519 key, so nothing can be sealed for it", hint=hint)
    return key


def key_id(public: Ed25519PublicKey | X25519PublicKey) -> str:
    """A key's name: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def _read(path: Path) -> FeedSigner:
    hint = "put it back from its copy; with `hub feed keys --rotate` a new one signs from now on"
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        raise StateBroken(f"{path} holds no private key in PEM", hint=hint) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise StateBroken(f"{path} holds a key that does not sign", hint=hint)
    return FeedSigner(key)
