"""An inbox: decides when a delivered file is complete, and reads complete files.

A store is a local folder, or a folder on an SFTP server. A file is read only when it is complete:

    with manifests     `<book>.manifest.json` lists each file of a delivery with bytes and SHA-256, and its time.
                       The sender writes it last. A file is complete if size and hash equal the manifest's
    without            two listings, `settle_s` apart, and one after reading show the same size and time

The position is (time, name), with the manifest's time or else the file's. Deliveries after an incomplete one are
read, but the position stays before it, so nothing is skipped. For a sender that sets old times on new files
(`rsync -t`), the stream needs a long `overlap`.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import msgspec

from .errors import Incomplete, Malformed, TooLarge
from .file_stores import FileStore, StoredFile, plain_name
from .interface import Position, Window
from .rest import place_of

MIB = 1 << 20
MANIFEST = ".manifest.json"
_MANIFEST_BYTES = MIB
_SHA256 = re.compile("[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class InboxRules:
    """When a file is complete, and how large it may be."""

    manifests: bool = True
    settle_s: float = 10.0
    """Time between the two listings, without manifests."""
    patience: timedelta = timedelta(days=1)
    """How long a delivery may stay incomplete before a reading ends with an error."""
    max_file_bytes: int = 64 * MIB
    """Bytes of one file. A reading holds a few files of this size in memory."""
    max_files: int = 20_000
    """Files in the folder."""


@dataclass(frozen=True)
class Delivery:
    """Complete files that belong together, such as a book's workbook and its scans."""

    files: tuple[StoredFile, ...]
    changed: datetime
    """The manifest's time, else the latest of the files'."""

    @property
    def name(self) -> str:
        return self.files[0].name


@dataclass(frozen=True)
class FolderState:
    """Deliveries of a listing: complete ones, oldest first, and incomplete ones."""

    complete: tuple[Delivery, ...]
    waiting: Mapping[str, datetime]
    """Name -> its time."""

    def position(self, delivery: Delivery, clock: datetime) -> Position | None:
        """The position after this delivery; None if an older one is incomplete, or if its time is in the future."""
        if delivery.changed > clock or any(since <= delivery.changed for since in self.waiting.values()):
            return None
        return Position(delivery.changed, delivery.name)


class Inbox:
    """A store that is read by the rules above.

    `together(name)` returns the names of the delivery that a file belongs to, with its naming file first; nothing for
    an unwanted file.
    """

    def __init__(
        self,
        place: FileStore,
        rules: InboxRules,
        together: Callable[[str], tuple[str, ...]],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place, self._rules, self._together, self._sleep = place, rules, together, sleep

    def find(self, window: Window) -> FolderState:
        """The wanted deliveries within the window, both ends inclusive.

        Raises:
            TooLarge: a file, or the number of files, exceeds its limit.
            Malformed: a manifest is invalid.
        """
        listed = {each.name: each for each in self._look()}
        complete, waiting = self._by_manifest(listed) if self._rules.manifests else self._by_settling(listed, window)
        inside = sorted(
            (each for each in complete if _within(each.changed, each.name, window)), key=lambda d: (d.changed, d.name)
        )
        for each in (file for delivery in inside for file in delivery.files):
            if each.size > self._rules.max_file_bytes:
                raise TooLarge(
                    f"{each.name}: {each.size} bytes; at most {self._rules.max_file_bytes} are read",
                    hint="raise max_file_bytes, or have it split",
                )
        return FolderState(
            tuple(inside),
            {name: since for name, since in waiting.items() if window.until is None or since <= window.until},
        )

    def read(self, entry: StoredFile) -> bytes:
        """The bytes of a complete file.

        Raises:
            Incomplete: it is gone, has changed, or differs from its manifest.
        """
        parts, held, digest = [], 0, hashlib.sha256()
        with self._place.guarded(entry.name), self._place.opened(entry.name) as stream:
            while chunk := stream.read(MIB):
                held += len(chunk)
                if held > entry.size:
                    break
                digest.update(chunk)
                parts.append(chunk)
        if held != entry.size:
            came = "more" if held > entry.size else str(held)
            raise Incomplete(
                f"{entry.name}: {came} bytes came where {entry.size} were due: it is being written, or was cut"
            )
        if entry.sha256 and digest.hexdigest() != entry.sha256:
            raise _another(entry)
        if not entry.sha256 and entry not in self._look():
            raise Incomplete(f"{entry.name}: changed while it was read", hint="it is taken when it has come to rest")
        return b"".join(parts)

    @contextmanager
    def opened(self, entry: StoredFile) -> Iterator[BinaryIO]:
        """A complete file as a stream, for one that is too large to hold; `require_unchanged` follows its last byte.

        Raises:
            Incomplete: it is gone, or differs from its manifest.
        """
        with self._place.guarded(entry.name), self._place.opened(entry.name) as stream:
            if entry.sha256:
                digest, held = hashlib.sha256(), 0
                while chunk := stream.read(MIB):
                    digest.update(chunk)
                    held += len(chunk)
                if held != entry.size:
                    raise Incomplete(
                        f"{entry.name}: {held} bytes came where {entry.size} were due: it was cut, or grows"
                    )
                if digest.hexdigest() != entry.sha256:
                    raise _another(entry)
                stream.seek(0)
            yield stream

    def require_unchanged(self, entry: StoredFile) -> None:
        """Check that a file that was read in parts is still the listed one. Raises Incomplete."""
        there = next((each for each in self._look() if each.name == entry.name), None)
        same = there is not None and there.size == entry.size
        if not same or (not entry.sha256 and there != entry):
            raise Incomplete(f"{entry.name}: changed while it was read", hint="it is taken when it has come to rest")

    def late(self, found: FolderState, clock: datetime) -> None:
        """End a reading with an error if a delivery was incomplete for too long.

        Raises:
            Incomplete: names the oldest such delivery.
        """
        overdue = sorted((since, name) for name, since in found.waiting.items() if clock - since > self._rules.patience)
        if overdue:
            since, name = overdue[0]
            message = f"{name}: not complete since {since:%Y-%m-%d %H:%M} UTC ({len(overdue)} such)"
            raise Incomplete(message, hint="the sender must finish or remove it; the stream goes on then")

    def close(self) -> None:
        self._place.close()

    def _look(self) -> list[StoredFile]:
        with self._place.guarded("the listing"):
            listed = self._place.look()
        if len(listed) > self._rules.max_files:
            hint = "have the sender clear old ones, or raise max_files"
            raise TooLarge(f"{len(listed)} files lie there; at most {self._rules.max_files} are looked at", hint=hint)
        return listed

    def _by_settling(
        self, listed: Mapping[str, StoredFile], window: Window
    ) -> tuple[list[Delivery], dict[str, datetime]]:
        """Deliveries that are equal in two listings. Those before the window are skipped: they were read before."""
        wanted = dict.fromkeys(names for name in listed if (names := self._together(name)))
        first = {names: [listed[n] for n in names if n in listed] for names in wanted}
        new = {
            names: files for names, files in first.items() if _within(max(f.changed for f in files), names[0], window)
        }
        if not new:
            return [], {}
        self._sleep(self._rules.settle_s)
        again = {each.name: each for each in self._look()}
        complete, waiting = [], {}
        for names, files in new.items():
            changed = max(file.changed for file in files)
            if len(files) == len(names) and all(again.get(file.name) == file for file in files):
                complete.append(Delivery(tuple(files), changed))
            else:
                waiting[names[0]] = changed
        return complete, waiting

    def _by_manifest(self, listed: Mapping[str, StoredFile]) -> tuple[list[Delivery], dict[str, datetime]]:
        complete: dict[tuple[str, ...], Delivery] = {}
        waiting: dict[str, datetime] = {}
        for name in sorted(n for n in listed if n.endswith(MANIFEST)):
            promised = {each.name: each for each in self._manifest(listed[name])}
            arrived = all(each.name in listed and listed[each.name].size == each.size for each in promised.values())
            for names in dict.fromkeys(names for file in promised if (names := self._together(file))):
                if missing := [n for n in names if n not in promised]:
                    raise Malformed(f"{name}: promises a part of a delivery only: {missing[0]} is not in it")
                if names in complete or names[0] in waiting:
                    raise Malformed(f"{name}: {names[0]} is promised by another manifest as well")
                delivery = Delivery(tuple(promised[n] for n in names), promised[names[0]].changed)
                if arrived:
                    complete[names] = delivery
                else:
                    waiting[names[0]] = delivery.changed
        return list(complete.values()), waiting

    def _manifest(self, entry: StoredFile) -> list[StoredFile]:
        if entry.size > _MANIFEST_BYTES:
            raise TooLarge(f"{entry.name}: a manifest of {entry.size} bytes; at most {_MANIFEST_BYTES} are read")
        try:
            manifest = msgspec.json.decode(self.read(entry), type=_Manifest)
        except msgspec.DecodeError as error:
            hint = '{"time": "<ISO 8601 with offset>", "files": [{"name", "bytes", "sha256"}]}'
            raise Malformed(f"{entry.name}: no manifest: {place_of(error)}", hint=hint) from None
        if manifest.time.tzinfo is None:
            raise Malformed(f"{entry.name}: its time has no offset from UTC")
        when = manifest.time.astimezone(UTC).replace(microsecond=0)
        names = [plain_name(each.name) for each in manifest.files]
        if len(set(names)) != len(names):
            raise Malformed(f"{entry.name}: a file is named twice")
        if not all(_SHA256.fullmatch(each.sha256) and each.bytes >= 0 for each in manifest.files):
            raise Malformed(f"{entry.name}: bytes or SHA-256 of a file are none")
        return [
            replace(entry, name=e.name, size=e.bytes, changed=when, sha256=e.sha256.lower()) for e in manifest.files
        ]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    bytes: int
    sha256: str


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    time: datetime
    files: list[_File]


def _within(changed: datetime, name: str, window: Window) -> bool:
    since = window.since
    after = since is None or (changed, name) >= (since.changed_at.replace(microsecond=0), since.record_id)
    return after and (window.until is None or changed <= window.until)


def _another(entry: StoredFile) -> Incomplete:
    return Incomplete(
        f"{entry.name}: its SHA-256 is not the manifest's", hint="the sender must send file and manifest again"
    )
