"""A decision as it stands on record. A value only; `store.py` reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Recorded:
    """A decision as it stands on record."""

    id: int
    agency: str
    dossier: str
    purpose: str
    requirement: str
    outcome: str
    evidence_type: str | None
    dataset: str | None
    system: str | None
    record_key: str | None
    version: datetime | None
    result_code: str | None
    legal_basis: str
    why: Sequence[Mapping[str, str]]
    known_at: datetime
    asked_under: str = ""
    """Legal basis that the question named; empty: none."""
    role: str | None = None
    """Side of the entry that the question is about: child, wife ...

    Empty: nobody was named. None: no evidence, or decided before sides were kept."""
    acts: tuple[str, ...] = ()
    supersedes: int | None = None
    """The decision that it succeeds."""
    changed: tuple[str, ...] = ()
    """Why it succeeds that one: conditions that changed, or `record`, `version` ...; empty for a first answer."""
    superseded_by: int | None = None
    """Its successor; None: it stands."""
    superseded_because: tuple[str, ...] = ()
    """`changed` of its successor."""
    candidates: tuple[str, ...] = ()
    """Of a *confirm* with several: `record@version` of each."""
    generation: int = 1
    """Which answer to its question it is."""
    requirement_set: str = ""
    """Keyed hash of its question."""
    sealed: bool = False
    """Whether its question is kept, by which it can be judged again."""
    previewed: tuple[str, ...] = ()
    """Previewed candidates; empty text: its own record."""
    confirmed: str | None = None
    """The candidate that an officer confirmed; empty: its own record; None: none."""

    @property
    def candidate_records(self) -> list[str]:
        """The candidates of a *confirm* with several, by record; the decision's own is the first."""
        return [each.rpartition("@")[0] for each in self.candidates]

    @property
    def record(self) -> str | None:
        """The record that answers it, for `hub trace`; several candidates: none yet."""
        return f"{self.dataset}/{self.system}/{self.record_key}" if self.dataset else None
