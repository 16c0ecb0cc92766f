"""Files of state: written beside, synced and renamed, so that a kill leaves the old text or the new one, never a part.

.<name>.<random>.part    being written, locked by its writer; one that nobody locks is a kill's, and is swept
<name>                   whole
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contracts.errors import Permanent

PART = ".part"


class StateBroken(Permanent):
    """A file of state is empty or cannot be read. Nothing was changed."""


def write_whole(path: Path, text: str) -> None:
    """Write a file of mode 0600 that survives a crash of the machine; a link is replaced, never followed."""
    with _beside(path, text) as partial:
        os.replace(partial, path)


def write_once(path: Path, text: str) -> None:
    """Write a file of mode 0600, unless it exists: of two processes that begin at once, one writes and both read it."""
    with _beside(path, text) as partial:
        try:
            os.link(partial, path)
        except FileExistsError:
            return
        partial.unlink()


def read_json(path: Path, *, empty: dict[str, Any] | None = None, hint: str) -> dict[str, Any]:
    """The JSON object of a file of state.

    `empty` is what a file without a single byte stands for, where it can be made anew without loss; `hint` is the next
    step for the person who finds it broken.

    Raises:
        StateBroken: not a JSON object, or empty where that cannot be healed.
    """
    content = path.read_bytes()
    if not content.strip() and empty is not None:
        return dict(empty)
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StateBroken(f"{path} is {'not whole' if content.strip() else 'empty'}: it is no JSON object", hint=hint)
    return found


def sweep(folder: Path) -> int:
    """Remove the part files of writers that are gone, and return their number. Those of living writers stay."""
    swept = 0
    for path in _parts(folder):
        with locked(path, wait=False) as mine:
            if mine:
                path.unlink(missing_ok=True)
                swept += 1
    return swept


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a file or folder; False: it is gone, or another holds it and `wait` is false.

    The lock ends with its process, whatever way that ends.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def shared(path: Path) -> Iterator[Callable[[], bool]]:
    """Hold a lock together with others; the file is created on first use and stays.

    Gives the question whether nobody else holds it. It may be asked once, at the end: after a yes whoever comes next
    waits until the block is left.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def nobody_else() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield nobody_else
    finally:
        os.close(descriptor)


def new_part(folder: Path, prefix: str = ".") -> tuple[int, Path]:
    """Descriptor and path of a new part file, mode 0600, locked until the descriptor is closed."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=prefix, suffix=PART)  # O_EXCL, O_NOFOLLOW, 0600
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:  # a sweep may have come between its creation and its lock
            return descriptor, Path(name)
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _beside(path: Path, text: str) -> Iterator[Path]:
    """A synced part file with the text, for the block to give its name; removed if the block did not."""
    descriptor, partial = new_part(path.parent, f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            yield partial
        finally:
            partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def _parts(folder: Path) -> Iterable[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(each.path) for each in entries if each.name.endswith(PART) and each.is_file()]
    except FileNotFoundError:
        return []
