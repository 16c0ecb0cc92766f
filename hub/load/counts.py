"""What became of a batch's rows, as numbers: the terms of the ledger's equation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """The terms of the ledger's equation, and two numbers beside it. Each is counted where it happens."""

    received: int = 0
    accepted: int = 0
    unchanged: int = 0
    duplicate: int = 0
    outdated: int = 0
    quarantined: int = 0
    removed: int = 0
    findings: int = 0

    @property
    def balances(self) -> bool:
        """received = accepted + unchanged + duplicate + outdated + quarantined."""
        return self.received == self.accepted + self.unchanged + self.duplicate + self.outdated + self.quarantined

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))
