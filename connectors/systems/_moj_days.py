"""Reads the civil registry over any wire: day by day, the ids of changed records, then these records."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL
from contracts.model import Contract

from .. import options
from ..errors import Incomplete
from ..http import HttpReply
from ..interface import Fingerprint, Page, Source, System, WantedRecord, Window
from ..prefetch import one_ahead
from ..wire_time import furthest
from ._moj_codes import REGISTERS

OPTIONS = ("maTinh", "first_day")
_AN_ID = re.compile(r"[!-~]{1,64}")
"""What may stand in a question as an id; the key of a bad record can be anything."""
Marks: TypeAlias = list[tuple[datetime | None, str]]


@dataclass(frozen=True)
class RecordsReply:
    """A parsed reply with records."""

    reply: HttpReply
    marks: Marks
    """Change time and id of each record, in the order of the reply."""
    refused: tuple[tuple[str, str], ...] = ()
    """Id and code of each record that the registry refuses."""


@dataclass(frozen=True)
class _Asked:
    """A request for the records of a page, and its reply."""

    day: date
    ids: list[str]
    number: int
    """Of the page, from 1 on each day."""
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

    @abstractmethod
    def _changed_on(self, day: date) -> list[str]:
        """Ids of the records that changed on a day, each once, in the registry's order (dsHoSoDangKy)."""

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
                yield self._read_page(each)

    def _asked(self, window: Window) -> Iterator[_Asked]:
        for day in self._days(window):
            ids = self._changed_on(day)
            for start in range(0, len(ids), self._page_size):
                chunk = ids[start : start + self._page_size]
                yield _Asked(day, chunk, start // self._page_size + 1, self._many(chunk))

    def again(self, wanted: Sequence[WantedRecord]) -> Iterator[Page]:
        """Records by their ids (traDanhSachHoSo), the days of their changes left aside."""
        ids = [each.key for each in wanted if _AN_ID.fullmatch(each.key)]
        for start in range(0, len(ids), self._page_size):
            chunk, number = ids[start : start + self._page_size], start // self._page_size + 1
            answer = self._whole(chunk, self._many(chunk)())
            if answer.marks:
                request = f"traDanhSachHoSo module={self._module} again (page {number}: {len(chunk)} ids)"
                yield self._page(answer, request, self._clock(answer.reply))

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
            raise Incomplete(f"{self._system.id}: traHoSo: another record came than the one asked for")
        return self._page(answer, f"traHoSo module={self._module}", self._clock(answer.reply))

    def _start(self, window: Window) -> date:
        if window.since is not None:
            return window.since.changed_at.astimezone(LOCAL).date()
        if self._first_day is None:
            raise DeploymentInvalid(
                f"{self._system.id}: a first reading needs the option first_day", hint="the day the system was opened"
            )
        return self._first_day

    def _read_page(self, asked: _Asked) -> Page:
        what, day, ids = "traDanhSachHoSo", asked.day, asked.ids
        answer = self._whole(ids, asked.read())
        # A day's list also names records that have changed again later. Were they to move the
        # position, a reading cut short here would go on after them, past days it never read.
        clock = min(self._clock(answer.reply), datetime.combine(day, time.max, LOCAL))
        return self._page(answer, f"{what} module={self._module} {day} (page {asked.number}: {len(ids)} ids)", clock)

    def _whole(self, ids: list[str], answer: RecordsReply) -> RecordsReply:
        """The reply, if each record that was asked for came once or was refused. Raises Incomplete."""
        came = Counter([*(record_id for _, record_id in answer.marks), *(record_id for record_id, _ in answer.refused)])
        if came != Counter(ids):
            missing, more = (Counter(ids) - came).total(), (came - Counter(ids)).total()
            raise Incomplete(
                f"{self._system.id}: traDanhSachHoSo: of {len(ids)} records asked for, {missing} did not come, and {more} came unasked or twice"
            )
        return answer

    def _page(self, answer: RecordsReply, request: str, clock: datetime) -> Page:
        reply = answer.reply
        return Page(
            reply.body,
            reply.media_type,
            len(answer.marks),
            request,
            furthest(answer.marks, clock),
            dict(answer.refused),
            reply.source_time,
        )

    def _clock(self, reply: HttpReply) -> datetime:
        """The source's clock, or ours if the source does not send it."""
        return reply.source_time or self._system.now()

    def _sample(self) -> str:
        today = self._system.now().astimezone(LOCAL).date()
        return f"{len(self._changed_on(today))} record(s) of {self._module} changed on {today}"
