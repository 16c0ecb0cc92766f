"""Plants the defects of real books and real senders, and records each in the truth table.

The planters import no rule of the hub. The sources define the defects (columns of books are free text, Excel drops
leading zeros, senders fill in 000000001 ...). The law defines the expected verdict: a record that is wrong in itself
is quarantined, a contradiction is a finding, everything else is accepted. A record gets at most one defect, so that
the truth table has one answer for each record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twins.city.columns import Rng, stream
from twins.on_disk import CityTable

QUARANTINE, FINDING, ACCEPTED, DUPLICATE, CONFLICT = "quarantine", "finding", "accepted", "duplicate", "conflict"
TRUTH_SCHEMA = dict.fromkeys(("system", "dataset", "record_id", "field", "defect", "expected"), pl.String)

Rows = NDArray[np.int64]


@dataclass
class Bed:
    """One dataset to plant in. Rows are used once; edits are applied together at the end."""

    dataset: str
    frame: pl.DataFrame | CityTable
    systems: pl.Series
    """The system of each row."""
    ids: pl.Series
    """The key of each row; parts joined by `|`."""
    rng: Rng
    free: NDArray[np.bool_]
    edits: dict[str, dict[int, str | None]] = field(default_factory=dict)
    truth: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)

    def choose(self, rate: float, where: pl.Expr) -> Rows:
        """Some unused rows for which the condition holds: `rate` of all rows, one at least when there is any."""
        able = np.flatnonzero(self.free & self.frame.select(where.fill_null(False)).to_series().to_numpy())
        rows = self.rng.permutation(able)[: max(1, round(rate * len(self.frame)))].astype(np.int64)
        self.free[rows] = False
        return rows

    def note(self, rows: Rows, name: str, defect: str, expected: str) -> None:
        """Enter rows into the truth table."""
        self.truth += [(self.systems[r], self.dataset, self.ids[r], name, defect, expected) for r in rows.tolist()]

    def write(
        self, rows: Rows, name: str, value: str | Callable[[str], str | None] | None, defect: str, expected: str
    ) -> None:
        """Replace a field's text in these rows, and note it."""
        old = self.frame[name]
        cells = self.edits.setdefault(name, {})
        for row in rows.tolist():
            cells[row] = value(old[row]) if callable(value) else value
        self.note(rows, name, defect, expected)

    def finish(self) -> pl.DataFrame:
        """The frame with all edits."""
        assert isinstance(self.frame, pl.DataFrame)
        return self.frame.with_columns(
            self.frame[name].scatter(list(cells), pl.Series(list(cells.values()), dtype=pl.String))
            for name, cells in self.edits.items()
        )

    def settle(self) -> None:
        """Put all edits into the table, and keep the truth alone: nothing more can be planted."""
        assert isinstance(self.frame, CityTable)
        for name, cells in self.edits.items():
            self.frame.put(name, list(cells), pl.Series(list(cells.values()), dtype=pl.String))
        self.frame, self.systems, self.ids = pl.DataFrame(), self.systems.clear(), self.ids.clear()


def truth_frame(beds: Sequence[Bed]) -> pl.DataFrame:
    """The truth table of all beds, sorted."""
    rows = [row for bed in beds for row in bed.truth]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row").sort("system", "dataset", "record_id", "defect")


def bed_of(seed: int, dataset: str, frame: pl.DataFrame | CityTable, systems: pl.Series, key: Sequence[str]) -> Bed:
    """A bed over a whole frame or table."""
    ids = frame.select(pl.concat_str(list(key), separator="|")).to_series()
    return Bed(dataset, frame, systems, ids, stream(seed, f"dirt-{dataset}"), np.ones(len(frame), bool))
