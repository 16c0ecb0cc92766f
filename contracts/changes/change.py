"""One change of a contract: what it is, whom it breaks, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Breaks(StrEnum):
    """Whom a change breaks."""

    SENDERS = "senders"
    READERS = "readers"


class Step(IntEnum):
    """The part of a version's number that a change moves at least."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


SENDERS, READERS = frozenset({Breaks.SENDERS}), frozenset({Breaks.READERS})
BOTH, NOBODY = SENDERS | READERS, frozenset[Breaks]()

_WHY = {
    SENDERS: "a record that was good may become a case, or its batch be held",
    READERS: "a value may appear that was ruled out, or something that was read goes away",
    BOTH: "what was good may be refused, and what was ruled out may appear",
    NOBODY: "no record is judged otherwise, and readers find what they read",
}


@dataclass(frozen=True)
class ClauseChange:
    """One change between two versions of a contract."""

    place: str
    """`birth/nksGioiTinh`, `birth/nksGioiTinh.code`, or the name of a promise."""
    kind: str
    """What sort of clause it is: enum, type, nullability, pattern, length, precision, key, rule, children, sealing ..."""
    what: str
    breaks: frozenset[Breaks]
    why: str = ""
    line: int = 1
    """Its line in the newer file; where it was taken away, the line of what it stood in."""
    words: bool = False
    """Whether only a reader's words change: a title, a sentence, a label."""

    @property
    def breaking(self) -> bool:
        return bool(self.breaks)

    @property
    def verdict(self) -> str:
        """`breaks senders`, `breaks readers, senders`, or `safe`."""
        return f"breaks {', '.join(sorted(self.breaks))}" if self.breaks else "safe"

    @property
    def reason(self) -> str:
        """Why, in a sentence."""
        return self.why or _WHY[self.breaks]

    @property
    def step(self) -> Step:
        """The part of the version's number that it moves."""
        return Step.MAJOR if self.breaks else Step.PATCH if self.words else Step.MINOR


def step_of(changes: list[ClauseChange]) -> Step:
    """The part of the number that all of them move."""
    return max((each.step for each in changes), default=Step.NONE)
