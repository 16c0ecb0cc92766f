"""Stores of files: list the files, and open one. A local folder is here; SFTP is in `connectors.files.sftp`."""

from __future__ import annotations

import os
import stat
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..errors import Incomplete, Refused, TooLarge, Unreachable
from .names import readable, shown


@dataclass(frozen=True)
class StoredFile:
    """One file of a listing."""

    name: str
    """In Unicode's composed form."""
    size: int
    changed: datetime
    """Aware, UTC."""
    sha256: str = ""
    """As the manifest states; empty without a manifest."""
    stored: str = ""
    """As the store has the name, where that is another form."""


@dataclass(frozen=True)
class Unusable:
    """An entry of a listing that is no file to be read."""

    name: str
    changed: datetime
    error: Refused
    always: bool
    """Whether a reading says so also where no stream wants the name: a link is never there by chance."""


@dataclass(frozen=True)
class StoreListing:
    """What lies in a store."""

    files: tuple[StoredFile, ...] = ()
    unusable: tuple[Unusable, ...] = field(default=())


class FileStore(ABC):
    """A flat store of files; subfolders are ignored."""

    @abstractmethod
    def look(self, most: int) -> StoreListing:
        """The regular files. Raises TooLarge: more than `most` entries, however many more there are."""

    @abstractmethod
    def opened(self, name: str) -> BinaryIO:
        """A stream of a file's bytes, by its name in the store. Raises Incomplete if the file is gone."""

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

    def look(self, most: int) -> StoreListing:
        try:
            with os.scandir(self._path) as found:
                stated = ((each.name, each.stat(follow_symlinks=False)) for each in found)
                return entries(((name, at.st_mode, at.st_size, at.st_mtime) for name, at in stated), most)
        except FileNotFoundError:
            raise Unreachable(
                "the folder, or a file in it, is gone", hint="is the share mounted? look again when it is"
            ) from None
        except OSError as error:
            raise Unreachable(f"the folder cannot be read ({type(error).__name__})") from None

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


def entries(listed: Iterable[tuple[str, int, int, float]], most: int) -> StoreListing:
    """A listing of (name, mode, bytes, Unix time). Folders and names that begin with a dot are skipped. Bytes of a name
    that are no UTF-8 are surrogates.

    Raises:
        TooLarge: there are more than `most`.
    """
    files, unusable = list[StoredFile](), list[Unusable]()
    for number, (name, mode, size, changed) in enumerate(listed, 1):
        if number > most:
            hint = "have the sender clear old ones, or raise max_files"
            raise TooLarge(f"more than {most} files lie there, and no more are looked at", hint=hint)
        if stat.S_ISDIR(mode) or name.startswith("."):
            continue
        try:
            moment = datetime.fromtimestamp(int(changed), UTC)
            error = _fault(name, mode)
        except (ValueError, OverflowError, OSError):
            moment, error = (
                datetime.min.replace(tzinfo=UTC),
                Refused(f"{shown(name)}: has no time", hint="send it anew"),
            )
        if error is not None:
            unusable.append(Unusable(name, moment, error, always=error.code == "no-file"))
            continue
        composed = unicodedata.normalize("NFC", name)
        files.append(StoredFile(composed, size, moment, stored="" if composed == name else name))
    return StoreListing(tuple(files), tuple(unusable))


def _fault(name: str, mode: int) -> Refused | None:
    """Why an entry is no file to be read."""
    if not readable(name):
        hint = "have it renamed; the program that wrote it uses an old code page"
        return Refused(f"{shown(name)}: the name is no UTF-8", hint=hint, code="name")
    if not stat.S_ISREG(mode):
        return Refused(
            f"{name}: a link or device lies where files are due",
            hint="remove it; links are never followed",
            code="no-file",
        )
    try:
        plain_name(name)
    except Refused as error:
        return error
    return None


def plain_name(name: str) -> str:
    """The name, if it is a plain file name.

    Raises:
        Refused: it has separators, `..`, drive letters or control characters.
    """
    if not name or name in (".", "..") or len(name) > 255 or any(c in '/\\:"' or c < " " or c == "\x7f" for c in name):
        raise Refused(
            "a file's name leads elsewhere or cannot be a name (separators, '..', control characters)",
            hint="have it renamed",
            code="path",
        )
    return name


def vanished(name: str) -> Incomplete:
    """The error for a file that was listed and is gone."""
    return Incomplete(
        f"{name}: vanished while it was to be read",
        hint="the sender may be replacing it: the next reading takes what is there then",
    )
