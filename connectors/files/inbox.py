"""An inbox: decides when a delivered file is complete, and reads complete files.

A store is a local folder, or a folder on an SFTP server. A file is read only when it is complete:

    with manifests     `<book>.manifest.json` lists each file of a delivery with bytes and SHA-256, and its time.
                       The sender writes it last. A file is complete if size and hash equal the manifest's
    without            two listings, `settle_s` apart, and one after reading show the same size and time

The position is (time, name), with the manifest's time or else the file's. Deliveries after an incomplete or refused one
are read, but the position stays before it, so nothing is skipped, and the reading ends with an error that names it. For
a sender that sets old times on new files (`rsync -t`), the stream needs a long `overlap`.

Names are compared in one form (`connectors.files.names`). What a stream's pattern fits and what is not read all the same
is refused by its name, never passed over (`connectors.files.folder_state`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import BinaryIO

from contracts.errors import HubError

from ..errors import Incomplete, Malformed, Refused, TooLarge, restated
from ..interface import Page, Window
from .folder_state import NO_TIME, Delivery, FolderState, Looked, WantedFiles, by_manifest, by_settling, settling
from .manifests import MOST_BYTES, promised_files
from .manifests import SUFFIX as MANIFEST
from .stores import FileStore, StoredFile, StoreListing

__all__ = ["MANIFEST", "MIB", "Delivery", "FolderState", "Inbox", "InboxRules", "WantedFiles", "cut_for_good"]

MIB = 1 << 20
OF_ONE_FILE = (Malformed, TooLarge, Refused, Incomplete)
"""Errors that say something of one file, and nothing of those beside it."""


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


class Inbox:
    """A store that is read by the rules above; `wanted` says which files are a stream's, `system` who is named."""

    def __init__(
        self,
        place: FileStore,
        rules: InboxRules,
        wanted: WantedFiles,
        sleep: Callable[[float], None] = time.sleep,
        system: str = "",
    ) -> None:
        self._place, self._rules, self._wanted, self._sleep, self._system = place, rules, wanted, sleep, system

    def pages(self, window: Window, clock: datetime, read: Callable[[Delivery], Generator[Page]]) -> Iterator[Page]:
        """The pages of each complete delivery, oldest first; the last one of each has the position after it.

        A delivery that cannot be read keeps none of the others out: it is named by the error in which the reading ends.

        Raises:
            Transient, Permanent: a delivery was refused, or was incomplete for too long; or the store cannot be read.
        """
        try:
            found = self.find(window)
            for delivery in found.complete:
                last: Page | None = None
                with closing(read(delivery)) as reading:
                    while True:
                        try:
                            page = next(reading)
                        except StopIteration:
                            break
                        except OF_ONE_FILE as error:
                            found = found.without(delivery, error)
                            break
                        if last is not None:
                            yield last
                        last = page
                if last is not None:
                    yield replace(last, end=found.position(delivery, clock))
            self.finish(found, clock)
        except HubError as error:
            about = f"{self._system}: " if self._system else ""
            raise restated(error, f"{about}{error.message}") from None

    def whole(self, read: Callable[[Delivery], Generator[Page]], *, newest: bool) -> Iterator[Page]:
        """The pages of everything that lies there, or of the newest delivery, for a listing.

        Raises:
            Incomplete: no delivery lies there, or one of those that count is not complete.
            Permanent: one of them was refused.
            Transient: the store cannot be read.
        """
        try:
            found = self.find(Window())
            counted = found.complete[-1:] if newest else found.complete
            since = counted[0].changed if newest and counted else None
            for each in found.refused:
                if since is None or each.changed >= since or each.changed == NO_TIME:
                    raise each.error
            if waiting := sorted(name for name, at in found.waiting.items() if since is None or at >= since):
                raise Incomplete(
                    f"{waiting[0]}: not complete yet ({len(waiting)} such), so nothing says what the source has",
                    hint="it counts when all of it is there; list again then",
                )
            if not counted:
                raise Incomplete(
                    "no complete delivery lies there, so nothing says what the source has",
                    hint="list again when one has come",
                )
            for delivery in counted:
                with closing(read(delivery)) as reading:
                    yield from reading
        except HubError as error:
            about = f"{self._system}: " if self._system else ""
            raise restated(error, f"{about}{error.message}") from None

    def find(self, window: Window) -> FolderState:
        """The wanted deliveries within the window, both ends inclusive, and what was refused.

        Raises:
            TooLarge: the number of files exceeds its limit.
            Transient: the store cannot be read.
        """
        looked = Looked.at(self._look(), self._wanted)
        if self._rules.manifests:
            state = by_manifest(looked, self._wanted, window, self._promised)
        else:
            again = None
            if settling(looked, self._wanted, window):
                self._sleep(self._rules.settle_s)
                again = Looked.at(self._look(), self._wanted)
            state = by_settling(looked, again, self._wanted, window)
        for delivery in state.complete:
            for file in delivery.files:
                if file.size > self._rules.max_file_bytes:
                    what = f"{file.name}: {file.size} bytes; at most {self._rules.max_file_bytes} are read"
                    error = TooLarge(what, hint="raise max_file_bytes, or have it split")
                    state = state.without(delivery, error)
                    break
        return state

    def read(self, entry: StoredFile) -> bytes:
        """The bytes of a complete file.

        Raises:
            Incomplete: it is gone, has changed, or differs from its manifest.
        """
        parts, held, digest = [], 0, hashlib.sha256()
        with self._place.guarded(entry.name), self._open(entry) as stream:
            while chunk := stream.read(MIB):
                held += len(chunk)
                if held > entry.size:
                    break
                digest.update(chunk)
                parts.append(chunk)
        if held != entry.size:
            came = "more" if held > entry.size else str(held)
            raise Incomplete(
                f"{entry.name}: {came} bytes came where {entry.size} were due: it is being written, or was cut",
                hint="it is taken when all of it is there; else the sender must send it again",
            )
        if entry.sha256 and digest.hexdigest() != entry.sha256:
            raise _another(entry)
        if not entry.sha256 and entry not in self._look().files:
            raise Incomplete(f"{entry.name}: changed while it was read", hint="it is taken when it has come to rest")
        return b"".join(parts)

    @contextmanager
    def opened(self, entry: StoredFile) -> Iterator[BinaryIO]:
        """A complete file as a stream, for one that is too large to hold; `require_unchanged` follows its last byte.

        Raises:
            Incomplete: it is gone, or differs from its manifest.
        """
        with self._place.guarded(entry.name), self._open(entry) as stream:
            if entry.sha256:
                digest, held = hashlib.sha256(), 0
                while chunk := stream.read(MIB):
                    digest.update(chunk)
                    held += len(chunk)
                if held != entry.size:
                    raise Incomplete(
                        f"{entry.name}: {held} bytes came where {entry.size} were due: it was cut, or grows",
                        hint="it is taken when all of it is there; else the sender must send it again",
                    )
                if digest.hexdigest() != entry.sha256:
                    raise _another(entry)
                stream.seek(0)
            yield stream

    def require_unchanged(self, entry: StoredFile) -> None:
        """Check that a file that was read in parts is still the listed one. Raises Incomplete."""
        there = next((each for each in self._look().files if each.name == entry.name), None)
        same = there is not None and there.size == entry.size
        if not same or (not entry.sha256 and there != entry):
            raise Incomplete(f"{entry.name}: changed while it was read", hint="it is taken when it has come to rest")

    def finish(self, found: FolderState, clock: datetime) -> None:
        """End a reading with an error if a delivery was refused, or was incomplete for too long.

        Raises:
            Permanent, Transient: the first that somebody must act on, else the first; it names the others.
        """
        errors = found.errors(clock, self._rules.patience)
        if not errors:
            return
        first, *others = errors
        if not others:
            raise first
        named = "; ".join(each.message for each in others[:3])
        more = f"; and {len(others) - 3} more" if len(others) > 3 else ""
        raise restated(first, f"{first.message}. Beside it: {named}{more}")

    def close(self) -> None:
        self._place.close()

    def _look(self) -> StoreListing:
        with self._place.guarded("the listing"):
            return self._place.look(self._rules.max_files)

    def _open(self, entry: StoredFile) -> BinaryIO:
        return self._place.opened(entry.stored or entry.name)

    def _promised(self, entry: StoredFile) -> dict[str, StoredFile]:
        if entry.size > MOST_BYTES:
            raise TooLarge(
                f"{entry.name}: a manifest of {entry.size} bytes; at most {MOST_BYTES} are read",
                hint="have the delivery split",
            )
        return promised_files(self.read(entry), entry.name)


@contextmanager
def cut_for_good(entry: StoredFile) -> Iterator[None]:
    """A block that reads the bytes of a complete file. If they have the hash that the sender promised, what is cut in
    them was cut by the sender, and no waiting heals it.

    Raises:
        Malformed: in place of Incomplete, where there is a hash.
    """
    try:
        yield
    except Incomplete as error:
        if not entry.sha256:
            raise
        hint = error.hint or "the sender must make the file anew and send it again"
        raise Malformed(
            f"{error.message}; its SHA-256 is the promised one, so it was sent like that", hint=hint
        ) from None


def _another(entry: StoredFile) -> Incomplete:
    return Incomplete(
        f"{entry.name}: its SHA-256 is not the manifest's", hint="the sender must send file and manifest again"
    )
