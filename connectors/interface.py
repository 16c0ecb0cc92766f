"""Two kinds of connectors: a Source is read page by page, a Registry answers questions. A Sink stands in `outgoing/sink.py`.

A Source separates two steps. `pages` talks to the network and yields complete pages as bytes. `records` turns the
bytes of a page into frames, and does nothing else. The first step fills the landing and the second reads from it,
so a replay runs the same code as a sync.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.yaml.lines import Located

if TYPE_CHECKING:
    import polars as pl  # Position and Window are read by commands that read no page

    from .key_pages import KeyPage


@dataclass(frozen=True, order=True)
class Position:
    """How far a stream has been read: the source's change time, then the record id."""

    changed_at: datetime
    """Aware, UTC. Always the source's time, never the hub's clock."""
    record_id: str = ""

    def to_json(self) -> dict[str, str]:
        return {"changed_at": self.changed_at.astimezone(UTC).isoformat(), "record_id": self.record_id}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Position:
        return cls(datetime.fromisoformat(data["changed_at"]), data["record_id"])


@dataclass(frozen=True)
class Window:
    """The span of change times to read. Both ends are inclusive; None is open."""

    since: Position | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """One complete reply of a source, as received.

    A connector yields complete pages only. Count and hash agree where the source gives them, and every requested
    record is there; otherwise the connector raises an error.
    """

    body: bytes
    media_type: str
    count: int
    """Number of records in the page: the source's own count if it gives one."""
    request: str
    """The request in readable form, without secrets and personal data."""
    end: Position | None
    """The greatest position among the page's records; None if there is none."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Records that the source refused: record id -> the source's code."""
    source_time: datetime | None = None
    """The source's clock at the reply, if the source gives it."""


@dataclass(frozen=True)
class RecordRefusal:
    """A record of a reply that cannot be read; the records beside it can."""

    content: bytes = field(repr=False)
    """The record as received, from its first to its last byte."""
    place: str
    """Where in the record: names, never a value (`khaiSinh/ngayCapNhat`)."""
    clause: str
    """The broken rule by the reader's name of it: `SCHEMAV_CVC_DATATYPE_VALID_1_2_1`."""
    known: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What could be read all the same, by the contract's fields: its key and change time at least, where that is sure."""


@dataclass(frozen=True)
class System:
    """An outside system, as a deployment describes it. A twin differs only by its `address`."""

    id: str
    """`one-stop-760`, `moj-registry`."""
    title: str
    dialect: str
    """Name of its module in `connectors/systems/`."""
    address: str
    """Base URL."""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secret name (client_id, access_key ...) -> value; never printed."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Options of the dialect: page size, deadlines, limits, path and hash of the WSDL ..."""
    folder: Path = Path()
    """Folder of the deployment's file; relative paths in `options` start here."""
    overlap: timedelta = timedelta(minutes=15)
    """How far before the position each reading starts, inclusive."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The deployment's clock, for the skew probe and for open windows."""
    theirs: Callable[[], datetime] | None = None  # the clock by which it judges messages, where that is another one
    file: Located | None = field(default=None, repr=False, compare=False)
    """The deployment's file, so that an error about an option says on which line it stands."""


@dataclass(frozen=True)
class Fingerprint:
    """What an answer consists of: enough to see that the next one differs, and nothing of its records' content."""

    since: str
    """Start of the window, as the source was asked."""
    marks: frozenset[bytes] = field(repr=False)
    """Eight bytes for each record, made of its id and, where the answer has it, its change time."""

    @classmethod
    def of(cls, since: str, records: Iterable[tuple[str, ...]]) -> Fingerprint:
        """The fingerprint of an answer, by (id, change time) of its records; one that comes twice counts twice."""
        marks = set()
        for record, times in Counter(records).items():
            marks |= {_mark(*record, str(number)) for number in range(times)}
        return cls(since, frozenset(marks))

    def differs(self, known: Fingerprint) -> bool:
        """Whether an answer has news for somebody who knows an earlier one.

        A window that starts later lacks the records before its start: their absence is no news.
        """
        return self.marks != known.marks if self.since == known.since else not self.marks <= known.marks


def _mark(*parts: str) -> bytes:
    return blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=8).digest()


@dataclass(frozen=True)
class SoughtRecord:
    """A record that is asked for again."""

    key: str = field(repr=False)
    """Its key in the contract's first dataset, as it was received."""
    changed_at: datetime | None = None
    """Its change time when it last came, if that could be read."""


@dataclass(frozen=True)
class TimesAnswer:
    """What a source has at some change times."""

    times: frozenset[datetime]
    """Those that are answered; the others have too many records for it."""
    pages: Iterator[Page]
    """All records with these change times, as `Source.pages`."""


class Source(ABC):
    """A system that is read."""

    @abstractmethod
    def pages(self, window: Window) -> Iterator[Page]:
        """Yield the records that changed within the window as pages, oldest first.

        Raises:
            Transient: unreachable, too slow, throttled or cut off; safe to repeat.
            Permanent: refused, malformed or against the contract; repeating does not help.
        """

    @abstractmethod
    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        """The records of one landed page: dataset name -> frame.

        Columns are `pl.String` with the names of the contract's fields; an absent or empty value is null. Rows have
        the order of the page. The frame of a child dataset also has `_owner` (`pl.Int64`): the number, from 1, of its
        row in the parent's frame. Pure: the same bytes give the same frames.

        A record that cannot be read is a row too: `_refused` says where and why, `_raw` holds it as received, and of
        its fields only those that are sure have a value (`connectors/refusals.py`). It is quarantined, and the records
        beside it go in. A reader that refuses records gives both columns on every page: all frames fit together.

        Raises:
            Malformed: the bytes are not in this dialect, or cannot be cut into records.
        """

    @abstractmethod
    def check(self) -> Iterable[Probe]:
        """Try the system step by step (name, connection, certificate, login, sample call ...)."""

    def fingerprint(self, window: Window) -> Fingerprint | None:
        """The fingerprint of what `pages` would give, by the cheapest question of the dialect; None: it has none.

        Raises as `pages`.
        """
        return None

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page] | None:
        """Pages with the present state of these records, in any order; None: the dialect has no question for it.

        A record that the source does not have, or cannot be asked for, is left out; others may come beside them. A page
        may hold at most as many records as those of `pages`.

        Raises as `pages`.
        """
        return None

    def at_times(self, times: Sequence[datetime]) -> TimesAnswer | None:
        """What it has at these change times, for records that said no key; None: the dialect has no question for it.

        Raises as `pages`.
        """
        return None

    def listing(self) -> Iterator[KeyPage] | None:
        """The keys of all records that the source has, in any order; None: the dialect cannot list them.

        They are the keys of what `pages` gives for a window without ends. A record that is there from the beginning of
        the listing to its end is in it, whatever changes meanwhile; a key may come twice. The listing is whole: one
        that is cut short, or that disagrees with what the source says of it, ends with an error, and what came before
        is no listing.

        Raises as `pages`.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most sources hold nothing
        """Close connections. Safe to call twice."""


@dataclass(frozen=True)
class Probe:
    """One line of `hub systems check`."""

    step: str
    ok: bool | None
    """None: the step does not apply (for example TLS on a loopback address)."""
    detail: str
    heals: bool = False
    """Whether waiting may heal a failed step."""


@dataclass(frozen=True)
class Enquiry:
    """One question about one person. Its repr shows no personal fact."""

    number: str = field(repr=False)
    """The 12-digit personal number."""
    name: str | None = field(repr=False)
    born: str | None = field(repr=False)
    """`yyyy-MM-dd`, `yyyy-MM` or `yyyy`."""
    agency: str
    """Identity code of the agency that asks."""
    purpose: str
    reference: str
    """The dossier that needs the answer."""


@dataclass(frozen=True)
class Matched:
    """The answer to an enquiry: names of facts, never a value."""

    known: bool
    """Whether the registry has the person."""
    agrees: frozenset[str] = frozenset()
    """The given facts (hoTen, ngaySinh) that agree."""
    differs: frozenset[str] = frozenset()


class Registry(ABC):
    """A system that answers a question about one person. It is never read in bulk, and no answer is kept."""

    @abstractmethod
    def ask(self, enquiry: Enquiry, *, deadline_s: float) -> Matched:
        """Whether the registry has the person, and which of the given facts agree. The deadline includes the login.

        Raises:
            Transient: unreachable, too slow, throttled or cut off.
            Permanent: refused, or an answer with unrequested content, which is neither kept nor quoted.
        """

    @abstractmethod
    def check(self) -> Iterable[Probe]:
        """Try the system step by step, without asking about a person."""

    def close(self) -> None:  # noqa: B027 - as of a Source
        """Close connections. Safe to call twice."""
