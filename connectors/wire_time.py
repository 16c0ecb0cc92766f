"""Times as Vietnamese systems write them: local, without a zone, on a clock that has no summer time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from contracts.local_time import LOCAL

from .interface import Position

_COMPACT = re.compile(r"[0-9]{14}")


def from_compact(value: object) -> datetime | None:
    """`yyyyMMddHHmmss` as UTC; None when it is no such time."""
    if not isinstance(value, str) or not _COMPACT.fullmatch(value):
        return None
    try:
        parts = (int(value[:4]), *(int(value[i : i + 2]) for i in range(4, 14, 2)))
        return datetime(*parts, tzinfo=LOCAL).astimezone(UTC)  # type: ignore[misc, arg-type]  # six numbers, by the pattern
    except (ValueError, OverflowError):
        return None


def from_iso(value: object) -> datetime | None:
    """ISO 8601 as UTC, local time where it names no zone; None when it is no such time."""
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


def furthest(marks: Iterable[tuple[datetime | None, str]], clock: datetime) -> Position | None:
    """How far a page takes the stream's position: its greatest (change time, id) not after `clock`.

    `clock` is the source's own at the time of the reply. A record without a readable time, or with
    one that has not come yet, does not count here and is not lost by that: it stands in the page
    like any other, so it is landed and judged now. And as the position stays before a time that
    has not come, that record comes again with every reading until its time has passed. Counted, a
    single slip of the keyboard (2202 for 2022) would carry the position past all honest records.
    """
    honest = [(moment, record_id) for moment, record_id in marks if moment is not None and moment <= clock]
    return Position(*max(honest)) if honest else None
