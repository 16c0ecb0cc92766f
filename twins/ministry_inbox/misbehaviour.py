"""Twelve ways in which a receiver goes wrong, drawn by seed: the n-th call of a seed always goes wrong in the same way.

A receiver that goes wrong in none of them is `Misbehaviour(0, share=0.0)`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

AT_DELIVERY = (
    "crash before store",
    "crash after store",
    "answer lost",
    "answer doubled",
    "answer of another id",
    "wrongly signed",
    "500 after store",
    "slow",
    "409",
    "truncated upload",
    "loses data and says so",
    "wrong hash",
)
"""What can go wrong when a delivery comes."""
AT_QUESTION = ("answer lost", "answer doubled", "answer of another id", "wrongly signed", "slow", "wrong hash")
"""What can go wrong when it is asked."""


@dataclass
class Misbehaviour:
    """Draws what goes wrong."""

    seed: int
    share: float
    """Of the calls that go wrong, 0 to 1; of the questions, a third of it."""
    kinds: tuple[str, ...] = AT_DELIVERY
    calls: int = 0
    happened: dict[str, int] = field(default_factory=dict)

    def draw(self, *, question: bool) -> str:
        """What goes wrong with the next call; empty: nothing."""
        self.calls += 1
        chance = random.Random(f"{self.seed}:{self.calls}")
        known = [kind for kind in self.kinds if kind in AT_QUESTION] if question else list(self.kinds)
        share = self.share / 3 if question else self.share
        if not known or chance.random() >= share:
            return ""
        kind = chance.choice(known)
        self.happened[kind] = self.happened.get(kind, 0) + 1
        return kind

    def pick(self, among: list[str]) -> str:
        """One of several, by the same seed."""
        return random.Random(f"{self.seed}:{self.calls}:pick").choice(among)
