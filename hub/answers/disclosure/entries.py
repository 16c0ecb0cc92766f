"""From a person to the one entry that may be disclosed, and from an entry to its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts.model import Contract
from hub.evidence.doubts import ENDED, NotedFinding, said
from hub.evidence.locator import Found, Locator
from hub.evidence.people import Subject
from hub.evidence.registers import DEATH


def certain(found: Iterable[Found]) -> tuple[Found, ...]:
    """The entries that are certainly about the person and undisputed; ended if any system has ended them.

    Not one whose waiver has expired, nor one that left its source: nobody answers for it any more.
    """
    return tuple(
        _whole(each)
        for each in found
        if each.certain and not any(each.disputed or ENDED & {*each.findings} for each in (each.evidence, *each.linked))
    )


def sole(found: Iterable[Found]) -> Found | None:
    """The one entry that is certainly about the person.

    None for several (a widow's two marriages), for near ones, or for none.

    None also for a marriage or recognition as a whole: if nobody is named, it is about neither of its two people.
    """
    items = certain(found)
    return items[0] if len(items) == 1 and items[0].evidence.role else None


def _whole(found: Found) -> Found:
    ended = next((each.ended for each in (found.evidence, *found.linked) if each.ended), None)
    return replace(found, evidence=replace(found.evidence, ended=ended))


def locked(locator: Locator, subject: Subject) -> bool:
    """Whether a death entry, not annulled, locks the person's other evidence (Luật Hộ tịch Art. 34).

    The number alone is enough; otherwise a wrong name beside it would open the lock. An entry named in the question
    belongs to another book: the same number in the book of deaths is somebody else.
    """
    return any(
        each.evidence.ended is None and (each.certain or each.by == "personal id")
        for each in locator.find(DEATH, replace(subject, entry=None))
    )


def doubted(contracts: Mapping[str, Contract], found: Found) -> tuple[NotedFinding, ...]:
    """What is doubted about an entry, in words, in whatever system it has the findings."""
    return said(contracts, found.evidence.dataset, found.noted)


def plain(value: Any) -> Any:
    """A value as JSON."""
    return value.isoformat() if isinstance(value, datetime) else value
