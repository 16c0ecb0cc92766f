"""How many bad records a stream may bring before a batch of it is held.

    - id: bad-records                  in `quality` of a dataset; where a contract is silent, the default holds
      type: custom
      engine: motlan
      dimension: conformity
      severity: error                  error: records that are quarantined; warning: records with findings
      implementation: {rule: bad_records, maximum_percent: 10, maximum_rows: 10}
      description: ...

A share counts over the last `VIEW` records of a stream, the batch among them, from `ENOUGH` records on. Below that only
the number holds: of two records one may be bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from contracts.model import Effect

RULE = "bad_records"
"""Kind of such an entry in a contract."""
SEVERITIES = {"error": Effect.QUARANTINE, "warning": Effect.FINDING}
"""Severity of the entry -> the effect of the rules that it counts."""
VIEW = 1_000
"""Records of a stream over which a share counts."""
ENOUGH = 50
"""Records from which on a share says something."""


@dataclass(frozen=True)
class Budget:
    """The bad records that a dataset may bring, of one severity."""

    id: str
    effect: Effect
    maximum_percent: float
    maximum_rows: int
    """Most bad records while fewer than `ENOUGH` are known."""
    sentence: str = ""

    def keeps(self, bad: int, records: int) -> bool:
        """Whether so many bad ones among so many records are within it."""
        if records < ENOUGH:
            return bad <= self.maximum_rows
        return 100 * bad <= Fraction(str(self.maximum_percent)) * records

    def limit(self, records: int) -> str:
        """What it allows of so many records, in words."""
        return f"{self.maximum_rows}" if records < ENOUGH else f"{self.maximum_percent:g} %"


def default(dataset: str) -> Budget:
    """The budget of a dataset whose contract names none: quarantined records; findings have none."""
    return Budget(f"{dataset}.bad-records", Effect.QUARANTINE, 10, 10)
