"""ZIP archives from outside: the whole directory is checked before a byte is inflated, and nothing is unpacked to disk.

ZIP (PKWARE APPNOTE 6.3) ends with a directory of its members: their number, sizes and names. The check covers
everything that could cost memory or escape the folder. The size in the directory bounds what a member may inflate to
(`zipfile` reads no further), and its CRC is checked.

A name is UTF-8 if the archive flags it so. Many tools of Windows and the Mac write UTF-8 and no flag: such a name is
tried as UTF-8 first, then read by the code page that the option `archive_names` names. All names are composed (NFC).
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from ..errors import Incomplete, Malformed, TooLarge
from .forms import other_form
from .names import ICON, of_a_program

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
    """Of its bytes; empty if they differ from their checksum."""


class Archive:
    """An archive whose directory has passed every check.

    Raises:
        Incomplete: it is truncated or damaged.
        TooLarge: it exceeds a limit.
        Malformed: unsafe or repeated names, links, encryption, ZIP64, or an unknown method.
    """

    def __init__(
        self, body: bytes, about: str, caps: ArchiveLimits, *, due: str = "a ZIP archive", names: str = "cp437"
    ) -> None:
        """`due` is what it should be, for a message; `names` the code page of names that are neither flagged nor UTF-8."""
        self.about = about
        if body and not body.startswith(b"PK"):
            hint = f"have it saved as {due.removeprefix('an ').removeprefix('a ')}, and sent again"
            raise Malformed(f"{about}: {other_form(body)}, where {due} was due", hint=hint)
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
        files = [each for each in infos if not _path(each.orig_filename).endswith("/")]
        self._infos = {_name(each, names): each for each in files}
        seen = {name.casefold() for name in self._infos}
        if len(self._infos) != len(files) or len(seen) != len(files):
            raise Malformed(f"{about}: the archive holds one name twice", hint="have it packed anew, each file once")

    @property
    def names(self) -> tuple[str, ...]:
        """The members, in the archive's order; `/` separates folders."""
        return tuple(self._infos)

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises Incomplete if they differ from the directory."""
        with self._opened(name) as stream:
            return _all(stream, self.about)

    def members(self, without: Callable[[str], bool] = lambda name: False) -> Iterator[Member]:
        """Each member with its digest, inflated in chunks; but for those `without` which it is asked.

        The bytes of one that differs from its checksum are nobody's: it has no digest, and the members beside it do.
        """
        for name, info in self._infos.items():
            if without(name):
                continue
            digest, held = hashlib.sha256(), 0
            with self._opened(name) as stream:
                try:
                    while chunk := _some(stream, self.about):
                        digest.update(chunk)
                        held += len(chunk)
                except Incomplete:
                    held = -1
            yield Member(name, info.file_size, digest.hexdigest() if held == info.file_size else "")

    def _opened(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(self._infos[name])
        # zipfile's own header of a member may claim a method or a lock that the directory, checked above, does not
        # have: NotImplementedError and RuntimeError are damage here, as all the others are.
        except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, RuntimeError):
            raise Incomplete(
                f"{self.about}: a member is not where the directory says: the archive is damaged"
            ) from None


def _look_at_the_end(body: bytes, about: str, caps: ArchiveLimits) -> int:
    """Check the directory's size before reading it; returns the number of members that the archive's end states."""
    start = body.rfind(b"PK\x05\x06", max(0, len(body) - (1 << 16) - _END.size))
    if start < 0 or len(body) - start < _END.size:
        raise Incomplete(f"{about}: {'no end of a ZIP archive: it was cut' if body else 'it is empty'}")
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
                f"{about}: a member inflates from {each.compress_size} to {each.file_size} bytes: past the ratio of {caps.max_ratio}",
                hint="have it packed anew; raise max_ratio if its files are that regular",
            )
    total = sum(each.file_size for each in infos)
    if total > caps.max_inflated_bytes:
        raise TooLarge(
            f"{about}: it inflates to {total} bytes; at most {caps.max_inflated_bytes} are read",
            hint="raise max_inflated_bytes, or have it split",
        )


def _name(each: zipfile.ZipInfo, names: str) -> str:
    """The member's name as it was meant."""
    name = each.filename
    if not each.flag_bits & 0x800:
        raw = name.encode("cp437")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode(names, "replace")
    return unicodedata.normalize("NFC", _path(name))


def _path(name: str) -> str:
    """A member's path. .NET wrote folders with backslashes until 4.6.1, and some begin at the folder they stand in."""
    return name.replace("\\", "/").removeprefix("./")


def _check_member(each: zipfile.ZipInfo, about: str) -> None:
    # orig_filename: zipfile cuts a name at its first NUL and would hide the rest.
    name = _path(each.orig_filename).removesuffix("/").removesuffix(ICON[-1] if of_a_program(each.filename) else "")
    if (
        any(part in ("", ".", "..") for part in name.split("/"))
        or any(c == ":" or c < " " or c == "\x7f" for c in name)
        or len(name) > 255
    ):
        raise Malformed(
            f"{about}: a member's name leads elsewhere (absolute, '..', odd separators or control characters)",
            hint="have it packed anew by a plain ZIP program",
        )
    mode = each.external_attr >> 16
    if each.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Malformed(f"{about}: a member is a link or a device, no file", hint="have the files themselves packed")
    if each.flag_bits & 0x1:
        raise Malformed(f"{about}: a member is encrypted", hint="have the book packed without a password")
    if each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Malformed(
            f"{about}: a member is packed by a method other than stored and deflate",
            hint="have it packed anew by a plain ZIP program",
        )


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
