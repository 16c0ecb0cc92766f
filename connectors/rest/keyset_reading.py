"""One reading of a keyset listing: page after page, each judged whole, in smaller or larger pages where only that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeAlias

from contracts.errors import HubError

from ..errors import Incomplete, Malformed, TooLarge
from ..http.client import HttpReply
from .json_envelope import Envelope, Row
from .session import Cursor

LARGEST = 1000
"""Records of the largest page that the dialects allow."""


@dataclass(frozen=True)
class PageQuestion:
    """What one page is asked by."""

    start: Mapping[str, str]
    """Where it starts: a change time, and the id of the last record before it."""
    bounds: Mapping[str, str]
    size: int
    number: int = 1
    """Of the page, from 1."""
    unsure: bool = False
    """Whether the source has said that nothing follows, or has not said that something does."""

    @property
    def place(self) -> str:
        """For messages: the day only, because a change time is a value of a record."""
        since = self.start.get("tuNgay", "")
        day = since[:10] if "-" in since else since[:8]
        return f"page {self.number}, from {day}" if day else f"page {self.number}"

    @property
    def params(self) -> dict[str, str]:
        return {**self.start, **self.bounds, "soLuong": str(self.size)}


Answer: TypeAlias = tuple[HttpReply, Envelope, PageQuestion]


class _NoCursor(Exception):
    """No record of a page says where the next page starts."""

    def __init__(self, error: Malformed) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True)
class Paging:
    """How pages of a listing are asked for and read."""

    about: str
    """System and operation, for messages."""
    ask: Callable[[PageQuestion], HttpReply]
    read: Callable[[bytes], Envelope]
    place: Callable[[Row], tuple[str, str] | None]
    """Change time and id of a record, if a page can start after it."""
    names: tuple[str, str]
    """Of these two on the wire."""
    after: str
    """Name of the parameter for the last record's id."""
    page_size: int


class KeysetReading:
    """One walk through a listing."""

    def __init__(self, paging: Paging, start: Mapping[str, str], bounds: Mapping[str, str]) -> None:
        self._paging, self._cursor = paging, Cursor()
        self._question = PageQuestion(start, bounds, paging.page_size)
        self._came = 0
        self._total: int | None = None
        self._before: AbstractSet[tuple[str, str]] = frozenset()
        """Places of the page before."""

    def answers(self) -> Iterator[Answer]:
        """Each reply with its question, in order; one is given when the next is judged, or there is none.

        Raises:
            Transient, Permanent: as the source says; whole pages before it are given first.
        """
        due: Answer | None = None
        question: PageQuestion | None = self._question
        while question is not None:
            try:
                answer, question = self._judged(question)
            except HubError:
                if due is not None:
                    yield due
                raise
            if question is None and self._total is not None and self._came < self._total:
                raise Incomplete(
                    f"{self._paging.about}: the source says that it has {self._total} records, and {self._came} came",
                    hint="if that number is of something else, its operator must say so",
                )
            if due is not None:
                yield due
            due = answer
        if due is not None:
            yield due

    def _judged(self, question: PageQuestion) -> tuple[Answer | None, PageQuestion | None]:
        """A whole reply, or None where an unsure question brings nothing new; and the next question, if one is due."""
        tried: set[int] = set()
        refused: Malformed | TooLarge
        while True:
            tried.add(question.size)
            try:
                reply = self._paging.ask(question)
                envelope = self._paging.read(reply.body)
                places = {place for row in envelope.rows if (place := self._paging.place(row))}
                if places and places <= self._before:
                    if question.unsure:
                        return None, None
                    raise self._circle()
                self._total = envelope.total if question.number == 1 else self._total
                following = self._following(envelope, question)
                self._before, self._came = places, self._came + len(envelope.rows)
                return (reply, envelope, question), following
            except _NoCursor as none:
                other, refused = min(2 * question.size, LARGEST), none.error
            except (Malformed, TooLarge) as error:
                if isinstance(error, Malformed) and not error.clause:
                    raise error.at(question.place) from None
                other, refused = question.size // 2, error
            except HubError as error:
                raise error.at(question.place) from None
            if not other or other in tried:
                raise self._given_up(refused, question, tried) from None
            question = replace(question, size=other)

    def _following(self, envelope: Envelope, question: PageQuestion) -> PageQuestion | None:
        """The next question; None: this was the last page.

        Whether a page without `hasMore` is the last, or a full page that says so, or one before the total has come, only
        the question after it shows.
        """
        rows = envelope.rows
        full = len(rows) >= question.size
        short = self._total is not None and self._came + len(rows) < self._total
        if not rows or (envelope.more is False and not full and not short):
            return None
        unsure = not envelope.more and not (envelope.more is None and full)
        try:
            start = self._next(envelope)
        except (_NoCursor, Malformed):
            if unsure:
                return None  # nobody has said that there is a next page
            raise
        if unsure and self._paging.place(rows[-1]) is None:
            return None  # the next page would bring the last records again
        size = min(self._paging.page_size, 2 * question.size)
        return PageQuestion(start, question.bounds, size, question.number + 1, unsure)

    def _next(self, envelope: Envelope) -> Mapping[str, str]:
        """Where the next page starts: after the last record with a readable change time and id.

        Times after our clock count here: the cursor lives for one reading only and must pass such records to reach the
        ones behind them.
        """
        about, (changed, record_id) = self._paging.about, self._paging.names
        previous = self._cursor.at[0] if self._cursor.at else ""
        last: tuple[str, str] | None = None
        for number, each in enumerate(envelope.rows, 1):
            place = self._paging.place(each)
            if place is None:
                continue
            if place[0] < previous:
                words = f"the records do not ascend by {changed} at record {number} of the page"
                raise Malformed(
                    f"{about}: {words}, so pages cannot be distinguished",
                    hint=f"the source must order by {changed} and {record_id}",
                )
            previous, last = place[0], place
        if last is None:
            words = f"no record of the page has a readable {changed} and {record_id}"
            raise _NoCursor(Malformed(f"{about}: {words}, so the next page cannot be asked for"))
        if not self._cursor.move(*last):
            raise self._circle()
        return {"tuNgay": last[0], self._paging.after: last[1]}

    def _circle(self) -> Malformed:
        return Malformed(
            f"{self._paging.about}: the source turns in circles: a page ends where an earlier one ended",
            hint=f"it does not obey {self._paging.after}; ask its operator, or raise page_size (at most {LARGEST})",
        )

    def _given_up(
        self, error: Malformed | TooLarge, question: PageQuestion, tried: AbstractSet[int]
    ) -> Malformed | TooLarge:
        """The error of a record that can neither be read nor passed: everything before it has come."""
        sizes = ", ".join(str(each) for each in sorted(tried, reverse=True))
        where = f"{question.place}, asked for in pages of {sizes}"
        if isinstance(error, TooLarge):
            return error.at(where)
        unreadable = " and ".join(reversed(self._paging.names))
        hint = f"the source must mend its first record from there on; its {unreadable} cannot be read"
        return Malformed(f"{error.message} ({where})", hint=hint)
