"""Quality: the same rules in two independent engines that must agree.

`judge` finds the broken rules of each record in data frames, `batch_rules.failed` those about the batch as a whole.
`run_gate` counts the same in SQL over committed rows, through a declared Great Expectations suite: the second opinion.
`coverage` lists which engine executes which clause. Great Expectations is imported only when an opinion is asked for.
"""

from quality.coverage import Clause, coverage
from quality.gate import Staged, run_gate
from quality.interface import Gate, Judgement
from quality.rows import judge

__all__ = ["Clause", "Gate", "Judgement", "Staged", "coverage", "judge", "run_gate"]
