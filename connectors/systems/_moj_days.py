"""Reads the civil registry over any wire: day by day, the ids of changed records, then these records."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TypeAlias

from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL
from contracts.logs import Logger
from contracts.model import Contract

from .. import options
from ..errors import Incomplete, Indivisible, Malformed, TooLarge
from ..http import HttpReply
from ..interface import Fingerprint, Page, Source, System, Window
from ..prefetch import one_ahead
from ..wire_time import ahead_of, furthest, trusted_clock
from ._moj_codes import REGISTERS

log = Logger()

OPTIONS = ("maTinh", "first_day")
Marks: TypeAlias = list[tuple[datetime | None, str]]


@dataclass(frozen=True)
class RecordsReply:
    """A parsed reply with records."""

    reply: HttpReply
    marks: Marks
    """Change time and id of each record, in the order of the reply; of a refused one only what is sure, `""` for an id."""
    refused: tuple[tuple[str, str], ...] = ()
    """Id and code of each record that the registry refuses."""
    body: bytes = b""
    """The page, where it is another than the reply as received."""


@dataclass(frozen=True)
class Listed:
    """The list of a day's changed records."""

    ids: list[str]
    """Each once, in the registry's order."""
    unaskable: RecordsReply | None = None
    """The list itself as a page, if records cannot be asked for by their entries: these are its refused records."""


@dataclass(frozen=True)
class _Asked:
    """A request for the records of a page, and its reply."""

    day: date
    ids: list[str]
    number: int
    """Of the page, from 1 on each day; 0: the list itself."""
    read: Callable[[], RecordsReply]


class ByDay(Source):
    """One register. A subclass for each wire implements its calls."""

    def __init__(self, system: System, contract: Contract) -> None:
        if contract.name not in REGISTERS:
            raise DeploymentInvalid(
                f"{system.id}: the registry holds no {contract.name}", hint=f"known: {', '.join(REGISTERS)}"
            )
        self._system = system
        self._module, self._element = REGISTERS[contract.name]
        self._dataset = contract.datasets[0]
        self._page_size = options.number(system, "page_size", default=1000, most=1000)
        self._province = options.text(system, "maTinh")
        self._first_day = options.day(system, "first_day")
        self._turn = threading.Lock()
        """Held while the registry is asked: it never gets two requests at a time, from whichever thread."""

    @abstractmethod
    def _changed_on(self, day: date) -> list[str]:
        """Ids of the records that changed on a day, each once, in the registry's order (dsHoSoDangKy)."""

    def _listed_on(self, day: date) -> Listed:
        """The same, with the entries by which no record can be asked for, where the wire can tell them apart."""
        return Listed(self._changed_on(day))

    @abstractmethod
    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        """Ask for records by their ids (traDanhSachHoSo); what is returned reads the reply, on any thread."""

    @abstractmethod
    def _one(self, record_id: str) -> RecordsReply:
        """One record (traHoSo)."""

    @abstractmethod
    def catalogue(self, kind: int) -> Mapping[str, str]:
        """A code list (danhMuc), code -> name: 1 nationality, 2 country, 3 ethnic group, 4 unit, 5 identity paper."""

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` records, day after day.

        The registry lists whole days only, so the first and the last day of the window are read completely. The next
        request is on its way while a reply is read; there is never more than one.
        """
        with closing(one_ahead(self._asked(window))) as replies:
            for each in replies:
                yield from self._read_pages(each)

    def _asked(self, window: Window) -> Iterator[_Asked]:
        for day in self._days(window):
            with self._turn:
                listed = self._listed_on(day)
            if listed.unaskable is not None:
                yield _Asked(day, [], 0, partial(_given, listed.unaskable))
            ids = listed.ids
            for start in range(0, len(ids), self._page_size):
                chunk = ids[start : start + self._page_size]
                yield _Asked(day, chunk, start // self._page_size + 1, self._begun(chunk))

    def _begun(self, ids: list[str]) -> Callable[[], RecordsReply]:
        """Ask for records; an error that fewer ids may heal is raised when the reply is read."""
        with self._turn:
            try:
                return self._many(ids)
            except (Indivisible, TooLarge) as error:
                return partial(_failed, error)

    def fingerprint(self, window: Window) -> Fingerprint:
        """Ids by day: the registry's lists have no change times, so a second change on one day does not show in it."""
        records = ((day.isoformat(), each) for day in self._days(window) for each in self._changed_on(day))
        return Fingerprint.of(self._start(window).isoformat(), records)

    def _days(self, window: Window) -> Iterator[date]:
        day = self._start(window)
        last = (window.until or self._system.now()).astimezone(LOCAL).date()
        while day <= last:
            yield day
            day += timedelta(days=1)

    def lookup(self, record_id: str) -> Page:
        """One record as a page of its own (traHoSo).

        Raises:
            Refused: with code 201 if the registry has no such record.
        """
        answer = self._one(record_id)
        if [each for _, each in answer.marks] != [record_id]:
            raise Malformed(
                f"{self._system.id}: traHoSo: another record came than the one asked for",
                hint="ask the operator of the registry why it answers with another id",
            )
        return self._page(answer, f"traHoSo module={self._module}", self._clock(answer.reply))

    def _start(self, window: Window) -> date:
        if window.since is not None:
            return window.since.changed_at.astimezone(LOCAL).date()
        if self._first_day is None:
            raise DeploymentInvalid(
                f"{self._system.id}: a first reading needs the option first_day", hint="the day the system was opened"
            )
        return self._first_day

    def _read_pages(self, asked: _Asked) -> Iterator[Page]:
        """The page that was asked for; where it is damaged, its halves, down to the record that is at fault."""
        try:
            answer = asked.read()
            self._compare(asked, answer)
        except (Indivisible, TooLarge) as error:
            if len(asked.ids) < 2:
                raise self._given_up(error, asked) from None
            middle = len(asked.ids) // 2
            for half in (asked.ids[:middle], asked.ids[middle:]):
                yield from self._read_pages(replace(asked, ids=half, read=self._begun(half)))
            return
        what = f"traDanhSachHoSo module={self._module} {asked.day} (page {asked.number}: {len(asked.ids)} ids)"
        if asked.number == 0:
            what = f"dsHoSoDangKy module={self._module} {asked.day}"
        # A day's list also names records that have changed again later. Were they to move the
        # position, a reading cut short here would go on after them, past days it never read.
        clock = min(self._clock(answer.reply), datetime.combine(asked.day, time.max, LOCAL))
        yield self._page(answer, what, clock)

    def _compare(self, asked: _Asked, answer: RecordsReply) -> None:
        """Each record that was asked for came once, or is refused; one without a sure id counts as any that is left."""
        if asked.number == 0:
            return
        about = f"{self._system.id}: traDanhSachHoSo, {asked.day}, page {asked.number}"
        came = Counter([*(record_id for _, record_id in answer.marks), *(record_id for record_id, _ in answer.refused)])
        nameless = came.pop("", 0)
        missing, more = (Counter(asked.ids) - came).total(), (came - Counter(asked.ids)).total()
        if missing == nameless and not more:
            return
        words = f"of {len(asked.ids)} records asked for, {missing} did not come, and {more} came unasked or twice"
        if nameless:
            raise Indivisible(f"{about}: {words}, and {nameless} cannot be read")
        if more:
            raise Malformed(f"{about}: {words}", hint="ask the operator of the registry why it answers with other ids")
        raise Incomplete(f"{about}: {words}")

    def _given_up(self, error: Malformed | TooLarge, asked: _Asked) -> Malformed | TooLarge:
        """The error of a record that cannot be read even alone."""
        kind = TooLarge if isinstance(error, TooLarge) else Malformed
        hint = error.hint or "the registry must mend this record; the next reading asks for it again"
        return kind(f"{error.message} ({asked.day}, page {asked.number}, record {asked.ids[0]})", hint=hint)

    def _page(self, answer: RecordsReply, request: str, clock: datetime) -> Page:
        reply = answer.reply
        if ahead := ahead_of(answer.marks, self._clock(reply)):
            log.warning("page.ahead_of_clock", system=self._system.id, request=request, records=ahead)
        return Page(
            answer.body or reply.body,
            reply.media_type,
            len(answer.marks),
            request,
            furthest(answer.marks, clock),
            dict(answer.refused),
            reply.source_time,
        )

    def _clock(self, reply: HttpReply) -> datetime:
        """The source's clock as far as ours allows, or ours if the source does not send it."""
        return trusted_clock(reply.source_time, self._system.now())

    def _sample(self) -> str:
        today = self._system.now().astimezone(LOCAL).date()
        return f"{len(self._changed_on(today))} record(s) of {self._module} changed on {today}"


def _given(answer: RecordsReply) -> RecordsReply:
    return answer


def _failed(error: Exception) -> RecordsReply:
    raise error
