"""What every connector is: a Source that is read page by page, a Sink that is sent to, or a Registry that is asked.

A Source does two things and keeps them apart: `pages` talks to the network and yields complete
pages as bytes; `records` turns the bytes of a page into frames and touches nothing else. The
first feeds the landing, the second reads from it, so every replay runs the very same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import polars as pl


@dataclass(frozen=True, order=True)
class Position:
    """How far a stream has been read: the source's change time, ties broken by record id."""

    changed_at: datetime
    """Aware, UTC. Given by the source, never the hub's clock."""
    record_id: str = ""

    def to_json(self) -> dict[str, str]:
        return {"changed_at": self.changed_at.astimezone(UTC).isoformat(), "record_id": self.record_id}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Position:
        return cls(datetime.fromisoformat(data["changed_at"]), data["record_id"])


@dataclass(frozen=True)
class Window:
    """What to read. Both ends are inclusive; None is open."""

    since: Position | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """One complete reply of a source, as received.

    A page is either whole (its count and its hash agree, where the source gives them; every
    record asked for came) or it is an error: half a page never leaves a connector.
    """

    body: bytes
    media_type: str
    count: int
    """Records in the page, by the source's own word where it gives one."""
    request: str
    """What was asked, readable, without secrets and without personal data."""
    end: Position | None
    """The greatest position among the page's records; None when it has none."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Records that the source refused by code: record id -> the source's code."""
    source_time: datetime | None = None
    """The source's clock when it answered, where it tells."""


@dataclass(frozen=True)
class System:
    """An outside party, as a deployment describes it. A twin differs by `address` only."""

    id: str
    """`one-stop-760`, `moj-registry`."""
    title: str
    dialect: str
    """The module of `connectors/systems/` that speaks its language."""
    address: str
    """Base URL."""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secret name -> value, e.g. client_id, client_secret, access_key; never printed."""
    options: Mapping[str, object] = field(default_factory=dict)
    """What the dialect may vary: page size, deadlines, caps, the WSDL's path and hash ..."""
    folder: Path = Path()
    """Where the deployment's file stands: relative paths of `options` start here."""
    overlap: timedelta = timedelta(minutes=15)
    """How far behind the position each reading starts again, inclusive."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The deployment's clock, for the skew probe and for open windows."""


class Source(ABC):
    """A system that is read."""

    @abstractmethod
    def pages(self, window: Window) -> Iterator[Page]:
        """Yield what changed within the window, oldest first.

        Raises:
            Transient: unreachable, too slow, throttled, cut off; safe to repeat.
            Permanent: refused, malformed, or not what the contract says; repeating will not help.
        """

    @abstractmethod
    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        """The records of one landed page: dataset name -> frame.

        Columns are `pl.String`, named as the contract's fields; an absent or empty value is
        null. Rows stand in the order of the page. The frame of a dataset with a parent also has
        `_owner` (`pl.Int64`): the number, from 1, of the row in the parent's frame that owns it.
        Pure: same bytes, same frames.

        Raises:
            Malformed: the bytes are not what this dialect speaks.
        """

    @abstractmethod
    def check(self) -> Iterable[Probe]:
        """Try the system step by step (name, connection, certificate, login, sample call ...)."""

    def close(self) -> None:  # noqa: B027 - most sources hold nothing
        """Give back connections. Safe to call twice."""


@dataclass(frozen=True)
class Probe:
    """One line of `hub systems check`."""

    step: str
    ok: bool | None
    """None: does not apply here (no TLS on a loopback address, say)."""
    detail: str
    heals: bool = False
    """Of a cross: waiting may heal it."""


@dataclass(frozen=True)
class Enquiry:
    """One question about one person. Personal facts stay out of its printed form."""

    number: str = field(repr=False)
    """The 12-digit personal number."""
    name: str | None = field(repr=False)
    born: str | None = field(repr=False)
    """`yyyy-MM-dd`, `yyyy-MM` or `yyyy`."""
    agency: str
    """Who asks, by identity code."""
    purpose: str
    reference: str
    """The dossier for which it is asked."""


@dataclass(frozen=True)
class Matched:
    """The answer: names of facts, never a value."""

    known: bool
    """Whether there is such a person."""
    agrees: frozenset[str] = frozenset()
    """Of the facts told (hoTen, ngaySinh), those that agree."""
    differs: frozenset[str] = frozenset()


class Registry(ABC):
    """A system that is asked about one person at a time. It is never read, and nothing of it is ever kept."""

    @abstractmethod
    def ask(self, enquiry: Enquiry, *, deadline_s: float) -> Matched:
        """Whether it knows the person, and which of the told facts agree; login and question within the deadline.

        Raises:
            Transient: unreachable, too slow, throttled, cut off.
            Permanent: refused, or an answer that says anything else than was asked: none of that is kept or quoted.
        """

    @abstractmethod
    def check(self) -> Iterable[Probe]:
        """Try the system step by step, asking about nobody."""

    def close(self) -> None:  # noqa: B027 - as of a Source
        """Give back connections. Safe to call twice."""


class SendOutcome(StrEnum):
    """What became of something sent."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer that can be trusted: ask the receiver before sending again."""


@dataclass(frozen=True)
class Receipt:
    """The receiver's answer to one thing sent."""

    outcome: SendOutcome
    reference: str
    """The receiver's own number for it, or its refusal code."""


class Sink(ABC):
    """A system that is sent to."""

    @abstractmethod
    def send(self, body: bytes, media_type: str, *, key: str) -> Receipt:
        """Send one message under an idempotency key. Never raises for a refusal."""
