"""Figures that others published: numbers with their source and day, kept apart from what the hub counts.

They stand in `facts/published_figures.csv` of a deployment. No list of the procedures behind them was published, so
they are numbers only, and nothing is computed with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.core.cells import read_list

FILE = "published_figures.csv"
COLUMNS = ("id", "english", "vietnamese", "value", "of", "level", "day", "source")


@dataclass(frozen=True)
class Published:
    """One number that somebody published."""

    id: str
    english: str
    vietnamese: str
    value: str
    """As published: `over 45 %` stays so."""
    of: str
    """What it is a part of; empty: nothing was said."""
    level: str
    day: date | None
    source: str


def published(folder: Path) -> tuple[Published, ...]:
    """The published figures of a deployment; none without its file. Raises DeploymentInvalid."""
    path = folder / "facts" / FILE
    if not path.exists():
        return ()
    rows = read_list(path, COLUMNS, missing="figures that others published")
    return tuple(
        Published(
            row.filled("id"),
            row["english"],
            row["vietnamese"],
            row.filled("value"),
            row["of"],
            row["level"],
            row.day("day"),
            row.filled("source"),
        )
        for row in rows
    )
