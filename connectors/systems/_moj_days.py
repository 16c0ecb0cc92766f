"""Reads the civil registry over any wire: day by day, the ids of changed records, then these records.

Records that cannot be read together are asked for in halves, down to the one that breaks the reply, or does not come.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL
from contracts.logs import Logger
from contracts.model import Contract

from .. import options
from ..errors import Incomplete, Malformed, Refused
from ..http.client import HttpReply
from ..interface import Fingerprint, Page, SoughtRecord, Source, System, Window
from ..key_pages import KeyPage, of_ids
from ..prefetch import one_ahead
from ..wire_time import ahead_of, furthest, trusted_clock
from ._moj_codes import OF_ONE_RECORD, REGISTERS
from ._records_reply import RecordsReply, placed

log = Logger()

OPTIONS = ("maTinh", "first_day")
_AN_ID = re.compile(r"[!-~]{1,64}")
"""What may stand in a question as an id; the key of a bad record can be anything."""
MOST_ALONE = 16
"""Records that may each break their reply, one after the other, before the reply is the fault and not its records."""


@dataclass(frozen=True)
class _Asked:
    """A request for the records of a page, and its reply."""

    day: date
    ids: list[str]
    number: int
    """Of the page, from 1 on each day."""
    read: Callable[[], RecordsReply]

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.day}, page {self.number}"


class ByDay(Source):
    """One register. A subclass for each wire implements its calls."""

    _asks_in_parts: ClassVar[bool] = False
    """Whether a record that comes wrong among others can be a page of its own (`_unread`)."""

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

    def _listed(self, day: date) -> tuple[list[str], Page | None]:
        """The same, and a page of the entries that cannot be asked for, each a refused row."""
        return self._changed_on(day), None

    @abstractmethod
    def _many(self, ids: list[str]) -> Callable[[], RecordsReply]:
        """Ask for records by their ids (traDanhSachHoSo); what is returned reads the reply, on any thread."""

    @abstractmethod
    def _one(self, record_id: str) -> RecordsReply:
        """One record (traHoSo)."""

    def _unread(self, record_id: str, answer: RecordsReply, code: str = "") -> RecordsReply:
        """A reply about one record that cannot be read, as a page: the record is a refused row of it.

        `code`: the registry refuses the record by it when it is asked for alone; the page has no row then.
        """
        raise answer.broken or self._others(1, 1, 1)

    @abstractmethod
    def _not_given(self, record_id: str, answer: RecordsReply) -> RecordsReply:
        """A page of one record that a list names, and that neither comes nor is refused: a refused row with its id."""

    @abstractmethod
    def catalogue(self, kind: int) -> Mapping[str, str]:
        """A code list (danhMuc), code -> name: 1 nationality, 2 country, 3 ethnic group, 4 unit, 5 identity paper."""

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most `page_size` records, day after day; the first and the last day of the window whole.

        The next request is on its way while a reply is read; there is never more than one.
        """
        with closing(one_ahead(self._asked(window))) as replies:
            for each in replies:
                if isinstance(each, Page):
                    yield each
                else:
                    yield from self._pages_of(each)

    def _pages_of(self, asked: _Asked) -> Iterator[Page]:
        with placed(asked.place):
            answer = asked.read()
            whole = self._is_whole(answer, asked.ids)
        if whole:
            yield self._records_page(asked, answer)
        else:
            yield from self._in_parts(asked)

    def _asked(self, window: Window) -> Iterator[_Asked | Page]:
        for day in self._days(window):
            with placed(str(day)):
                ids, broken_entries = self._listed(day)
            if broken_entries is not None:
                yield broken_entries
            for number, start in enumerate(range(0, len(ids), self._page_size), 1):
                chunk = ids[start : start + self._page_size]
                with placed(f"{day}, page {number}"):
                    read = self._many(chunk)
                yield _Asked(day, chunk, number, read)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page]:
        """Records by their ids (traDanhSachHoSo), the days of their changes left aside."""
        ids = [each.key for each in wanted if _AN_ID.fullmatch(each.key)]
        today = self._system.now().astimezone(LOCAL).date()
        for number, start in enumerate(range(0, len(ids), self._page_size), 1):
            chunk = ids[start : start + self._page_size]
            with placed(f"asked again, page {number}"):
                read = self._many(chunk)
            yield from (page for page in self._pages_of(_Asked(today, chunk, number, read)) if page.count)

    def fingerprint(self, window: Window) -> Fingerprint:
        """Ids by day: the registry's lists have no change times, so a second change on one day does not show in it."""
        records = ((day.isoformat(), each) for day in self._days(window) for each in self._changed_on(day))
        return Fingerprint.of(self._start(window).isoformat(), records)

    def listing(self) -> Iterator[KeyPage]:
        """Ids of all days, each on the day of its last change. The present day comes last, with what changes meanwhile."""
        for day in self._days(Window()):
            with placed(str(day)):
                ids, lost = self._listed(day)
            yield of_ids(self._dataset, [*ids, *([""] * lost.count if lost is not None else ())], str(day))

    def _days(self, window: Window) -> Iterator[date]:
        day = self._start(window)
        while day <= (window.until or self._system.now()).astimezone(LOCAL).date():
            yield day
            day += timedelta(days=1)

    def lookup(self, record_id: str) -> Page:
        """One record as a page of its own (traHoSo).

        Raises:
            Refused: with code 201 if the registry has no such record.
        """
        answer = self._one(record_id)
        if answer.broken is not None:
            raise answer.broken
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

    def _in_parts(self, asked: _Asked) -> Iterator[Page]:
        """Pages of records that cannot be read together: as many of them as can, and each that cannot alone.

        Raises:
            HubError: the first `MOST_ALONE` cannot be read, and nothing else could: the reply is at fault.
        """
        middle = max(1, len(asked.ids) // 2)
        waiting = [asked.ids[:middle], asked.ids[middle:]]
        alone: list[Page] = []
        readable = False
        while waiting:
            ids = waiting.pop(0)
            if not ids:
                continue
            with placed(f"{asked.place}, {len(ids)} of its {len(asked.ids)} records"):
                part = replace(asked, ids=ids, read=self._many(ids))
                answer = part.read()
                whole = self._is_whole(answer, ids, part=True)
            if whole:
                readable = True
                yield from alone
                alone.clear()
                yield self._records_page(part, answer)
            elif len(ids) > 1:
                waiting[:0] = [ids[: len(ids) // 2], ids[len(ids) // 2 :]]
            else:
                with placed(f"{asked.place}, record {ids[0]}"):
                    alone.append(self._alone(part, answer))
                    if len(alone) > MOST_ALONE and not readable:
                        raise answer.broken or self._others(1, 1, len(answer.marks))
                if readable:
                    yield from alone
                    alone.clear()
        yield from alone

    def _alone(self, asked: _Asked, answer: RecordsReply) -> Page:
        """A page of one record that cannot be read among others, or did not come: by traHoSo, or refused."""
        [record_id] = asked.ids
        absent = answer.broken is None and not answer.marks
        try:
            single = self._one(record_id)
            if single.broken is not None or {each for _, each in single.marks} != {record_id}:
                single = self._not_given(record_id, answer) if absent else self._unread(record_id, single)
        except Refused as error:
            code = error.code if error.code in OF_ONE_RECORD else ""
            whole = code or not absent
            single = self._unread(record_id, answer, code) if whole else self._not_given(record_id, answer)
        except Malformed:
            if not absent:
                raise
            single = self._not_given(record_id, answer)
        return self._page(single, f"traHoSo module={self._module} {asked.day}", self._day_clock(asked, single))

    def _is_whole(self, answer: RecordsReply, ids: list[str], *, part: bool = False) -> bool:
        """Whether each record that was asked for came, once or more, or is refused. No: parts of it may be.

        `part`: it is one. What came beyond them without a readable id is a refused row.

        Raises:
            Incomplete: of several records none came.
            Malformed: one came unasked.
        """
        if answer.broken is not None:
            return False
        came = {record_id for _, record_id in answer.marks if record_id}
        refused = {record_id for record_id, _ in answer.refused}
        missing = max(len(set(ids) - came - refused) - answer.unnamed, 0)
        more = len((came | refused) - set(ids))
        none_came = not part and not answer.marks and missing > 1
        if none_came or (more and (missing != more or not self._asks_in_parts)):
            raise self._others(len(ids), missing, more)
        return not missing and not came & refused

    def _others(self, asked: int, missing: int, more: int) -> Incomplete | Malformed:
        counts = f"of {asked} records asked for, {missing} did not come, and {more} came unasked"
        words = f"{self._system.id}: traDanhSachHoSo: {counts}"
        hint = "ask the operator of the registry why it answers with other records"
        return Malformed(words, hint=hint) if more else Incomplete(words)

    def _records_page(self, asked: _Asked, answer: RecordsReply) -> Page:
        what = f"traDanhSachHoSo module={self._module} {asked.day} (page {asked.number}: {len(asked.ids)} ids)"
        return self._page(answer, what, self._day_clock(asked, answer))

    def _day_clock(self, asked: _Asked, answer: RecordsReply) -> datetime:
        # A day's list also names records that have changed again later. Were they to move the
        # position, a reading cut short here would go on after them, past days it never read.
        return min(self._clock(answer.reply), datetime.combine(asked.day, time.max, LOCAL))

    def _page(self, answer: RecordsReply, request: str, clock: datetime) -> Page:
        reply = answer.reply
        if ahead := ahead_of(answer.marks, self._clock(reply)):
            log.warning("page.ahead_of_clock", system=self._system.id, request=request, records=ahead)
        return Page(
            reply.body,
            answer.media_type or reply.media_type,
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
