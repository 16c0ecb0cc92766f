"""Quality: the same rules in two independent engines that must agree.

`judge` finds the broken rules of each record in data frames, `batch_rules.failed` those about the batch as a whole.
`run_gate` counts the same in SQL over committed rows, through a declared Great Expectations suite: the second opinion.
`coverage` lists which engine executes which clause. Great Expectations is imported only when an opinion is asked for.
"""

from contracts.lazy_modules import defer

defer("polars")  # the process that computes the second opinion uses none

from quality.coverage import Clause, coverage  # noqa: E402
from quality.gate import Staged, run_gate  # noqa: E402
from quality.interface import Gate, Judgement  # noqa: E402
from quality.rows import judge  # noqa: E402

__all__ = ["Clause", "Gate", "Judgement", "Staged", "coverage", "judge", "run_gate"]
