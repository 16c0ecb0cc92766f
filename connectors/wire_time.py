"""Times as Vietnamese systems write them: local, without a zone and without summer time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from contracts.local_time import LOCAL

from .interface import Position

_COMPACT = re.compile(r"[0-9]{14}")


def from_compact(value: object) -> datetime | None:
    """`yyyyMMddHHmmss` as UTC; None for anything else."""
    if not isinstance(value, str) or not _COMPACT.fullmatch(value):
        return None
    try:
        parts = (int(value[:4]), *(int(value[i : i + 2]) for i in range(4, 14, 2)))
        return datetime(*parts, tzinfo=LOCAL).astimezone(UTC)  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return None


def from_iso(value: object) -> datetime | None:
    """ISO 8601 as UTC, read as local time if it has no zone; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def to_compact(moment: datetime) -> str:
    """`yyyyMMddHHmmss` in local time; parts of a second are cut."""
    return moment.astimezone(LOCAL).strftime("%Y%m%d%H%M%S")


AHEAD = timedelta(minutes=5)
"""How far a source's clock may be ahead of ours and still be believed."""
_NOT_STORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def trusted_clock(source_time: datetime | None, now: datetime) -> datetime:
    """The source's clock as far as ours allows; ours if the source gives none.

    A source whose clock jumps ahead for an hour, its change times with it, would carry the position past everything
    that changes in that hour.
    """
    return now if source_time is None else min(source_time, now + AHEAD)


def ahead_of(marks: Iterable[tuple[datetime | None, str]], clock: datetime) -> int:
    """How many records have a change time after `clock`: they are read, do not move the position, and come again."""
    return sum(1 for moment, _ in marks if moment is not None and moment > clock)


def is_storable(record_id: str) -> bool:
    """Whether an id can stand in a position and in a question: no control character, no half of a character."""
    return _NOT_STORABLE.search(record_id) is None


def furthest(marks: Iterable[tuple[datetime | None, str]], clock: datetime) -> Position | None:
    """The position after a page: its greatest (change time, id) not after `clock`.

    `clock` is the `trusted_clock` at the reply. A record with an unreadable or future time does not count. It is not
    lost: it is landed and validated like any other record of the page. The position stays before a future time, so
    the record comes again with every reading until its time has passed. If future times counted, one typing error
    (2202 for 2022) would move the position past all correct records. An id that a position cannot hold is left out of
    it: reading on starts at its time all the same.
    """
    honest = [
        (moment, record_id if is_storable(record_id) else "")
        for moment, record_id in marks
        if moment is not None and moment <= clock
    ]
    return Position(*max(honest)) if honest else None
