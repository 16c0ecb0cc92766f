"""Results of the two rule engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Judgement:
    """The verdict on one dataset of a batch, row by row (engine: Polars)."""

    frame: pl.DataFrame
    """The input frame: one row for each record, in the same order, with the warehouse's column names.

    Readable values are canonical (NFC text, `yyyy-MM-dd` with its precision, ISO timestamps in UTC); unreadable ones
    stay as received. Two columns are added: `_broken` (rule ids joined by a comma; null if no quarantine rule is
    broken) and `_findings` (the same for rules whose effect is a finding).
    """
    broken: Mapping[str, int]
    """Rule id -> number of records that break it; every row rule is listed, also with 0."""


@dataclass(frozen=True)
class Gate:
    """The verdict of the declared suite on the committed stage (engine: Great Expectations)."""

    counts: Mapping[str, int]
    """`dataset/rule` -> number of staged rows that break it, for every row rule with an SQL form."""
    failed: tuple[str, ...]
    """`dataset/rule` of each rule about the batch as a whole that failed by either engine."""
    seconds: float
    disagreements: tuple[str, ...] = field(default=())
    """Where the two engines differ: `dataset/rule: 3 by row, 2 in SQL`, `dataset/rule: fails by row only`."""

    @property
    def holds(self) -> bool:
        """Whether the batch must be held."""
        return bool(self.failed or self.disagreements)
