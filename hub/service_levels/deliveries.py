"""Stream x day: what a stream owed on a day, and whether it came; from the runs and the ledger alone.

    delivered        every period of the day was covered in time (or the share that the contract's completeness asks)
    delivered zero   so it was, and no record was new
    late             every period is covered by now, too many of them after their due moment
    missing          a period is past its due moment, and no reading that ended has covered it
    excused          late or missing, and an act of a named person says that nothing was owed
    not due yet      what is missing may still come in time
    nothing due      offices are closed, or the contract's frequency owes nothing on this day

A reading covers a period if it began when the period had ended, reads to the source's end (live or full), and has ended
itself: a held batch or an error leaves the run open. A stream owes from its first reading on; one that was never read,
from the hub's first reading on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contracts.model import Contract
from contracts.service_level import ServiceLevel, service_level
from hub.core.deployment import Deployment, Stream
from hub.service_levels.excuses import Excuse, standing
from hub.service_levels.periods import DuePeriod, periods_of
from hub.service_levels.readings import StreamReading, first_readings, next_reading, readings_between
from hub.service_levels.working_days import WorkingDays, read_working_days

LONGEST_LOOK = timedelta(days=40)
"""How far before or after a day the next day is looked for on which something is due: a month and its holidays."""


class DayState(StrEnum):
    """What became of a day of a stream."""

    DELIVERED = "delivered"
    ZERO = "delivered zero"
    LATE = "late"
    MISSING = "missing"
    EXCUSED = "excused"
    PENDING = "not due yet"
    NOTHING_DUE = "nothing due"


@dataclass(frozen=True)
class StreamDay:
    """One day of one stream."""

    stream: str
    system: str
    title: str
    """Of the system, in Vietnamese."""
    unit: str
    """Code of the unit that the system serves; empty: none."""
    contract: str
    day: date
    state: DayState
    due_at: datetime | None
    """When the last of its periods is due."""
    covered_at: datetime | None
    """When the reading ended that covered its last period."""
    periods: int
    """How many periods the day has."""
    in_time: int
    """How many of them were covered in time."""
    received: int
    """Records that its readings brought."""
    new: int
    """Of these: accepted, older than what is here, or quarantined."""
    quarantined: int
    closed: str
    """Why offices are closed, in Vietnamese; empty if they work or the contract does not ask."""
    excuse: int | None
    """Number of the excuse that stands for the day."""


@dataclass(frozen=True)
class _Owing:
    """A stream with what it promises."""

    stream: Stream
    level: ServiceLevel
    since: datetime | None
    """The first moment at which it may owe something; None: nothing was ever read."""


def board(
    connection: sa.Connection,
    deployment: Deployment,
    contracts: Mapping[str, Contract],
    first: date,
    last: date,
    now: datetime,
) -> list[StreamDay]:
    """Every stream x day between two days, both inclusive: by stream in the deployment's order, then by day.

    Raises:
        DeploymentInvalid: the list of working days is wrong.
    """
    calendar, zone = read_working_days(deployment.folder), deployment.zone
    excuses = standing(connection, first, last)
    found: list[StreamDay] = []
    for owing in _owing(connection, deployment, contracts, first, last):
        rows = _Rows(connection, owing, calendar, excuses, zone, now)
        found += rows.between(first, last)
    return found


def missing(rows: Sequence[StreamDay]) -> list[StreamDay]:
    """Those for which somebody should call: missing or late, and not excused."""
    return [row for row in rows if row.state in (DayState.MISSING, DayState.LATE)]


def _owing(
    connection: sa.Connection, deployment: Deployment, contracts: Mapping[str, Contract], first: date, last: date
) -> Iterator[_Owing]:
    """The streams of these days whose contracts have a service level."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    streams = dict[str, Stream]()
    for day in days:
        for system in deployment.there(day).systems.values():
            for name in system.contracts:
                streams.setdefault(f"{system.id}.{name}", Stream(f"{system.id}.{name}", system, name))
    begun = first_readings(connection, list(streams))
    ever = min(begun.values(), default=None)
    for name, stream in streams.items():
        contract = contracts.get(stream.contract)
        level = service_level(contract.service_level) if contract else None
        if level is not None:
            yield _Owing(stream, level, begun.get(name, ever))


@dataclass(frozen=True)
class _Rows:
    """The days of one stream."""

    connection: sa.Connection
    owing: _Owing
    calendar: WorkingDays
    excuses: Sequence[Excuse]
    zone: ZoneInfo
    now: datetime

    def between(self, first: date, last: date) -> list[StreamDay]:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        days = [day for day in days if self.owing.stream.system.on(day)]
        if not days:
            return []
        owed = {day: self._owed(day) for day in days}
        windows = self._windows(days, owed)
        since, until = min(begin for begin, _ in windows.values()), max(end for _, end in windows.values())
        readings = readings_between(self.connection, self.owing.stream.id, since, until)
        complete = [each for each in readings if each.complete]
        if (later := next_reading(self.connection, self.owing.stream.id, until)) is not None:
            complete.append(later)
        starts = [each.begun for each in complete]
        rows = []
        for day in days:
            begin, end = windows[day]
            covering = [self._covering(complete, starts, period) for period in owed[day]]
            rows.append(self._row(day, owed[day], covering, [each for each in readings if begin <= each.begun < end]))
        return rows

    def _windows(
        self, days: Sequence[date], owed: Mapping[date, Sequence[DuePeriod]]
    ) -> Mapping[date, tuple[datetime, datetime]]:
        """The readings that bring the records of each day: from the end of its first period to that of the next day
        with one. Where nothing is ever due, those that began on the day; on a closed day none."""
        if self.owing.level.frequency is None:
            starts = {day: datetime.combine(day, time(), self.zone) for day in days}
            return {day: (begin, begin + timedelta(days=1)) for day, begin in starts.items()}
        begins = [owed[day][0].end for day in days if owed[day]]
        bounds = [*begins, self._next_owing(days[-1] + timedelta(days=1))]
        nothing = (bounds[0], bounds[0])
        return {
            day: (owed[day][0].end, bounds[begins.index(owed[day][0].end) + 1]) if owed[day] else nothing
            for day in days
        }

    def _owed(self, day: date) -> list[DuePeriod]:
        if self.owing.since is None:
            return []
        periods = periods_of(self.owing.level, day, self.zone, self.calendar)
        return [period for period in periods if period.end > self.owing.since]

    def _next_owing(self, day: date) -> datetime:
        """When the first period after these days ends: readings from then on belong to later days."""
        for number in range(LONGEST_LOOK.days):
            periods = periods_of(self.owing.level, day + timedelta(days=number), self.zone, self.calendar)
            if periods:
                return periods[0].end
        return datetime.combine(day + LONGEST_LOOK, time(), self.zone)

    @staticmethod
    def _covering(
        complete: Sequence[StreamReading], starts: Sequence[datetime], period: DuePeriod
    ) -> StreamReading | None:
        number = bisect_left(starts, period.end)
        return complete[number] if number < len(complete) else None

    def _row(
        self,
        day: date,
        periods: Sequence[DuePeriod],
        covering: Sequence[StreamReading | None],
        brought: Sequence[StreamReading],
    ) -> StreamDay:
        pairs = list(zip(periods, covering, strict=True))
        in_time = sum(1 for period, by in pairs if by and by.ended and by.ended <= period.due)
        new = sum(each.new for each in brought)
        state = self._state(pairs, in_time, new)
        note = next((each for each in self.excuses if each.covers(self.owing.stream.id, day)), None)
        if note and state in (DayState.LATE, DayState.MISSING):
            state = DayState.EXCUSED
        stream = self.owing.stream
        return StreamDay(
            stream=stream.id,
            system=stream.system.id,
            title=stream.system.title,
            unit=stream.system.unit,
            contract=stream.contract,
            day=day,
            state=state,
            due_at=periods[-1].due if periods else None,
            covered_at=covering[-1].ended if covering and covering[-1] else None,
            periods=len(periods),
            in_time=in_time,
            received=sum(each.received for each in brought),
            new=new,
            quarantined=sum(each.quarantined for each in brought),
            closed=self.calendar.closed_for(day) if self.owing.level.working_days else "",
            excuse=note.number if note else None,
        )

    def _state(self, pairs: Sequence[tuple[DuePeriod, StreamReading | None]], in_time: int, new: int) -> DayState:
        if not pairs:
            return DayState.NOTHING_DUE
        uncovered = [period for period, by in pairs if by is None]
        if any(period.due <= self.now for period in uncovered):
            return DayState.MISSING
        late = len(pairs) - len(uncovered) - in_time
        if late and 100 * (len(pairs) - late) < self.owing.level.completeness * len(pairs):
            return DayState.LATE
        if uncovered:
            return DayState.PENDING
        return DayState.DELIVERED if new else DayState.ZERO
