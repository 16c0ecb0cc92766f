"""The file of keys: which keys seal and open, which one seals new data, and the two that never change.

    {"master": ...}                                    one key from which all are derived: how a hub begins
    {"lookup", "fingerprint", "sealing", "current"}    after the first rotation

Look-up values and fingerprints stay what they are over a rotation: the audit log is only ever appended to and has no
numbers to make them from again. Their keys are derived from the first master key, which nobody can compute from them;
they open nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hub.core.state_files import StateBroken, read_json, write_once, write_whole

LOST = "put the key file back from its copy: what was sealed with another key cannot be opened"


@dataclass(frozen=True)
class KeyRing:
    """All keys of one scenario."""

    lookup: bytes
    fingerprint: bytes
    sealing: Mapping[str, bytes]
    """Name -> key (AES-256)."""
    current: str
    """Name of the key that seals what is new."""

    @classmethod
    def of_master(cls, master: bytes) -> KeyRing:
        name = name_of(master)
        return cls(derive(master, b"lookup"), derive(master, b"fingerprint"), {name: derive(master, b"seal")}, name)

    @classmethod
    def read(cls, path: Path) -> KeyRing:
        """Raises as `load`."""
        found = cls.load(path)
        return found if isinstance(found, KeyRing) else cls.of_master(found)

    @classmethod
    def load(cls, path: Path) -> KeyRing | bytes:
        """The keys, or the master key of which they are still to be derived.

        Raises:
            StateBroken: the file holds no keys; without it nothing that was sealed can be opened.
        """
        found = read_json(path, hint=LOST)
        try:
            if "master" in found:
                return bytes.fromhex(str(found["master"]))
            sealing = {str(name): bytes.fromhex(key) for name, key in found["sealing"].items()}
            ring = cls(
                bytes.fromhex(found["lookup"]), bytes.fromhex(found["fingerprint"]), sealing, str(found["current"])
            )
            _ = ring.sealing[ring.current]
        except (KeyError, ValueError, TypeError, AttributeError):
            raise StateBroken(f"{path} holds no master key", hint=LOST) from None
        return ring

    @property
    def older(self) -> tuple[str, ...]:
        """Names of keys that open, and seal nothing new."""
        return tuple(name for name in self.sealing if name != self.current)

    def rotated(self) -> KeyRing:
        """The same with a new key that seals from now on; the older ones go on opening."""
        key = secrets.token_bytes(32)
        name = name_of(key)
        return replace(self, sealing={**self.sealing, name: key}, current=name)

    def retired(self) -> KeyRing:
        """The same with the current key alone."""
        return replace(self, sealing={self.current: self.sealing[self.current]})

    def write(self, path: Path) -> None:
        write_whole(path, self._text())

    def keep_older(self, path: Path) -> None:
        """Write the older keys into a file of their own; backups of their time need them. Nothing is overwritten."""
        older = replace(self, sealing={name: self.sealing[name] for name in self.older}, current=self.older[-1])
        write_once(path, older._text())

    def _text(self) -> str:
        return json.dumps(
            {
                "lookup": self.lookup.hex(),
                "fingerprint": self.fingerprint.hex(),
                "sealing": {name: key.hex() for name, key in self.sealing.items()},
                "current": self.current,
            }
        )


def name_of(key: bytes) -> str:
    """A name of a key that tells nothing about it."""
    return derive(key, b"name")[:6].hex()


def derive(master: bytes, use: bytes) -> bytes:
    """The key for one use (HKDF)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"motlan:" + use).derive(master)
