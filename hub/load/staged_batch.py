"""A batch on its way from its verdicts into the warehouse: what was judged, what is staged, what the gate says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from hub.load import direct_copy, repeats
from hub.load.bad_records import NONE_BAD, BadRecords
from hub.load.changes import ChangeDetector, Compared, Frames, Unchanged
from hub.load.direct_copy import Direct
from hub.load.second_opinion.record import Opinion


@dataclass(frozen=True)
class GateVerdict:
    """Whether the batch may pass, and if not, why."""

    reasons: tuple[str, ...] = ()
    opinion: Opinion | None = None
    """What the declared suite said beside the row engine; None: it was not asked."""
    rules: str = ""
    """Digest of the rules and lists that the batch was judged by."""
    numbers: tuple[str, ...] = ()
    """What its reasons count, for a message."""

    @property
    def passed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class ValidatedFrames:
    """A batch with the verdicts of the row engine, on its way into the stage."""

    frames: Frames
    """Dataset -> `Judgement.frame`; without the unchanged records."""
    received: Mapping[str, int]
    broken: Mapping[str, Mapping[str, int]]
    compared: Compared | None
    """How it compares with the warehouse, where that was looked at."""
    whole: pl.DataFrame
    """All records that nobody owns, as received."""


@dataclass(frozen=True)
class StagedBatch:
    """A batch in its committed stage tables, or with rows that bypass them."""

    tables: Mapping[str, str]
    """Dataset -> name of its stage table."""
    received: Mapping[str, int]
    """Dataset -> records in the landed bytes."""
    broken: Mapping[str, Mapping[str, int]]
    """Dataset -> rule -> broken rows, by the row engine."""
    gate: GateVerdict
    rows: Mapping[str, int] = field(default_factory=dict)
    """Dataset -> rows to be decided, in its stage table or beside it."""
    bad: BadRecords = NONE_BAD
    """Its bad records that nobody knew."""
    detector: ChangeDetector | None = None
    """What compared it with the warehouse."""
    unchanged: Unchanged | None = None
    """Its records that were not judged."""
    direct: Direct | None = None
    """Its rows, if they bypass the stage; it has no stage tables then."""
    span: repeats.KeySpan = repeats.ALL_KEYS
    """The keys of its records (`hub/load/repeats.py`)."""

    def place(self, dataset: str) -> str:
        """The table with the rows of a dataset that the merge must decide, as SQL."""
        return direct_copy.rest_table(dataset) if self.direct else f'stage."{self.tables[dataset]}"'

    @property
    def verdict(self) -> Mapping[str, object]:
        """The verdict for the ledger, by dataset."""
        return {
            "broken": self.broken,
            "received": self.received,
            "unchanged": self.unchanged.count if self.unchanged else 0,
            "bad": dict(self.bad.fresh),
        }
