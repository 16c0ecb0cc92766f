"""Which of two demands admits more values, for those kinds that can be compared without running them."""

from __future__ import annotations

import math
from collections.abc import Collection

from contracts.changes.change import BOTH, NOBODY, READERS, SENDERS, Breaks


def ranges(old: tuple[float, float], new: tuple[float, float]) -> frozenset[Breaks]:
    """Two ranges, both ends included: whom the change breaks."""
    narrower = new[0] > old[0] or new[1] < old[1]
    wider = new[0] < old[0] or new[1] > old[1]
    return _of(narrower, wider)


def lists(old: Collection[object], new: Collection[object]) -> frozenset[Breaks]:
    """Two lists of allowed values."""
    return _of(bool(set(old) - set(new)), bool(set(new) - set(old)))


def more_is_wider(old: float, new: float) -> frozenset[Breaks]:
    """A limit under which everything passes: a length, a share of bad records, a delay."""
    return _of(new < old, new > old)


def reversed_(breaks: frozenset[Breaks]) -> frozenset[Breaks]:
    """The same change of a demand that forbids what the other one allows."""
    return {SENDERS: READERS, READERS: SENDERS}.get(breaks, breaks)


def span(minimum: object, maximum: object) -> tuple[float, float]:
    """A range with an end that may be missing."""
    least = float(minimum) if isinstance(minimum, int | float) else -math.inf
    return least, float(maximum) if isinstance(maximum, int | float) else math.inf


def _of(narrower: bool, wider: bool) -> frozenset[Breaks]:
    if narrower and wider:
        return BOTH
    return SENDERS if narrower else READERS if wider else NOBODY
