"""What two parties tell each other: the digests of places, and the rows of small ones. No value of a record is in it.

A *place* is a unit, year and register, or a half, quarter, ... of it by the hash of the key. Its digest is the number of
its rows and the sums of the two halves of their prints, modulo 2^64: the order of rows does not matter.

A row's *print* is the first 16 bytes of SHA-256 over what the row says (`hub/reconciliation/held_rows.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LEAST = -(1 << 63)
"""Least hash of a key: hashes are signed numbers of 64 bits, as PostgreSQL has them."""


@dataclass(frozen=True, order=True)
class Bucket:
    """Where records belong: by what they say of themselves."""

    register: str
    """Dataset."""
    unit: str
    """Code of the unit; empty where the record names none."""
    year: str
    """Four digits; empty where the record has no day."""


@dataclass(frozen=True, order=True)
class Place:
    """A bucket, or a part of it: the keys whose hash begins with `part` in its first `depth` bits."""

    bucket: Bucket
    depth: int = 0
    part: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """The least and greatest hash of a key in it."""
        size = 1 << (64 - self.depth)
        least = LEAST + self.part * size
        return least, least + size - 1

    def halves(self) -> tuple[Place, Place]:
        """Its two halves."""
        first = self.part * 2
        return Place(self.bucket, self.depth + 1, first), Place(self.bucket, self.depth + 1, first + 1)


@dataclass(frozen=True)
class PlaceDigest:
    """What a party holds at a place."""

    rows: int = 0
    first: int = 0
    second: int = 0


@dataclass(frozen=True, order=True)
class PrintedRow:
    """One row of a party: its key, and the print of what it says."""

    register: str
    system: str
    key: str
    print: str


class Party(Protocol):
    """One side of a comparison. It answers about one unchanging state."""

    def buckets(self) -> dict[Bucket, PlaceDigest]:
        """The digest of every bucket in which it holds something."""
        ...

    def digests(self, places: Sequence[Place]) -> list[PlaceDigest]:
        """The digests of places, in their order."""
        ...

    def rows(self, places: Sequence[Place]) -> list[PrintedRow]:
        """All rows in places."""
        ...
