"""How right the rules are: their proposals held against labels given by hand.

    python -m proofs.requirements score FILE...      requirement_labels.csv: row, fingerprint of its text, what answers it (several: any of them is right)

The rules were written on the 61 of 91 procedures that `written_on` chooses; the labels are those of the other 30, given after the rules were frozen.
The labels are the project's, not a jurist's.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.requirements.mapping import Proposal

FILE = Path(__file__).with_name("requirement_labels.csv")
COLUMNS = ["procedure", "requirement", "text_sha256", "copies", "label", "kind"]
NONE = "none"


@dataclass(frozen=True)
class Label:
    """What answers one row, by hand."""

    requirement: str
    fingerprint: str
    """`Paper.fingerprint` of the text that was read."""
    answers: frozenset[str]
    """Evidence types of which each is right; empty: nothing answers."""
    kind: str
    line: int


@dataclass(frozen=True)
class LabelledProposal:
    """A labelled row and what the rules say of it."""

    label: Label
    proposal: Proposal

    @property
    def right(self) -> bool:
        """Held, and by what the label allows."""
        return self.proposal.evidence in self.label.answers

    @property
    def wrong(self) -> bool:
        """Held, but not by what the label allows: what must not happen."""
        return self.proposal.held and not self.right

    @property
    def missed(self) -> bool:
        """Answered by the label, and not by the rules."""
        return bool(self.label.answers) and not self.right


@dataclass(frozen=True)
class Score:
    """Counts of one group of judged rows."""

    rows: int
    answered: int
    """Rows that the labels say are answered."""
    held: int
    """Rows that the rules hold."""
    right: int

    @property
    def precision(self) -> float | None:
        """Of what the rules hold, how much is right; None when they hold nothing."""
        return self.right / self.held if self.held else None

    @property
    def recall(self) -> float | None:
        """Of what is answered, how much the rules find rightly; None when nothing is."""
        return self.right / self.answered if self.answered else None


def written_on(procedures: Iterable[str], count: int = 61) -> frozenset[str]:
    """The procedures on which the rules were written: those whose code has the smallest SHA-256, in hex."""
    return frozenset(sorted(set(procedures), key=lambda code: hashlib.sha256(code.encode()).hexdigest())[:count])


def read_labels(path: Path) -> tuple[Label, ...]:
    """The labels of a file. Raises DeploymentInvalid: file and line of what is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != COLUMNS:
                raise DeploymentInvalid(
                    f"{path}:1: the columns are {', '.join(rows.fieldnames or ())}",
                    hint=f"expected {', '.join(COLUMNS)}",
                )
            return tuple(
                Label(
                    row["requirement"],
                    row["text_sha256"],
                    frozenset(row["label"].split("|")) - {NONE},
                    row["kind"],
                    rows.line_num,
                )
                for row in rows
            )
    except FileNotFoundError:
        raise DeploymentInvalid(
            f"{path} does not exist", hint="docs/requirements.md says how labels are given"
        ) from None


def judged(labels: Sequence[Label], proposals: Sequence[Proposal], path: Path) -> tuple[LabelledProposal, ...]:
    """Each label beside the proposal for its row.

    Raises:
        DeploymentInvalid: a labelled row is not in the catalogue, or its text is another than the one that was read.
    """
    by_id = {proposal.paper.id: proposal for proposal in proposals}
    found = []
    for label in labels:
        proposal = by_id.get(label.requirement)
        if proposal is None:
            raise DeploymentInvalid(
                f"{path}:{label.line}: {label.requirement} is not in the catalogue given",
                hint="name the file of demanded papers",
            )
        if proposal.paper.fingerprint != label.fingerprint:
            raise DeploymentInvalid(
                f"{path}:{label.line}: the text of {label.requirement} has changed since it was labelled",
                hint="read it, label it again",
            )
        found.append(LabelledProposal(label, proposal))
    return tuple(found)


def score(rows: Iterable[LabelledProposal]) -> Score:
    """Precision and recall of a group."""
    rows = tuple(rows)
    return Score(
        len(rows),
        sum(bool(r.label.answers) for r in rows),
        sum(r.proposal.held for r in rows),
        sum(r.right for r in rows),
    )


def distinct(rows: Iterable[LabelledProposal]) -> tuple[LabelledProposal, ...]:
    """The first row of each text: a phrase that stands in twenty procedures counts once."""
    first: dict[str, LabelledProposal] = {}
    for row in rows:
        first.setdefault(row.label.fingerprint, row)
    return tuple(first.values())
