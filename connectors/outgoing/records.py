"""A RecordSink takes records one by one, or a few a call, in the receiver's own dialect.

A portal and the Ministry's registry take no deliveries, and sign nothing. So the promise is another than a Sink's: after
a lost reply `ask` shows what the receiver holds, and the caller compares. A refused record is a value, not an error.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..interface import Probe


@dataclass(frozen=True)
class OutgoingRecord:
    """One record as it is submitted to a receiver."""

    number: str
    """By which the receiver knows it: `MaHoSo`."""
    content: Mapping[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the content: equal digests are the same record."""
        said = json.dumps(self.content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


class RecordHeld(StrEnum):
    """What a receiver says of a record."""

    NOTHING = "nothing"
    """It does not hold it."""
    OTHER = "other"
    """It holds another content under this number."""
    TAKEN = "taken"
    """It holds it, and its own officer has not decided yet."""
    ACCEPTED = "accepted"
    """It holds exactly this."""
    REFUSED = "refused"
    """It will not take it as it is: `reasons`."""


@dataclass(frozen=True)
class RecordReply:
    """A receiver's word about one record."""

    held: RecordHeld
    reasons: tuple[str, ...] = ()
    """Its codes, each with the name of the field where it names a known one; never a value."""
    state: str = ""
    """The receiver's own state of the record, as a code."""


class RecordSink(ABC):
    """A system that takes records."""

    most: int = 1
    """Records that one call carries."""

    @abstractmethod
    def put(self, records: Sequence[OutgoingRecord], *, known: bool) -> Sequence[RecordReply]:
        """Submit records, at most `most`; one reply each, in their order. `known`: the receiver holds them already, as far
        as the caller knows; where it is wrong, the call is made the other way.

        Raises:
            Transient, Permanent: as a Source. What the receiver holds is not known then: `ask`.
        """

    @abstractmethod
    def ask(self, record: OutgoingRecord) -> RecordReply:
        """What the receiver holds of a record. Changes nothing there. Raises as `put`."""

    @abstractmethod
    def check(self) -> Iterable[Probe]:
        """Try the system step by step, without submitting anything."""

    def close(self) -> None:  # noqa: B027 - as of a Source
        """Close connections. Safe to call twice."""
