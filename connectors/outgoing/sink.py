"""A Sink takes deliveries, each under its id, once: the third kind of connectors, beside Source and Registry.

A call whose reply is lost says nothing about what the receiver holds. So a Sink has two questions: `deliver`, which may
be repeated with the same bytes as often as needed, and `ask`. What the receiver signed comes back as bytes; whether the
signature and its content are right is for the caller, who has the pinned keys.
"""

from __future__ import annotations

import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from contracts.errors import Permanent

from ..interface import Probe


class ParcelMissing(Permanent):
    """A file of a delivery is not in its folder, or has another length than its manifest says."""


@dataclass(frozen=True)
class Parcel:
    """One delivery as it travels: the same bytes for ever."""

    id: str
    """The idempotency key: feed and number."""
    small: tuple[tuple[str, bytes], ...] = field(repr=False)
    """Name and content of the small files (manifest, signature, sums), in the order in which they travel."""
    payload: Path
    bytes: int
    """Length of the payload, as its manifest says."""

    def tar(self) -> TarBody:
        """All files as one archive (tar), the payload last: the same bytes at each call. Raises ParcelMissing."""
        return TarBody(self)


class ReceiverHolds(StrEnum):
    """What a receiver says of a delivery."""

    NOTHING = "nothing"
    """It does not hold it, and never said that it did."""
    TAKEN = "taken"
    """It holds it whole, and has not judged it yet."""
    ANSWERED = "answered"
    """It signed what became of it: accepted, refused, or lost."""


@dataclass(frozen=True)
class SinkReply:
    """A receiver's reply."""

    held: ReceiverHolds
    answer: bytes = field(default=b"", repr=False)
    """What it signed, as it came; empty unless `ANSWERED`."""
    needs: str = ""
    """Id of a delivery that it lacks and must have first, if it says so."""


class Sink(ABC):
    """A system that takes deliveries."""

    @abstractmethod
    def deliver(self, parcel: Parcel) -> SinkReply:
        """Hand over a delivery. Doing it again with the same bytes has no further effect, and is answered alike.

        Raises:
            Transient, Permanent: as a Source. Whether the receiver holds the delivery is not known then: `ask`.
            ParcelMissing: nothing was sent.
        """

    @abstractmethod
    def ask(self, id: str) -> SinkReply:
        """What the receiver holds of a delivery. Changes nothing there. Raises as `deliver`."""

    @abstractmethod
    def check(self) -> Iterable[Probe]:
        """Try the system step by step, without handing over anything."""

    def close(self) -> None:  # noqa: B027 - as of a Source
        """Close connections. Safe to call twice."""


_BLOCK = tarfile.BLOCKSIZE


class TarBody:
    """A parcel as the body of a call: read in parts, with a known length, so that no snapshot must fit into memory."""

    def __init__(self, parcel: Parcel) -> None:
        try:
            there = parcel.payload.stat().st_size
        except FileNotFoundError:
            there = -1
        if there != parcel.bytes:
            raise ParcelMissing(
                f"Delivery {parcel.id}: its payload is {'missing' if there < 0 else 'of another length'} in the folder",
                hint=f"hub feed rebuild {parcel.id} puts it back",
            )
        self._parts: list[bytes | Path] = []
        for name, content in parcel.small:
            self._parts += [_header(name, len(content)), content, _padding(len(content))]
        self._parts += [_header(parcel.payload.name, parcel.bytes), parcel.payload, _padding(parcel.bytes)]
        self._parts.append(bytes(2 * _BLOCK))
        self._length = sum(parcel.bytes if isinstance(part, Path) else len(part) for part in self._parts)
        self._blocks, self._left = self._read(), b""

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(1 << 16), b"")

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (all that are left by default), as of a file."""
        if size is None or size < 0:
            return b"".join((self._left, *self._blocks))
        while len(self._left) < size and (block := next(self._blocks, b"")):
            self._left += block
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _read(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                if part:
                    yield part
                continue
            with part.open("rb") as file:
                yield from iter(lambda: file.read(1 << 16), b"")


def _header(name: str, size: int) -> bytes:
    """A tar header without any time, owner or machine."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
