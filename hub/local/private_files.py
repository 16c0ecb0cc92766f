"""Files that only their owner may read. Reading and writing never follow a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from contracts.errors import Permanent
from hub.core.state_files import write_whole


class FileUnsafe(Permanent):
    """A file or folder is a link, or belongs to somebody else. It was neither read nor changed."""


def write_private(path: Path, text: str) -> None:
    """Write a text to a file of mode 0600; readers see the old or the new text. A link is replaced, never followed."""
    write_whole(path, text)


def read_private(path: Path) -> str:
    """The text of a file that belongs to this user.

    Raises:
        FileNotFoundError: the file does not exist.
        FileUnsafe: it is a link, has a second name, or belongs to somebody else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileUnsafe(
            f"{path} cannot be read as a file of its own: {os.strerror(error.errno or 0)}", hint=_LOOK
        ) from None
    with os.fdopen(descriptor, encoding="utf-8") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or found.st_uid != os.geteuid():
            raise FileUnsafe(f"{path} is not a plain file of this user alone", hint=_LOOK)
        return file.read()


_LOOK = "somebody may have planted it: look at it with ls -li, and put the right file there"
