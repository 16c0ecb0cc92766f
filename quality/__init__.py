"""Quality: the same rules in two independent engines that must agree.

`judge` finds the broken rules of each record in data frames. `run_gate` counts the same in SQL over the committed
stage, through a declared Great Expectations suite. `coverage` lists which engine executes which clause. Great
Expectations is imported only when a gate runs.
"""

from quality.coverage import Clause, coverage
from quality.gate import Staged, run_gate
from quality.interface import Gate, Judgement
from quality.rows import judge

__all__ = ["Clause", "Gate", "Judgement", "Staged", "coverage", "judge", "run_gate"]
