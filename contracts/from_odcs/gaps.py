"""The file that a contract is read from, and what it says that the hub does not carry out.

A clause that is valid ODCS but has no engine here (a check of another tool, SQL of its own) does not stop the reading:
the whole file is read, and the coverage names each such clause with its line (`quality/coverage.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.model import Gap
from contracts.yaml_lines import Located, Steps


@dataclass(frozen=True)
class OdcsFile(Located):
    """A located document that collects its gaps while it is read."""

    gaps: list[Gap] = field(default_factory=list)

    @staticmethod
    def of(file: Located) -> OdcsFile:
        """The same document, without gaps yet."""
        return OdcsFile(file.path, file.data, file.lines)

    def gap(self, clause: str, steps: Steps, what: str, *, hint: str) -> None:
        """Note that nothing executes a clause."""
        self.gaps.append(Gap(clause, self.line(steps), what, hint))
