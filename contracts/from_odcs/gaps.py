"""The file that a contract is read from, and what it says that the hub does not carry out.

A clause that is valid ODCS but has no engine here (a check of another tool, SQL of its own) does not stop the reading:
the whole file is read, and the coverage names each such clause with its line (`quality/coverage.py`).

What the hub would carry out otherwise than it is written (a name that is none in SQL, a field without a class) is
**refused**: the hub takes no such contract. It is collected too, so that a contract of others can be read to its end,
listed and compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.model import Gap
from contracts.yaml.lines import Located, Steps


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

    def refuse(self, steps: Steps, what: str, *, hint: str) -> None:
        """Note that the hub takes no contract that says this."""
        clause = ".".join(str(each) for each in steps[-2:]) or "contract"
        self.gaps.append(Gap(clause, self.line(steps), what, hint, refused=True))
