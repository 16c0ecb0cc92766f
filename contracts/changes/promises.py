"""The service level of two versions of a contract."""

from __future__ import annotations

import math
from collections.abc import Iterator

from contracts.changes import bounds
from contracts.changes.change import BOTH, NOBODY, READERS, SENDERS, Breaks, ClauseChange
from contracts.model import Contract
from contracts.yaml.lines import Located

_DAYS = {"s": 1 / 86_400, "min": 1 / 1_440, "h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.44, "y": 365.25, "percent": 1.0}
"""Unit of a promise -> days, near enough to say which of two is longer."""
_LONGER_IS_MORE = {"retention", "completeness"}
"""Promises of which a larger number promises readers more; of the others it promises less."""
_WITHOUT = {"completeness": "100 percent", "calendar": "every day"}
"""What holds where a contract is silent."""


def promises(old: Contract, new: Contract, file: Located) -> Iterator[ClauseChange]:
    """The changes of the service level, each with its line."""
    before, after = old.service_level, new.service_level
    for name in [*before, *(each for each in after if each not in before)]:
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        steps = ("slaProperties", list(after).index(name)) if name in after else ("slaProperties",)
        what = f"{name} was {was or 'not promised'}, is {now or 'not promised'}"
        breaks, why = _judged(name, was or _WITHOUT.get(name), now or _WITHOUT.get(name))
        yield ClauseChange(name, "service level", what, breaks, why, file.line(steps))


def _judged(name: str, was: str | None, now: str | None) -> tuple[frozenset[Breaks], str]:
    if name == "case_days":
        return NOBODY, "offices have more or fewer days; no record is judged otherwise"
    if was is None:
        return SENDERS, "somebody has to keep it from now on"
    if now is None:
        return READERS, "a reader relied on it"
    if name == "calendar":
        fewer = now == "working days" != was
        return (READERS, "nothing is due on closed days now") if fewer else (SENDERS, "closed days count now")
    old, new = _days(was), _days(now)
    if old is None or new is None:
        return BOTH, "the two cannot be compared: a reader may get less, and a sender may have to do more"
    breaks = bounds.more_is_wider(old, new)
    if name in _LONGER_IS_MORE:
        breaks = bounds.reversed_(breaks)
    return breaks, {
        SENDERS: "more is promised: somebody has to keep it",
        READERS: "less is promised than readers relied on",
        NOBODY: "the same time, written otherwise",
    }[breaks]


def _days(said: str) -> float | None:
    """A promise in days, or in percent; None for words that are neither."""
    if said in ("permanent", "sharing agreement"):
        return math.inf if said == "permanent" else 0.0  # as long as a person says
    number, _, unit = said.partition(" ")
    try:
        return float(number) * _DAYS[unit]
    except (ValueError, KeyError):
        return None
