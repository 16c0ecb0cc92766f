"""What the two engines tell the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Judgement:
    """The verdict on one dataset of a batch, row by row (engine: Polars)."""

    frame: pl.DataFrame
    """As given in, one row a record and in the same order; columns are named as the warehouse's.

    Values are canonical where they could be read (NFC text, `yyyy-MM-dd` with its precision,
    ISO timestamps in UTC) and as received where they could not. Two columns are added:
    `_broken` (rule ids joined by a comma; null when no quarantine rule is broken) and
    `_findings` (likewise for rules whose effect is a finding).
    """
    broken: Mapping[str, int]
    """Rule id -> how many records break it; every row rule is listed, also with 0."""


@dataclass(frozen=True)
class Gate:
    """The verdict of the declared suite on the committed stage (engine: Great Expectations)."""

    counts: Mapping[str, int]
    """`dataset/rule` -> how many staged rows break it, for every row rule with an SQL form."""
    failed: tuple[str, ...]
    """`dataset/rule` of the dataset-level rules that failed."""
    seconds: float
    disagreements: tuple[str, ...] = field(default=())
    """On what the two engines differ: `dataset/rule: 3 by row, 2 in SQL`."""

    @property
    def holds(self) -> bool:
        """Whether the batch must be held."""
        return bool(self.failed or self.disagreements)
