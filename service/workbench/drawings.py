"""Geometry of the drawings: numbers only; the templates draw them as SVG, with a text for who does not see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WIDTH = 720
ROW = 18


@dataclass(frozen=True)
class Bar:
    """One bar of a timeline."""

    x: float
    y: int
    width: float
    label: str
    state: str


def timeline(start: datetime, end: datetime | None, batches: Sequence[Mapping[str, Any]], most: int = 40) -> list[Bar]:
    """A bar a batch, from when its pages had landed to when it was settled; of many batches the first ones."""
    moments = [each["settled_at"] for each in batches if each["settled_at"]]
    last = max([start, *moments, *([end] if end else [])])
    span = max((last - start).total_seconds(), 0.001)

    def place(moment: datetime) -> float:
        share: float = (moment - start).total_seconds() / span
        return max(0.0, min(1.0, share)) * WIDTH

    bars = []
    for number, each in enumerate(batches[:most]):
        left, right = place(each["landed_at"]), place(each["settled_at"] or last)
        bars.append(
            Bar(round(left, 1), number * ROW, round(max(right - left, 3.0), 1), str(each["number"]), each["state"])
        )
    return bars


COLUMN, HEIGHT, BASE = 44, 120, 18
"""Of a chart of columns: width of each, height of a full one, room below for its label."""


@dataclass(frozen=True)
class ChartColumn:
    """One column of a chart; without a value it is a label only."""

    x: int
    y: float
    height: float
    label: str
    value: float | None


@dataclass(frozen=True)
class Chart:
    """Columns of equal width."""

    width: int
    height: int
    columns: tuple[ChartColumn, ...]


def columns(values: Sequence[tuple[str, float | None]]) -> Chart:
    """A chart of labelled values; its top is 100, or the greatest value where one is above."""
    top = max([100.0, *(value for _, value in values if value is not None)])
    drawn = []
    for number, (label, value) in enumerate(values):
        height = round(HEIGHT * (value or 0.0) / top, 1)
        drawn.append(ChartColumn(number * COLUMN, BASE + HEIGHT - height, height, label, value))
    return Chart(max(1, len(values)) * COLUMN, HEIGHT + 2 * BASE, tuple(drawn))
