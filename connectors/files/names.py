"""Names of delivered files: compared in one form, whatever program wrote them, and shown so that they lead nobody."""

from __future__ import annotations

import re
import unicodedata

_UNFINISHED = re.compile(r"\.(?:part|partial|filepart|tmp|temp|crdownload|download|swp|lock)$", re.IGNORECASE)
ICON = "Icon\r"
"""The picture of a folder on a Mac: the only file whose name rightly ends in a control character."""
_OF_A_PROGRAM = re.compile(
    rf"\A(?:~\$|\._)|\A(?:thumbs\.db|ehthumbs\.db|desktop\.ini|\.ds_store|\.directory|@eadir|{ICON})\Z", re.IGNORECASE
)
_FOLDER_OF_A_PROGRAM = re.compile(r"\A(?:__MACOSX|@eaDir|\.[^/]+)\Z", re.IGNORECASE)


def comparable(name: str) -> str:
    """The name in Unicode's composed form, its suffix in small letters: a Mac decomposes names, Windows and scanners
    write suffixes in capitals, and it is the same file.
    """
    stem, dot, suffix = unicodedata.normalize("NFC", name).rpartition(".")
    return f"{stem}{dot}{suffix.lower()}" if dot else suffix


def suffix_of(name: str) -> str:
    """The suffix in small letters, with its dot; empty without one."""
    _, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot else ""


def readable(name: str) -> bool:
    """Whether the name is UTF-8; other bytes are surrogates in it (`surrogateescape`)."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def shown(name: str) -> str:
    """The name for a message: bytes that are no UTF-8 as `\\xe1`."""
    return name if readable(name) else name.encode("utf-8", "surrogateescape").decode("ascii", "backslashreplace")


def of_a_program(path: str) -> bool:
    """Whether a file (`/` separates folders) is one that an operating system or a packing tool leaves beside the real
    ones: `__MACOSX`, `.DS_Store`, `Thumbs.db`, `desktop.ini`, a spreadsheet program's lock file.
    """
    *folders, name = path.split("/")
    return bool(_OF_A_PROGRAM.search(name)) or any(_FOLDER_OF_A_PROGRAM.search(each) for each in folders)


def unfinished(name: str) -> bool:
    """Whether the name says that a program is still writing the file."""
    return bool(_UNFINISHED.search(name))
