"""Keys, and the three things done with them: seal, look up, fingerprint.

One master key a scenario (file `keys.json`, mode 0600, or `HUB_KEY_FILE`); a key for each use is
derived from it by HKDF, so that a look-up value says nothing about a seal.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.errors import Permanent

NONCE = 12
"""Bytes of a random AES-GCM nonce (NIST SP 800-38D)."""


class SealBroken(Permanent):
    """Sealed bytes were altered, moved to another place, or sealed under another key."""


class Keys:
    """All keys of one scenario."""

    def __init__(self, master: bytes) -> None:
        self._seal = AESGCM(_derive(master, b"seal"))
        self._lookup = _derive(master, b"lookup")
        self._fingerprint = _derive(master, b"fingerprint")

    @classmethod
    def from_file(cls, path: Path) -> Keys:
        """Read the master key, making it on first use."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump({"master": secrets.token_hex(32)}, file)
        return cls(bytes.fromhex(json.loads(path.read_text())["master"]))

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """AES-256-GCM. `place` (table, column, file name ...) is bound in: a seal moved elsewhere breaks."""
        nonce = os.urandom(NONCE)
        return nonce + self._seal.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plain bytes. Raises SealBroken."""
        try:
            return self._seal.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except InvalidTag:
            raise SealBroken(f"Sealed bytes at {place.decode(errors='replace')} cannot be opened") from None

    def lookup(self, number: str) -> str:
        """Keyed HMAC-SHA256 of an identity number, first 16 bytes as 32 hex digits (stored as `uuid`).

        12 digits can be tried out in minutes: an unkeyed hash would be no protection.
        """
        return hmac.digest(self._lookup, number.encode(), "sha256")[:16].hex()

    def fingerprinter(self) -> Callable[[str], str]:
        """Content text -> 32 hex digits; equal content has an equal fingerprint, under this key only."""
        key, blake2b = self._fingerprint, hashlib.blake2b

        def fingerprint(text: str) -> str:
            return blake2b(text.encode(), digest_size=16, key=key).hexdigest()

        return fingerprint


def _derive(master: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"motlan:" + use).derive(master)
