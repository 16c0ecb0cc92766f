"""How much an agency may ask: what `grants.yaml` allows for a question, as one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuestionLimits:
    """What holds for an agency whichever purpose it asks for."""

    hourly_misses: int = 100
    """Questions within an hour for which a search found nothing to tell. A desk at work asks about people who are held."""
    daily_answers: int = 10_000
    """Questions answered within 24 hours: a register of millions would take years."""


@dataclass(frozen=True)
class Allowance:
    """What counts for one question."""

    hourly: int
    """Questions within an hour, answered or looked for in vain."""
    limits: QuestionLimits
    granted: bool
    """Whether the agency holds any grant today. Without, all of its questions are denied, and count in the hour."""
