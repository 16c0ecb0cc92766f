"""From a person to the one entry that may be told about, and from an entry to its fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from hub.evidence.locator import Found, Locator
from hub.evidence.people import Subject
from hub.evidence.registers import DEATH


def certain(found: Iterable[Found]) -> tuple[Found, ...]:
    """The entries that are surely about the person and that no system disputes; ended when any system tells so."""
    return tuple(
        _whole(each)
        for each in found
        if each.certain and not any(each.disputed for each in (each.evidence, *each.also))
    )


def sole(found: Iterable[Found]) -> Found | None:
    """The one entry that is about the person for certain; None for several (a widow's two marriages), near ones only, or none: never a guess.

    Nor for a marriage or recognition as a whole: with nobody named it is about neither of its two.
    """
    items = certain(found)
    return items[0] if len(items) == 1 and items[0].evidence.role else None


def _whole(found: Found) -> Found:
    ended = next((each.ended for each in (found.evidence, *found.also) if each.ended), None)
    return replace(found, evidence=replace(found.evidence, ended=ended))


def locked(locator: Locator, subject: Subject) -> bool:
    """Whether a death entry, not annulled, locks the person's other evidence (Luật Hộ tịch Art. 34).

    The number alone is enough, else a wrong name told beside it would open the lock. An entry that was told is another book's: under its number
    in the book of deaths stands somebody else.
    """
    return any(
        each.evidence.ended is None and (each.certain or each.by == "personal id")
        for each in locator.find(DEATH, replace(subject, entry=None))
    )


def plain(value: Any) -> Any:
    """A value as JSON can say it."""
    return value.isoformat() if isinstance(value, datetime) else value
