"""A walk through a declared listing: page after page, each judged whole.

Pages by number or offset are not stable: a record that changes meanwhile goes elsewhere, and those behind it move up, so
one of them is on no page. Three things show it, and the walk then ends as Incomplete: the total changes, a page is
shorter than what is left, or a record comes on two pages. So nothing is lost as long as no position comes from a walk
before it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from contracts.errors import HubError

from ..errors import Incomplete, Malformed, TooLarge
from ..http.client import HttpReply
from ..interface import RecordRefusal
from .json_envelope import Row
from .listing_plan import ListingPlan
from .listing_reply import ListingReply, at_path

MOVED = "something changed in the listing while it was read; the next reading starts again"


@dataclass(frozen=True)
class ListingQuestion:
    """What one page is asked by."""

    params: Mapping[str, str]
    number: int
    size: int
    at: int = 0
    """Records before it, by number or offset."""
    address: str = ""
    """Of the page, where the source gave it."""

    @property
    def place(self) -> str:
        """For messages."""
        return f"page {self.number}" + (f", records {self.at + 1} to {self.at + self.size}" if self.at else "")


ListingAnswer: TypeAlias = tuple[HttpReply, ListingReply, ListingQuestion]


class ListingWalk:
    """One walk through a listing."""

    def __init__(
        self,
        about: str,
        plan: ListingPlan,
        size: int,
        address: str,
        ask: Callable[[ListingQuestion], HttpReply],
        read: Callable[[bytes], ListingReply],
        key: str,
    ) -> None:
        """`key` is the path of a record's id."""
        self._about, self._plan, self._size, self._address = about, plan, size, address
        self._ask, self._read, self._key = ask, read, key
        self._seen: set[str] = set()
        self._before: list[str] = []
        self._total: int | None = None
        self._came = 0

    def answers(self, params: Mapping[str, str]) -> Iterator[ListingAnswer]:
        """Each reply with its question. Raises Transient or Permanent; whole pages before come first."""
        match self._plan.paging.by:
            case "page" | "offset":
                yield from self._numbered(params)
            case "keyset":
                yield from self._keyset(params)
            case _:
                yield from self._linked(params)

    # -- by number or offset ------------------------------------------------------------------------

    def _numbered(self, params: Mapping[str, str]) -> Iterator[ListingAnswer]:
        at = 0
        while at == 0 or at < (self._total or 0):
            yield from self._parts(params, at, self._size)
            at += self._size

    def _parts(self, params: Mapping[str, str], at: int, size: int) -> Iterator[ListingAnswer]:
        """A page, or parts of it where its records cannot be told apart, or are too many bytes."""
        paging = self._plan.paging
        where = at // size + paging.first if paging.by == "page" else at
        asked = {**params, paging.parameter: str(where), paging.size: str(size)}
        question = ListingQuestion(asked, at // self._size + 1, size, at)
        try:
            reply, answer = self._judged(question)
        except (Malformed, TooLarge) as error:
            if size == 1 or (isinstance(error, Malformed) and not error.clause):
                raise
            smaller = size // next(n for n in range(2, size + 1) if size % n == 0)
            for part in range(at, at + size, smaller):
                if self._total is None or part < max(self._total, 1):
                    yield from self._parts(params, part, smaller)
            return
        self._require_whole(answer, question)
        yield reply, answer, question

    def _require_whole(self, answer: ListingReply, question: ListingQuestion) -> None:
        if self._total is None:
            self._total = answer.total or 0
        elif answer.total != self._total:
            what = f"the total was {self._total} and is {answer.total} on {question.place}"
            raise Incomplete(f"{self._about}: {what}", hint=MOVED)
        due = min(question.size, max(self._total - question.at, 0))
        if len(answer.rows) != due:
            what = f"{question.place} holds {len(answer.rows)} records, and {due} are due"
            raise Incomplete(
                f"{self._about}: {what}", hint=f"if the source gives no more, lower page_size; else {MOVED}"
            )
        self._require_new(answer.rows, question)

    def _require_new(self, rows: Sequence[Row], question: ListingQuestion) -> None:
        ids = [found for row in rows if (found := self._id(row))]
        if ids and ids == self._before:
            raise self._circle(question)
        if not self._seen.isdisjoint(ids):  # twice within a page: it was told twice, and the merge compares the two
            raise Incomplete(f"{self._about}: a record of {question.place} came before", hint=MOVED)
        self._seen.update(ids)
        self._before = ids

    def _id(self, row: Row) -> str:
        value = row.known.get(self._key) if isinstance(row, RecordRefusal) else at_path(row, self._key)
        return "" if value is None or isinstance(value, list | dict) else str(value)

    # -- by the last record ---------------------------------------------------------------------------

    def _keyset(self, params: Mapping[str, str]) -> Iterator[ListingAnswer]:
        """Where one page ends the next begins; the source orders by these fields."""
        start: Mapping[str, str] = {}
        size, number, used = self._size, 1, set[tuple[str, ...]]()
        while True:
            reply, answer, question = self._smaller({**params, **start}, number, size)
            self._total = answer.total if number == 1 else self._total
            self._came += len(answer.rows)
            more = answer.more if answer.more is not None else len(answer.rows) >= question.size
            short = self._total is not None and self._came < self._total
            if not answer.rows or not (more or short):
                self._require_total()
                if answer.rows:
                    yield reply, answer, question
                return
            start = self._start(answer.rows, question)
            if (place := tuple(start.values())) in used:
                raise self._circle(question)
            used.add(place)
            yield reply, answer, question
            size, number = min(self._size, 2 * question.size), number + 1

    def _smaller(self, params: Mapping[str, str], number: int, size: int) -> ListingAnswer:
        while True:
            question = ListingQuestion({**params, **self._sized(size)}, number, size)
            try:
                return *self._judged(question), question
            except (Malformed, TooLarge) as error:
                if size == 1 or not self._plan.paging.size or (isinstance(error, Malformed) and not error.clause):
                    raise
                size //= 2

    def _start(self, rows: Sequence[Row], question: ListingQuestion) -> Mapping[str, str]:
        after = self._plan.paging.after
        for row in reversed(rows):
            found = {
                name: value
                for name, path in after.items()
                if (value := row.known.get(path) if isinstance(row, RecordRefusal) else at_path(row, path))
                and not isinstance(value, list | dict | bool)
            }
            if len(found) == len(after):
                return {name: str(value) for name, value in found.items()}
        names = " and ".join(after.values())
        raise Malformed(
            f"{self._about}: no record of {question.place} has a readable {names}, which the next page needs"
        )

    # -- by the address of the next page ----------------------------------------------------------------

    def _linked(self, params: Mapping[str, str]) -> Iterator[ListingAnswer]:
        question: ListingQuestion | None = ListingQuestion({**params, **self._sized(self._size)}, 1, self._size)
        addresses: set[str] = set()
        here = self._address
        while question is not None:
            reply, answer = self._judged(question)
            self._total = answer.total if question.number == 1 else self._total
            self._came += len(answer.rows)
            self._require_new(answer.rows, question)
            following = None
            if answer.next is not None:
                here = self._followed(here, answer.next)
                if here in addresses:
                    raise self._circle(question)
                addresses.add(here)
                following = ListingQuestion({}, question.number + 1, self._size, address=here)
            else:
                self._require_total()
            if answer.rows:
                yield reply, answer, question
            question = following

    def _followed(self, here: str, given: str) -> str:
        """The address of the next page, which must be the system's own: our credentials go with the question."""
        try:
            address = urljoin(here, given)
            ours, theirs = urlsplit(self._address), urlsplit(address)
            same = (ours.scheme, ours.hostname, ours.port) == (theirs.scheme, theirs.hostname, theirs.port)
            plain = not theirs.username and not theirs.password
        except ValueError:
            same = plain = False
        if not (same and plain):
            hint = "the deployment's address must be the one that the source writes into its links"
            raise Malformed(f"{self._about}: the next page is at another address than the system", hint=hint)
        return address

    # -- what all share -----------------------------------------------------------------------------------

    def _sized(self, size: int) -> Mapping[str, str]:
        return {self._plan.paging.size: str(size)} if self._plan.paging.size else {}

    def _judged(self, question: ListingQuestion) -> tuple[HttpReply, ListingReply]:
        try:
            reply = self._ask(question)
            return reply, self._read(reply.body)
        except HubError as error:
            raise error.at(question.place) from None

    def _require_total(self) -> None:
        if self._total is not None and self._came != self._total:
            what = f"the source says that it has {self._total} records, and {self._came} came"
            raise Incomplete(f"{self._about}: {what}", hint=MOVED)

    def _circle(self, question: ListingQuestion) -> Malformed:
        hint = "does the source obey the parameters under paging? Ask its operator"
        return Malformed(f"{self._about}: the source turns in circles: {question.place} came before", hint=hint)
