"""How much an agency may ask: the limits of `grants.yaml` for one question, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuestionLimits:
    """Limits of an agency, of its officers and about a person, over all purposes."""

    hourly_misses: int = 100
    """Questions within an hour for which a search found nothing. In ordinary work most questions are about people who
    are held."""
    daily_answers: int = 10_000
    """Questions answered within 24 hours; copying a register of millions would take years."""
    hourly_denied: int = 100
    """Questions within an hour that no grant allows, after which an alert is raised; nothing is refused for it."""
    officer_hourly: int = 1000
    """Questions of one officer within an hour."""
    officer_subjects: int = 100
    """Persons about whom one officer may ask within 24 hours, found or not: a desk has its dossiers, a census has none."""
    subject_daily: int = 300
    """Questions about one person within 24 hours."""


@dataclass(frozen=True)
class Allowance:
    """The limits that count for one question."""

    hourly: int
    """Questions within an hour, with or without a result."""
    limits: QuestionLimits
    granted: bool
    """Whether the agency holds any grant today. Without one all its questions are denied, and count in the hour."""
