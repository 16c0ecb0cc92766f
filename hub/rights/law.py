"""The rights of a person over data about them, and the clocks that the law gives (docs/rights.md names the sources).

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP are in force since 2026-01-01. On an earlier day the same clocks are kept,
and no law is named for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from contracts.local_time import LOCAL, local_day

IN_FORCE = date(2026, 1, 1)
LAW = "Luật 91/2025/QH15 Điều 4; Nghị định 356/2025/NĐ-CP Điều 5"
BREACH_LAW = "Luật 91/2025/QH15 Điều 23 khoản 1"
NO_LAW = "chưa có luật trên ngày này; thời hạn của thành phố"
ACKNOWLEDGED_WITHIN = 2
"""Working days within which a request is acknowledged. Public holidays are in no list here: they count as working days,
so that the clock is never longer than the law's."""
NOTIFIED_WITHIN = timedelta(hours=72)


@dataclass(frozen=True)
class Right:
    """One right and its term."""

    id: str
    name_vi: str
    name_en: str
    days: int
    """Days within which it is answered."""
    more_days: int
    """Days by which the term may be extended, once, with a reason."""


RIGHTS: Mapping[str, Right] = {
    right.id: right
    for right in (
        Right("view", "xem dữ liệu", "view the data", 10, 10),
        Right("correct", "chỉnh sửa dữ liệu", "correct the data", 10, 10),
        Right("object", "phản đối việc xử lý", "object to the processing", 15, 15),
    )
}


def law_on(day: date, law: str = LAW) -> str:
    """The law that a clock rests on, on a day."""
    return law if day >= IN_FORCE else NO_LAW


def acknowledge_by(received: datetime) -> datetime:
    """The end of the second working day after a request came."""
    day, left = local_day(received), ACKNOWLEDGED_WITHIN
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5  # Monday to Friday
    return _end_of(day)


def answer_by(right: Right, received: datetime, *, extended: bool = False) -> datetime:
    """The end of the last day on which a request may be answered."""
    return _end_of(local_day(received) + timedelta(days=right.days + (right.more_days if extended else 0)))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), LOCAL)
