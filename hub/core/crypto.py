"""Keys and their three uses: encrypt (seal), look up, fingerprint.

A scenario has one master key (file `keys.json`, mode 0600, or `HUB_KEY_FILE`). HKDF derives a key for each use, so
that a look-up value reveals nothing about a sealed one. The key that seals can be changed while processes run
(`hub keys rotate`): each looks at the file again every second, and whenever something does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import Permanent
from hub.core.key_ring import KeyRing
from hub.core.state_files import write_once

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FileState = tuple[int, int] | None
"""What changes when a file is replaced: its time of change and its number; None: there is none."""

NONCE = 12
"""Bytes of a random AES-GCM nonce (NIST SP 800-38D)."""


LOOKS_S = 1.0
"""How long a process may seal with a key before it looks whether another one has come."""


class SealBroken(Permanent):
    """Sealed bytes were altered, moved to another place, or sealed with another key."""


class Keys:
    """All keys of one scenario."""

    def __init__(self, given: bytes | KeyRing, path: Path | None = None, seen: FileState = None) -> None:
        """`path`: the file that is looked at again, for keys that came or went; `seen`: what it was when it was read."""
        self._given, self._path, self._seen = given, path, seen
        self._looked_at = time.monotonic()
        self._ready: tuple[KeyRing, dict[str, AESGCM]] | None = None

    @classmethod
    def from_file(cls, path: Path, *, unused: bool = False) -> Keys:
        """Read the master key, or create it on first use.

        `unused`: nothing was sealed with it yet, so that an empty file, which a kill left, is made anew.

        Raises:
            StateBroken: the file holds no key; without it nothing that was sealed can be opened.
        """
        if unused and path.exists() and not path.stat().st_size:
            path.unlink()
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_once(path, json.dumps({"master": secrets.token_hex(32)}))
        seen = _state(path)
        return cls(KeyRing.load(path), path, seen)

    def seed(self, use: bytes) -> int:
        """A secret 64-bit number, always the same for the same use."""
        return int.from_bytes(hmac.digest(self._lookup, b"seed:" + use, "sha256")[:8], "big")

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Encrypt with AES-256-GCM.

        `place` (table, column, file name ...) is authenticated, so a moved value does not open.
        """
        return b"".join(self.sealed(plain, place))

    def sealed(self, plain: bytes, place: bytes) -> tuple[bytes, bytes]:
        """`seal` in two parts, to be written one after the other, so that a large page is not copied again."""
        if time.monotonic() - self._looked_at > LOOKS_S:
            self.look()
        nonce = os.urandom(NONCE)
        return nonce, self._seal.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plain bytes. Raises SealBroken."""
        return self.opened(sealed, place)[0]

    def opened(self, sealed: bytes, place: bytes) -> tuple[bytes, str]:
        """The plain bytes, and the name of the key that opened them. Raises SealBroken."""
        from cryptography.exceptions import InvalidTag

        for _ in range(2):
            for name, key in self._opens.items():
                try:
                    return key.decrypt(sealed[:NONCE], sealed[NONCE:], place), name
                except InvalidTag:
                    continue
            if not self.look():
                break
        raise SealBroken(f"Sealed bytes at {place.decode(errors='replace')} cannot be opened")

    def lookup(self, number: str) -> str:
        """Keyed HMAC-SHA256 of an identity number, first 16 bytes as 32 hex digits (stored as `bytea`).

        12 digits can be enumerated in minutes, so an unkeyed hash would not protect them.
        """
        return hmac.digest(self._lookup, number.encode(), "sha256")[:16].hex()

    def lookups(self, numbers: Iterable[bytes | None]) -> list[bytes | None]:
        """HMACs of many numbers (UTF-8) as 32 bytes each; the first 16 equal `lookup`. Null stays null."""
        # RFC 2104 with both padded keys hashed once: a third of the time of hmac.digest, the same bytes.
        inner, outer, found = self._padded[0].copy, self._padded[1].copy, list[bytes | None]()
        for number in numbers:
            if number is None:
                found.append(None)
                continue
            first = inner()
            first.update(number)
            second = outer()
            second.update(first.digest())
            found.append(second.digest())
        return found

    def fingerprints(self, contents: Iterable[bytes]) -> list[str]:
        """32 hex digits (keyed BLAKE2b) for each content; equal content has an equal fingerprint under the same key."""
        start, found = self._fingerprint.copy, list[str]()
        for content in contents:
            state = start()
            state.update(content)
            found.append(state.hexdigest())
        return found

    @property
    def name(self) -> str:
        """Name of the key that seals; it tells nothing about the key."""
        return self.ring.current

    @cached_property
    def ring(self) -> KeyRing:
        """All keys; derived when they are first used: a poll that finds nothing new uses none."""
        return self._given if isinstance(self._given, KeyRing) else KeyRing.of_master(self._given)

    def look(self) -> bool:
        """Read the file again if it has changed; whether it had."""
        self._looked_at = time.monotonic()
        if self._path is None or (state := _state(self._path)) == self._seen:
            return False
        ring = KeyRing.read(self._path)
        self._seen = state
        self.ring = ring
        return True

    @property
    def _opens(self) -> dict[str, AESGCM]:
        """Every key that opens, the current one first."""
        ready, ring = self._ready, self.ring
        if ready is None or ready[0] is not ring:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            names = (ring.current, *reversed(ring.older))
            self._ready = ready = (ring, {name: AESGCM(ring.sealing[name]) for name in names})
        return ready[1]

    @property
    def _seal(self) -> AESGCM:
        return next(iter(self._opens.values()))

    @cached_property
    def _lookup(self) -> bytes:
        return self.ring.lookup

    @cached_property
    def _padded(self) -> tuple[Any, Any]:
        """The hash of the look-up key in its inner and outer padding."""
        padded, sha256 = self._lookup.ljust(64, b"\0"), _light_sha256()
        return sha256(bytes(b ^ 0x36 for b in padded)), sha256(bytes(b ^ 0x5C for b in padded))

    @cached_property
    def _fingerprint(self) -> Any:
        return hashlib.blake2b(key=self.ring.fingerprint, digest_size=16)


def _light_sha256() -> Callable[[bytes], Any]:
    """Python's own SHA-256: OpenSSL's is faster on long texts, but takes longer to copy than 12 digits to hash."""
    for module in ("_sha2", "_sha256"):  # Python 3.12 and later; 3.11
        with suppress(ImportError):
            own: Callable[[bytes], Any] = importlib.import_module(module).sha256
            return own
    return hashlib.sha256


def _state(path: Path | None) -> FileState:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
