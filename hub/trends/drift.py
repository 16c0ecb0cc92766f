"""Who drifts: a unit's month far from its own months before, or far from its neighbours of the same month.

Far is by the median and the median absolute deviation (MAD): 0.6745 times the distance from the median in MADs, above
3.5 (Iglewicz and Hoaglin, 1993). A few wild months move neither, as they would a mean. A MAD of zero (all alike) is
taken as a hundredth, so that a change of a share by less than five hundredths is no drift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from hub.trends.reading import LEAST, UnitMonth

FAR = 3.5
FEWEST = 4
"""Values that a comparison needs: earlier months, or neighbours."""
SMALLEST_MAD = 0.01
"""Of a share, and of the logarithm of a volume."""

MEASURES = ("accepted share", "finding share", "late share", "empty share")


@dataclass(frozen=True)
class Drift:
    """One measure of one unit's month that is far from what was expected."""

    month: UnitMonth
    measure: str
    against: Literal["own history", "neighbours"]
    value: float
    usual: float
    """The median that it is compared with."""
    score: float
    """How far, with its sign."""


def score(value: float, among: Sequence[float]) -> tuple[float, float]:
    """Modified z-score of a value among others, and their median."""
    middle = median(among)
    mad = max(median(abs(each - middle) for each in among), SMALLEST_MAD)
    return 0.6745 * (value - middle) / mad, middle


def drifts(months: Sequence[UnitMonth], month: str, *, least: int = LEAST) -> list[Drift]:
    """The drifts of a month, the farthest first. `months` holds it, the months before and the neighbours."""
    able = [each for each in months if each.volume >= least]
    history: dict[tuple[str, str, str], list[UnitMonth]] = defaultdict(list)
    neighbours: dict[str, list[UnitMonth]] = defaultdict(list)
    for each in able:
        if each.month < month:
            history[each.stream, each.dataset, each.unit].append(each)
        elif each.month == month:
            neighbours[each.dataset].append(each)
    found: list[Drift] = []
    for each in (one for group in neighbours.values() for one in group):
        before = history[each.stream, each.dataset, each.unit]
        beside = [one for one in neighbours[each.dataset] if (one.stream, one.unit) != (each.stream, each.unit)]
        found += _far(each, before, "own history")
        found += _far(each, beside, "neighbours")
    return sorted(found, key=lambda drift: (-abs(drift.score), drift.month.unit, drift.measure, drift.against))


def _far(each: UnitMonth, others: Sequence[UnitMonth], against: Literal["own history", "neighbours"]) -> list[Drift]:
    found = []
    for measure in MEASURES:
        value = _measures(each)[measure]
        among = [known for one in others if (known := _measures(one)[measure]) is not None]
        if value is None or len(among) < FEWEST:
            continue
        far, usual = score(value, among)
        if abs(far) > FAR:
            found.append(Drift(each, measure, against, value, usual, far))
    return found


def _measures(month: UnitMonth) -> Mapping[str, float | None]:
    return dict(
        zip(MEASURES, (month.accepted_share, month.finding_share, month.late_share, month.empty_share), strict=True)
    )
