"""Stores of files: list the files, and open one. A local folder is here; SFTP is in `connectors.sftp`."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from .errors import Incomplete, Refused, Unreachable


@dataclass(frozen=True)
class StoredFile:
    """One file of a listing."""

    name: str
    size: int
    changed: datetime
    """Aware, UTC."""
    sha256: str = ""
    """As the manifest states; empty without a manifest."""


class FileStore(ABC):
    """A flat store of files; subfolders are ignored."""

    @abstractmethod
    def look(self) -> list[StoredFile]:
        """The regular files. Raises Refused for a name that is not safe."""

    @abstractmethod
    def opened(self, name: str) -> BinaryIO:
        """A stream of a file's bytes. Raises Incomplete if the file is gone."""

    @contextmanager
    def guarded(self, about: str) -> Iterator[None]:
        """A block in which errors of the store's library become ours."""
        yield

    def close(self) -> None:  # noqa: B027 - a folder holds nothing
        """Close connections. Safe to call twice."""


class Folder(FileStore):
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def look(self) -> list[StoredFile]:
        try:
            with os.scandir(self._path) as found:
                listed = [(each.name, each.stat(follow_symlinks=False)) for each in found]
        except FileNotFoundError:
            raise Unreachable(
                "the folder, or a file in it, is gone", hint="is the share mounted? look again when it is"
            ) from None
        except OSError as error:
            raise Unreachable(f"the folder cannot be read ({type(error).__name__})") from None
        return entries((name, about.st_mode, about.st_size, about.st_mtime) for name, about in listed)

    def opened(self, name: str) -> BinaryIO:
        try:
            descriptor = os.open(self._path / plain_name(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise vanished(name) from None
        except OSError as error:
            raise Refused(
                f"{name}: cannot be opened ({type(error).__name__})",
                hint="the hub needs the right to read it; a link is not followed",
            ) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Refused(f"{name}: is no regular file any more")
        return os.fdopen(descriptor, "rb")


def entries(listed: Iterator[tuple[str, int, int, float]]) -> list[StoredFile]:
    """Files of (name, mode, bytes, Unix time). Folders and names that begin with a dot are skipped.

    Raises:
        Refused: a link, a device, or a name that would lead elsewhere.
    """
    found = []
    for name, mode, size, changed in listed:
        if stat.S_ISDIR(mode) or name.startswith("."):
            continue
        if not stat.S_ISREG(mode):
            raise Refused(
                f"{plain_name(name)}: a link or device lies where files are due",
                hint="remove it; links are never followed",
                code="no-file",
            )
        found.append(StoredFile(plain_name(name), size, datetime.fromtimestamp(int(changed), UTC)))
    return found


def plain_name(name: str) -> str:
    """The name, if it is a plain file name.

    Raises:
        Refused: it has separators, `..`, drive letters or control characters.
    """
    if not name or name in (".", "..") or len(name) > 255 or any(c in '/\\:"' or c < " " or c == "\x7f" for c in name):
        raise Refused(
            "a file's name leads elsewhere or cannot be a name (separators, '..', control characters)", code="path"
        )
    return name


def vanished(name: str) -> Incomplete:
    """The error for a file that was listed and is gone."""
    return Incomplete(
        f"{name}: vanished while it was to be read",
        hint="the sender may be replacing it: the next reading takes what is there then",
    )
