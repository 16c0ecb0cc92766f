"""Keyset paging by change time and id, as the systems around the national portal do it.

    {error_code, message, count, hasMore, result: [records]}

Records ascend by (change time, id), and a page starts strictly after the last record of the page before. The request
for a page differs by dialect.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec

from .codes import shown
from .errors import Incomplete, Malformed, Refused
from .http import HttpReply
from .interface import Fingerprint, Page, Position, WantedRecord, Window
from .rest import Cursor, decode
from .wire_time import from_compact, furthest, to_compact

MOST_SPANS = 50
"""Most questions of one reading that asks for records again."""


class Envelope(msgspec.Struct):
    """The envelope of every reply."""

    error_code: str | int
    message: str = ""
    count: int = 0
    hasMore: bool = False
    result: list[dict[str, Any]] = []


class StrictEnvelope(Envelope, forbid_unknown_fields=True):
    """The envelope of a system whose replies may have no other field."""


def judged(envelope: Envelope, about: str) -> Envelope:
    """The envelope, if it reports success.

    Both code and message must say so: some systems send `0` with the message of a failure.

    Raises:
        Refused: with the source's own code, if it can be shown.
    """
    code = str(envelope.error_code)
    success = "thành công" in unicodedata.normalize("NFC", envelope.message).casefold()
    if code == "0" and success:
        return envelope
    if code == "0":
        raise Refused(f"{about}: error_code 0 with a message that reports no success", code="0")
    raise Refused(f"{about}: the source refuses with error_code {shown(code)}", code=shown(code))


def whole(envelope: Envelope, about: str) -> Envelope:
    """The envelope, if its page is complete. Raises Incomplete."""
    if envelope.count != len(envelope.result):
        raise Incomplete(f"{about}: the page holds {len(envelope.result)} records and says it holds {envelope.count}")
    if envelope.hasMore and not envelope.result:
        raise Incomplete(f"{about}: an empty page that says more will come")
    return envelope


@dataclass(frozen=True)
class Listing:
    """One paged list of a system's records."""

    about: str
    """System and operation, for messages."""
    operation: str
    ask: Callable[[Mapping[str, str]], HttpReply]
    """Makes the call with these parameters: tuNgay, denNgay, the cursor and soLuong."""
    page_size: int
    changed: str
    """Field of a record's change time."""
    record_id: str
    after: str
    """Name of the parameter for the last record's id."""
    now: Callable[[], datetime]
    """Bounds the position if the source does not send its clock."""
    form: type[Envelope] = Envelope
    read_time: Callable[[object], datetime | None] = from_compact
    write_time: Callable[[datetime], str] = to_compact
    landed: Callable[[HttpReply, Envelope], bytes] = lambda reply, envelope: reply.body
    """The bytes to land: the reply as received, unless a contract forbids keeping all of it."""

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` records; empty pages are not yielded."""
        for number, (reply, envelope, asked) in enumerate(self._replies(window), 1):
            if envelope.result:
                yield self._page(reply, envelope, asked, number)

    def again(self, wanted: Sequence[WantedRecord]) -> Iterator[Page]:
        """The records that changed when wanted ones did: this wire has no question by id.

        A record without a readable change time cannot be asked for.
        """
        for first, last in spans([each.changed_at for each in wanted if each.changed_at is not None]):
            yield from self.pages(Window(Position(first), last))

    def fingerprint(self, window: Window) -> Fingerprint:
        """Ids and change times of the window's records: this wire has no list of ids alone, so pages are asked for."""
        records = (
            (str(each.get(self.record_id)), str(each.get(self.changed)))
            for _, envelope, _ in self._replies(window)
            for each in envelope.result
        )
        return Fingerprint.of(self.write_time(window.since.changed_at) if window.since else "", records)

    def _replies(self, window: Window) -> Iterator[tuple[HttpReply, Envelope, Mapping[str, str]]]:
        """Each reply of a window with the parameters of its question, in order."""
        bounds = {"denNgay": self.write_time(window.until)} if window.until else {}
        start = {"tuNgay": self.write_time(window.since.changed_at)} if window.since else {}
        cursor, more = Cursor(), True
        while more:
            asked = {**start, **bounds}
            reply = self.ask({**asked, "soLuong": str(self.page_size)})
            envelope = whole(self.read(reply.body), self.about)
            yield reply, envelope, asked
            more = envelope.hasMore
            if more:
                start = self._next(cursor, envelope)

    def read(self, body: bytes) -> Envelope:
        """The envelope of a successful reply; numbers stay as they are written (1.10 is not 1.1)."""
        return judged(decode(msgspec.json.Decoder(self.form, float_hook=str), body, self.about), self.about)

    def landed_records(self, body: bytes) -> list[dict[str, Any]]:
        """The records of a landed page. Raises Malformed: a page lands whole, so waiting does not help."""
        try:
            return self.read(body).result
        except (Incomplete, Refused) as error:
            raise Malformed(error.message) from None

    def _page(self, reply: HttpReply, envelope: Envelope, asked: Mapping[str, str], number: int) -> Page:
        # The cursor's id is left out of the request text: it names a person's dossier.
        shown = "&".join(f"{name}={value}" for name, value in asked.items() if name != self.after)
        marks = (
            (self.read_time(each.get(self.changed)), str(each.get(self.record_id) or "")) for each in envelope.result
        )
        return Page(
            body=self.landed(reply, envelope),
            media_type=reply.media_type,
            count=envelope.count,
            request=f"{self.operation}?{shown}{'&' if shown else ''}soLuong={self.page_size} (page {number})",
            end=furthest(marks, reply.source_time or self.now()),
            source_time=reply.source_time,
        )

    def _next(self, cursor: Cursor, envelope: Envelope) -> dict[str, str]:
        """Parameters of the next page, which starts after the last record with a readable change time and id.

        Times after the source's clock count here: the cursor lives for one reading only and must pass such records
        to reach the ones behind them.
        """
        previous = cursor.at[0] if cursor.at else ""
        last: tuple[str, str] | None = None
        for each in envelope.result:
            changed, record_id = each.get(self.changed), each.get(self.record_id)
            if (
                not isinstance(changed, str)
                or self.read_time(changed) is None
                or not isinstance(record_id, str)
                or not record_id
            ):
                continue
            if changed < previous:
                raise Malformed(
                    f"{self.about}: the records do not ascend by {self.changed}, so pages cannot be distinguished"
                )
            previous, last = changed, (changed, record_id)
        if last is None:
            raise Malformed(
                f"{self.about}: no record of the page has a readable {self.changed}, so the next page cannot be asked for"
            )
        if not cursor.move(*last):
            raise Malformed(f"{self.about}: the source turns in circles: a page ends where an earlier one ended")
        return {"tuNgay": last[0], self.after: last[1]}


def spans(moments: Iterable[datetime], most: int = MOST_SPANS) -> list[tuple[datetime, datetime]]:
    """At most `most` spans of whole seconds that hold all moments, cut where nothing changed for longest."""
    seconds = sorted({each.replace(microsecond=0) for each in moments})
    gaps = sorted(range(1, len(seconds)), key=lambda at: seconds[at] - seconds[at - 1], reverse=True)[: most - 1]
    cuts = [0, *sorted(gaps), len(seconds)] if seconds else []
    return [(seconds[begin], seconds[end - 1]) for begin, end in pairwise(cuts)]
