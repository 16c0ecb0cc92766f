"""All pairs of the proof: two questions each, whose answers say the same, and which must take equal time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Protocol

from proofs.timing import ownership, people
from proofs.timing.doors import Doors


class Pair(Protocol):
    """Two questions."""

    @property
    def title(self) -> str:
        """The question, then both sides."""

    def ask(self, doors: Doors, side: int) -> object:
        """Ask one of the two, side 0 or 1."""


def pairs() -> Iterator[Pair]:
    """Every pair."""
    return itertools.chain(people.pairs(), ownership.pairs())
