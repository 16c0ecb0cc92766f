"""Keyset paging by change time and id, as the systems around the national portal do it.

Records ascend by (change time, id), and a page starts strictly after the last record of the page before. The request
for a page differs by dialect. A page that is damaged where its records cannot be told apart, or that is too large, is
asked for in smaller parts, down to the one record that is at fault (`keyset_reading.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise

from contracts.logs import Logger
from contracts.model import Dataset

from ..errors import Incomplete, Malformed, Refused
from ..http.client import Http, HttpReply
from ..interface import Fingerprint, Page, Position, RecordRefusal, SoughtRecord, Window
from ..key_pages import KeyPage, keys_of
from ..read_pages import Frames, ReadPages
from ..wire_time import ahead_of, from_compact, furthest, is_storable, to_compact, trusted_clock
from .json_envelope import Envelope, Fields, Judge, Row, read_envelope
from .keyset_reading import LARGEST, Answer, KeysetReading, PageQuestion, Paging
from .session import JSON

__all__ = ["LARGEST", "MOST_SPANS", "ROOM_FOR_ONE", "Listing", "spans"]

MOST_SPANS = 50
"""Most questions of one reading that asks for records again."""

log = Logger()

ROOM_FOR_ONE = 2
"""A page of one record may have so many times the bytes of a usual page, so that a record that is too long is known."""


@dataclass(frozen=True)
class Listing:
    """One paged list of a system's records."""

    system: str
    operation: str
    http: Http
    ask: Callable[[Mapping[str, str]], HttpReply]
    """Makes the call with these parameters: tuNgay, denNgay, the cursor and soLuong."""
    page_size: int
    fields: Fields
    after: str
    """Name of the parameter for the last record's id."""
    now: Callable[[], datetime]
    """Our clock, which bounds the position."""
    frames: Callable[[Sequence[Row]], Frames]
    """Makes the frames of records, of which some may be refused."""
    judge: Judge = lambda record: None
    """What the dialect has against a record that JSON has nothing against."""
    judge_landed: Judge | None = None
    """The same of a record that this module wrote into a landed page, where `landed` writes pages."""
    strict: bool = False
    """Whether nothing may stand beside the envelope."""
    read_time: Callable[[object], datetime | None] = from_compact
    write_time: Callable[[datetime], str] = to_compact
    landed: Callable[[HttpReply, Envelope], bytes] = lambda reply, envelope: reply.body
    """The bytes to land: the reply as received, unless a contract forbids keeping all of it."""
    kept: ReadPages = field(default_factory=ReadPages)

    @property
    def about(self) -> str:
        """System and operation, for messages."""
        return f"{self.system}: {self.operation}"

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` records; empty pages are not yielded."""
        for reply, envelope, question in self._answers(window):
            if envelope.rows:
                yield self._page(reply, envelope, question)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        """The records that changed when wanted ones did: this wire has no question by id.

        A record without a readable change time cannot be asked for.
        """
        for first, last in spans([each.changed_at for each in wanted if each.changed_at is not None]):
            yield from self.pages(Window(Position(first), last))

    def fingerprint(self, window: Window) -> Fingerprint:
        """Ids and change times of the window's records: this wire has no list of ids alone, so pages are asked for."""
        records = (
            (self._text(each, self.fields.record_id), self._text(each, self.fields.changed))
            for _, envelope, _ in self._answers(window)
            for each in envelope.rows
        )
        return Fingerprint.of(self.write_time(window.since.changed_at) if window.since else "", records)

    def keys(self, dataset: Dataset) -> Iterator[KeyPage]:
        """The keys of all records: this wire has no list of ids alone, so all pages are asked for.

        A record that changes meanwhile comes later, with its new change time: the last question has no end.
        """
        for _, envelope, question in self._answers(Window()):
            yield keys_of(dataset, self.frames(envelope.rows)[dataset.name], question.place)

    def records(self, body: bytes, media_type: str) -> Frames:
        """The frames of a landed page. Raises Malformed: a page lands whole, so waiting does not help."""
        if media_type != JSON:
            raise Malformed(f"{self.system}: a page of this dialect is {JSON}")
        if (frames := self.kept.take(body)) is not None:
            return frames
        try:
            return self.frames(self._envelope(body, self.judge_landed or self.judge).rows)
        except (Incomplete, Refused) as error:
            raise Malformed(error.message) from None

    def read(self, body: bytes) -> Envelope:
        """The envelope of a successful reply."""
        return self._envelope(body, self.judge)

    def _envelope(self, body: bytes, judge: Judge) -> Envelope:
        return read_envelope(body, self.about, self.fields, judge, strict=self.strict)

    # -- asking -----------------------------------------------------------------------------------

    def _answers(self, window: Window) -> Iterator[Answer]:
        """Each reply of a window with its question, in order."""
        bounds = {"denNgay": self.write_time(window.until)} if window.until else {}
        start = {"tuNgay": self.write_time(window.since.changed_at)} if window.since else {}
        names = (self.fields.changed, self.fields.record_id)
        paging = Paging(self.about, self._asked, self.read, self._place, names, self.after, self.page_size)
        return KeysetReading(paging, start, bounds).answers()

    def _asked(self, question: PageQuestion) -> HttpReply:
        with self.http.room(ROOM_FOR_ONE if question.size == 1 else 1):
            return self.ask(question.params)

    def _place(self, row: Row) -> tuple[str, str] | None:
        """Change time and id of a record, if a page can start after it."""
        changed, record_id = self._text(row, self.fields.changed), self._text(row, self.fields.record_id)
        return (changed, record_id) if self.read_time(changed) and record_id and is_storable(record_id) else None

    # -- pages ------------------------------------------------------------------------------------

    def _page(self, reply: HttpReply, envelope: Envelope, question: PageQuestion) -> Page:
        # The cursor's id is left out of the request text: it names a person's dossier.
        asked = "&".join(f"{name}={value}" for name, value in question.params.items() if name != self.after)
        clock = trusted_clock(reply.source_time, self.now())
        marks = [
            (self.read_time(self._text(r, self.fields.changed)), self._text(r, self.fields.record_id))
            for r in envelope.rows
        ]
        request = f"{self.operation}?{asked} (page {question.number})"
        if ahead := ahead_of(marks, clock):
            log.warning("page.ahead_of_clock", system=self.system, request=request, records=ahead)
        body = self.landed(reply, envelope)
        if body is reply.body:
            self.kept.keep(body, partial(self.frames, envelope.rows))
        return Page(
            body=body,
            media_type=reply.media_type,
            count=len(envelope.rows),
            request=request,
            end=furthest(marks, clock),
            source_time=reply.source_time,
        )

    def _text(self, row: Row, name: str) -> str:
        value = row.known.get(name) if isinstance(row, RecordRefusal) else row.get(name)
        return value if isinstance(value, str) else ""


def spans(moments: Iterable[datetime], most: int = MOST_SPANS) -> list[tuple[datetime, datetime]]:
    """At most `most` spans of whole seconds that hold all moments, cut where nothing changed for longest."""
    seconds = sorted({each.replace(microsecond=0) for each in moments})
    gaps = sorted(range(1, len(seconds)), key=lambda at: seconds[at] - seconds[at - 1], reverse=True)[: most - 1]
    cuts = [0, *sorted(gaps), len(seconds)] if seconds else []
    return [(seconds[begin], seconds[end - 1]) for begin, end in pairwise(cuts)]
