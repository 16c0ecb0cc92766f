"""ZIP archives from outside: the whole directory is checked before a byte is inflated, and nothing is unpacked to disk.

ZIP (PKWARE APPNOTE 6.3) ends with a directory of its members: their number, sizes and names. The check covers
everything that could cost memory or escape the folder. The size in the directory bounds what a member may inflate to
(`zipfile` reads no further), and its CRC is checked.
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from .errors import Incomplete, Malformed, TooLarge

MIB = 1 << 20
_END = struct.Struct("<4s4H2LH")
_ENTRY_BYTES = 46 + 255 + 512
"""Of the directory, a member: its head, a name of at most 255 bytes, and room for extra fields."""


@dataclass(frozen=True)
class ArchiveLimits:
    """Limits of an archive. The options of a system may set each by name (`options.limits`)."""

    max_members: int = 10_000
    max_member_bytes: int = 32 * MIB
    """Inflated bytes of one member."""
    max_inflated_bytes: int = 256 * MIB
    """Inflated bytes of all members."""
    max_ratio: int = 100
    """Inflated to packed bytes, beyond the first MiB: honest XML stays below 30."""


@dataclass(frozen=True)
class Member:
    """One file in an archive."""

    name: str
    size: int
    sha256: str


class Archive:
    """An archive whose directory has passed every check.

    Raises:
        Incomplete: it is truncated or damaged.
        TooLarge: it exceeds a limit.
        Malformed: unsafe or repeated names, links, encryption, ZIP64, or an unknown method.
    """

    def __init__(self, body: bytes, about: str, caps: ArchiveLimits) -> None:
        self.about = about
        promised = _look_at_the_end(body, about, caps)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, ValueError, OSError, UnicodeDecodeError, NotImplementedError):
            raise Incomplete(f"{about}: the archive's directory is damaged") from None
        infos = self._zip.infolist()
        if len(infos) != promised:  # a length in one entry that swallows the next would hide a member
            raise Incomplete(
                f"{about}: the archive's directory names {len(infos)} members, its end {promised}: it is damaged"
            )
        _check_sizes(infos, about, caps)
        for each in infos:
            _check_member(each, about)
        self._infos = {each.filename: each for each in infos if not each.is_dir()}
        seen = {name.casefold() for name in self._infos}
        if len(self._infos) != sum(not each.is_dir() for each in infos) or len(seen) != len(self._infos):
            raise Malformed(f"{about}: the archive holds one name twice")

    @property
    def names(self) -> tuple[str, ...]:
        """The members, in the archive's order; `/` separates folders."""
        return tuple(self._infos)

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises Incomplete if they differ from the directory."""
        with self._opened(name) as stream:
            return _all(stream, self.about)

    def members(self) -> Iterator[Member]:
        """Each member with its digest, inflated in chunks."""
        for name, info in self._infos.items():
            digest, held = hashlib.sha256(), 0
            with self._opened(name) as stream:
                while chunk := _some(stream, self.about):
                    digest.update(chunk)
                    held += len(chunk)
            if held != info.file_size:
                raise Incomplete(f"{self.about}: a member ends early: the archive is damaged")
            yield Member(name, held, digest.hexdigest())

    def _opened(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (zipfile.BadZipFile, EOFError, ValueError, OSError):
            raise Incomplete(
                f"{self.about}: a member is not where the directory says: the archive is damaged"
            ) from None


def _look_at_the_end(body: bytes, about: str, caps: ArchiveLimits) -> int:
    """Check the directory's size before reading it; returns the number of members that the archive's end states."""
    start = body.rfind(b"PK\x05\x06", max(0, len(body) - (1 << 16) - _END.size))
    if start < 0 or len(body) - start < _END.size:
        raise Incomplete(f"{about}: no end of a ZIP archive: it was cut, or is none")
    _, disk, first, here, total, size, offset, comment = _END.unpack_from(body, start)
    if disk or first or here != total or total == 0xFFFF or 0xFFFFFFFF in (size, offset):
        raise Malformed(
            f"{about}: an archive of several parts or of the ZIP64 kind",
            hint="have the book packed as one plain ZIP of less than 4 GB",
        )
    if start + _END.size + comment != len(body) or offset + size != start:
        raise Incomplete(f"{about}: bytes before or after the archive: it is damaged")
    if total > caps.max_members or size > total * _ENTRY_BYTES:
        hint = "raise max_members, or have it split"
        raise TooLarge(
            f"{about}: a directory of {total} members, {size} bytes; at most {caps.max_members} members are read",
            hint=hint,
        )
    return int(total)


def _check_sizes(infos: list[zipfile.ZipInfo], about: str, caps: ArchiveLimits) -> None:
    for each in infos:
        if each.file_size > caps.max_member_bytes:
            raise TooLarge(
                f"{about}: a member inflates to {each.file_size} bytes; at most {caps.max_member_bytes} are read",
                hint="raise max_member_bytes",
            )
        if each.file_size > MIB + caps.max_ratio * each.compress_size:
            raise TooLarge(
                f"{about}: a member inflates from {each.compress_size} to {each.file_size} bytes: past the ratio of {caps.max_ratio}"
            )
    total = sum(each.file_size for each in infos)
    if total > caps.max_inflated_bytes:
        raise TooLarge(
            f"{about}: it inflates to {total} bytes; at most {caps.max_inflated_bytes} are read",
            hint="raise max_inflated_bytes, or have it split",
        )


def _check_member(each: zipfile.ZipInfo, about: str) -> None:
    # orig_filename: zipfile cuts a name at its first NUL and would hide the rest.
    name = each.orig_filename.rstrip("/") if each.is_dir() else each.orig_filename
    parts = name.split("/")
    if (
        any(part in ("", ".", "..") for part in parts)
        or any(c in "\\:" or c < " " or c == "\x7f" for c in name)
        or len(name) > 255
    ):
        raise Malformed(
            f"{about}: a member's name leads elsewhere (absolute, '..', odd separators or control characters)"
        )
    mode = each.external_attr >> 16
    if each.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Malformed(f"{about}: a member is a link or a device, no file")
    if each.flag_bits & 0x1:
        raise Malformed(f"{about}: a member is encrypted", hint="have the book packed without a password")
    if each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Malformed(f"{about}: a member is packed by a method other than stored and deflate")


def _all(stream: IO[bytes], about: str) -> bytes:
    parts = []
    while chunk := _some(stream, about):
        parts.append(chunk)
    return b"".join(parts)


def _some(stream: IO[bytes], about: str) -> bytes:
    try:
        return stream.read(MIB)
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError):
        raise Incomplete(f"{about}: a member does not agree with its checksum: the archive is damaged") from None
