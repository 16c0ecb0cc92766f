"""Keyset paging by change time and id, as the systems around the national portal do it.

Records ascend by (change time, id), and a page starts strictly after the last record of the page before. The request
for a page differs by dialect. A page that is damaged where its records cannot be told apart, or that is too large, is
asked for in smaller parts, down to the one record that is at fault. A page is judged whole before it is yielded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from contracts.logs import Logger

from .errors import Incomplete, Malformed, Refused, TooLarge
from .http import Http, HttpReply
from .interface import Fingerprint, Page, RecordRefusal, Window
from .json_envelope import Envelope, Fields, Judge, Row, read_envelope
from .read_pages import Frames, ReadPages
from .rest import JSON, Cursor
from .wire_time import ahead_of, from_compact, furthest, is_storable, to_compact, trusted_clock

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

log = Logger()

LARGEST = 1000
"""Records of the largest page that the dialects allow."""
ROOM_FOR_ONE = 2
"""A page of one record may have so many times the bytes of a usual page, so that a record that is too long is known."""


@dataclass(frozen=True)
class _Question:
    """What one page is asked by."""

    start: Mapping[str, str]
    bounds: Mapping[str, str]
    size: int
    number: int

    @property
    def params(self) -> dict[str, str]:
        return {**self.start, **self.bounds, "soLuong": str(self.size)}


class _NoCursor(Malformed):
    """No record of a page says where the next page starts."""


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
        for reply, envelope, question in self._replies(window):
            if envelope.rows:
                yield self._page(reply, envelope, question)

    def fingerprint(self, window: Window) -> Fingerprint:
        """Ids and change times of the window's records: this wire has no list of ids alone, so pages are asked for."""
        records = (
            (self._text(each, self.fields.record_id), self._text(each, self.fields.changed))
            for _, envelope, _ in self._replies(window)
            for each in envelope.rows
        )
        return Fingerprint.of(self.write_time(window.since.changed_at) if window.since else "", records)

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

    def _replies(self, window: Window) -> Iterator[tuple[HttpReply, Envelope, _Question]]:
        """Each reply of a window with its question, in order."""
        bounds = {"denNgay": self.write_time(window.until)} if window.until else {}
        start = {"tuNgay": self.write_time(window.since.changed_at)} if window.since else {}
        question, cursor = _Question(start, bounds, self.page_size, 1), Cursor()
        came, total = 0, None
        while True:
            reply, envelope, question, following = self._judged(question, cursor)
            came, total = came + len(envelope.rows), envelope.total if question.number == 1 else total
            if following is None and total is not None and came < total:
                raise Incomplete(f"{self.about}: the source says that it has {total} records, and {came} came")
            yield reply, envelope, question
            if following is None:
                return
            size = min(self.page_size, 2 * question.size)
            question = _Question(following, bounds, size, question.number + 1)

    def _judged(
        self, question: _Question, cursor: Cursor
    ) -> tuple[HttpReply, Envelope, _Question, Mapping[str, str] | None]:
        """A whole reply, and where the next page starts; smaller or larger than asked, where only that helps."""
        tried: set[int] = set()
        refused: Malformed | TooLarge
        while True:
            tried.add(question.size)
            try:
                reply = self._asked(question)
                envelope = self.read(reply.body)
                return reply, envelope, question, self._following(envelope, question, cursor)
            except _NoCursor as error:
                other, refused = min(2 * question.size, LARGEST), error
            except (Malformed, TooLarge) as error:
                if isinstance(error, Malformed) and not error.clause:
                    raise
                other, refused = question.size // 2, error
            if not other or other in tried:
                raise self._given_up(refused, question, tried) from None
            question = replace(question, size=other)

    def _asked(self, question: _Question) -> HttpReply:
        if question.size > 1:
            return self.ask(question.params)
        with self.http.room(ROOM_FOR_ONE):
            return self.ask(question.params)

    def _following(self, envelope: Envelope, question: _Question, cursor: Cursor) -> Mapping[str, str] | None:
        """Parameters of the next page; None: this is the last one.

        A page without `hasMore` is read on until one is empty. So is a full page that says it is the last: only the
        question after it shows whether that is true.
        """
        if not envelope.rows or (envelope.more is False and len(envelope.rows) < question.size):
            return None
        if envelope.more is not False:
            return self._next(cursor, envelope)
        if self._place(envelope.rows[-1]) is None:  # the question after it would bring the same records again
            return None
        try:
            return self._next(cursor, envelope)
        except Malformed:  # the source says that this page is the last, so no next one is due
            return None

    def _next(self, cursor: Cursor, envelope: Envelope) -> dict[str, str]:
        """Parameters of the next page, which starts after the last record with a readable change time and id.

        Times after our clock count here: the cursor lives for one reading only and must pass such records to reach the
        ones behind them.
        """
        previous = cursor.at[0] if cursor.at else ""
        last: tuple[str, str] | None = None
        for number, each in enumerate(envelope.rows, 1):
            place = self._place(each)
            if place is None:
                continue
            if place[0] < previous:
                raise Malformed(
                    f"{self.about}: the records do not ascend by {self.fields.changed} at record {number} of the page, so pages "
                    "cannot be distinguished",
                    hint=f"the source must order by {self.fields.changed} and {self.fields.record_id}",
                )
            previous, last = place[0], place
        if last is None:
            raise _NoCursor(
                f"{self.about}: no record of the page has a readable {self.fields.changed} and {self.fields.record_id}, so the next "
                "page cannot be asked for"
            )
        if not cursor.move(*last):
            raise Malformed(
                f"{self.about}: the source turns in circles: a page ends where an earlier one ended",
                hint=f"it does not obey {self.after}; ask its operator, or raise page_size (at most {LARGEST})",
            )
        return {"tuNgay": last[0], self.after: last[1]}

    def _place(self, row: Row) -> tuple[str, str] | None:
        """Change time and id of a record, if a page can start after it."""
        changed, record_id = self._text(row, self.fields.changed), self._text(row, self.fields.record_id)
        return (changed, record_id) if self.read_time(changed) and record_id and is_storable(record_id) else None

    def _given_up(
        self, error: Malformed | TooLarge, question: _Question, tried: AbstractSet[int]
    ) -> Malformed | TooLarge:
        """The error of a record that can neither be read nor passed: everything before it has come."""
        since = question.start.get("tuNgay")
        where = f"page {question.number}{f', from {since}' if since else ''}, asked for in pages of {_listed(tried)}"
        kind = TooLarge if isinstance(error, TooLarge) else Malformed
        hint = (
            error.hint
            if kind is TooLarge
            else f"the source must mend its first record from there on; {self.fields.record_id} and {self.fields.changed} of it are unreadable"
        )
        return kind(f"{error.message} ({where})", hint=hint)

    # -- pages ------------------------------------------------------------------------------------

    def _page(self, reply: HttpReply, envelope: Envelope, question: _Question) -> Page:
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
            self.kept.keep(body, self.frames(envelope.rows))
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


def _listed(sizes: AbstractSet[int]) -> str:
    return ", ".join(str(each) for each in sorted(sizes, reverse=True))
