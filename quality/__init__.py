"""Quality: the same rules in two engines that must agree. Great Expectations is imported only when a gate runs."""

from quality.interface import Gate, Judgement
from quality.rows import judge

__all__ = ["Gate", "Judgement", "judge"]
