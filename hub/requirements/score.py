"""Measures the rules: compares their proposals with manual labels.

    hub requirements score FILE...      requirements_labels.csv: row, fingerprint of its text, evidence (if several, any is right)

The rules were written on 61 of 91 procedures, which `written_on` selects. The labels are for the other 30 and were
made after the rules were frozen. The project made them, not a jurist.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.requirements.mapping import Proposal

FILE = "requirements_labels.csv"
COLUMNS = ["procedure", "requirement", "text_sha256", "copies", "label", "kind"]
NONE = "none"


@dataclass(frozen=True)
class Label:
    """The manual label of one row."""

    requirement: str
    fingerprint: str
    """`Paper.fingerprint` of the labelled text."""
    answers: frozenset[str]
    """Evidence types that are right; empty: nothing answers it."""
    kind: str
    line: int


@dataclass(frozen=True)
class ScoredRow:
    """A labelled row and the proposal of the rules."""

    label: Label
    proposal: Proposal

    @property
    def right(self) -> bool:
        """Whether the proposal is evidence that the label allows."""
        return self.proposal.evidence in self.label.answers

    @property
    def wrong(self) -> bool:
        """Whether the proposal is evidence that the label does not allow, which must not happen."""
        return self.proposal.held and not self.right

    @property
    def missed(self) -> bool:
        """Whether the label has evidence and the rules find none."""
        return bool(self.label.answers) and not self.right


@dataclass(frozen=True)
class Score:
    """Counts of one group of rows."""

    rows: int
    answered: int
    """Rows with evidence by their label."""
    held: int
    """Rows with evidence by the rules."""
    right: int

    @property
    def precision(self) -> float | None:
        """Share of the rules' evidence that is right; None if they find none."""
        return self.right / self.held if self.held else None

    @property
    def recall(self) -> float | None:
        """Share of the labels' evidence that the rules find; None if there is none."""
        return self.right / self.answered if self.answered else None


def written_on(procedures: Iterable[str], count: int = 61) -> frozenset[str]:
    """The procedures on which the rules were written: those with the smallest SHA-256 (hex) of their code."""
    return frozenset(sorted(set(procedures), key=lambda code: hashlib.sha256(code.encode()).hexdigest())[:count])


def read_labels(path: Path) -> tuple[Label, ...]:
    """The labels of a file. Raises DeploymentInvalid with file and line."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != COLUMNS:
                raise DeploymentInvalid(f"{path}:1: the columns are {', '.join(rows.fieldnames or ())}", hint=f"expected {', '.join(COLUMNS)}")
            return tuple(
                Label(row["requirement"], row["text_sha256"], frozenset(row["label"].split("|")) - {NONE}, row["kind"], rows.line_num) for row in rows
            )
    except FileNotFoundError:
        raise DeploymentInvalid(f"{path} does not exist", hint="docs/requirements.md says how labels are given") from None


def judged(labels: Sequence[Label], proposals: Sequence[Proposal], path: Path) -> tuple[ScoredRow, ...]:
    """Each label beside the proposal for its row.

    Raises:
        DeploymentInvalid: a labelled row is not in the catalogue, or its text has changed.
    """
    by_id = {proposal.paper.id: proposal for proposal in proposals}
    found = []
    for label in labels:
        proposal = by_id.get(label.requirement)
        if proposal is None:
            raise DeploymentInvalid(f"{path}:{label.line}: {label.requirement} is not in the catalogue given", hint="name the file of demanded papers")
        if proposal.paper.fingerprint != label.fingerprint:
            raise DeploymentInvalid(f"{path}:{label.line}: the text of {label.requirement} has changed since it was labelled", hint="read it, label it again")
        found.append(ScoredRow(label, proposal))
    return tuple(found)


def score(rows: Iterable[ScoredRow]) -> Score:
    """Precision and recall of a group."""
    rows = tuple(rows)
    return Score(len(rows), sum(bool(r.label.answers) for r in rows), sum(r.proposal.held for r in rows), sum(r.right for r in rows))


def distinct(rows: Iterable[ScoredRow]) -> tuple[ScoredRow, ...]:
    """The first row of each text: a phrase of twenty procedures counts once."""
    first: dict[str, ScoredRow] = {}
    for row in rows:
        first.setdefault(row.label.fingerprint, row)
    return tuple(first.values())
