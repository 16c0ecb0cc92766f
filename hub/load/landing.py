"""The landing: bytes as received, content-addressed, immutable and encrypted. Every replay reads from it.

The name of a file is the SHA-256 of the plain bytes. A file is written under a temporary name, synced and
renamed, then its folder is synced: after `keep` returns, the bytes survive a crash of the machine. Part files that a
killed writer left are removed by the next run.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from hub.core.crypto import Keys, SealBroken
from hub.core.errors import LandingDamaged, LandingFull
from hub.core.state_files import new_part, sweep, sync_folder

PARTS = ".parts"
"""Subfolder of the files that are being written."""


class Landing:
    """A folder of landed bytes."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder = folder
        self._keys = keys

    def keep(self, body: bytes) -> str:
        """Store bytes durably and return their SHA-256 (hex). Storing the same bytes again costs nothing.

        Raises:
            LandingFull: the disk refused them.
        """
        digest = hashlib.sha256(body).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            parts = self.folder / PARTS
            parts.mkdir(exist_ok=True)
            descriptor, partial = new_part(parts)  # locked while it is written: two containers may share a folder
            with os.fdopen(descriptor, "wb") as file:
                try:
                    file.writelines(self._keys.sealed(body, digest.encode()))
                    file.flush()
                    os.fsync(file.fileno())
                    partial.rename(path)
                finally:
                    partial.unlink(missing_ok=True)  # a file that may be incomplete is never trusted
            sync_folder(path.parent)
        except OSError as error:
            raise LandingFull(
                f"A page could not be landed: {error.strerror}. Nothing of it was merged, the position stays",
                hint=f"make room on the disk of {self.folder}, then sync again",
            ) from error
        return digest

    def sweep(self) -> int:
        """Remove what writers that were killed left behind, and return the number of their files."""
        return sweep(self.folder / PARTS)

    def read(self, digest: str) -> bytes:
        """The landed bytes.

        Raises:
            LandingDamaged: the file is missing or altered, or its content does not match its name.
        """
        try:
            body = self._keys.open(self._path(digest).read_bytes(), digest.encode())
        except FileNotFoundError:
            raise LandingDamaged(
                f"Landed bytes {digest[:16]}… are missing", hint="restore the landing folder from its copy"
            ) from None
        except SealBroken as error:
            raise LandingDamaged(
                f"Landed bytes {digest[:16]}… were altered", hint="restore this file from its copy"
            ) from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise LandingDamaged(f"Landed bytes {digest[:16]}… are not what their name says")
        return body

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.page"


def pages_in(folder: Path) -> bool:
    """Whether any page was ever landed in a folder."""
    return next(folder.glob("??/*.page"), None) is not None
