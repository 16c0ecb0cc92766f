"""A sample of demanded papers of all fields, labelled by hand: how many answers are wrong, and how many are found.

    python -m proofs.requirements sample        requirement_sample.csv against the rules of the deployment

The rows are written as decrees and circulars of these fields word their dossiers; they are no rows of a catalogue. Each
was labelled by reading it, before a verdict was looked at. `tuned` rows were in sight when the words were extended
afterwards: what they show is that nothing is lost. The `blind` sets were written later, each measured before any
further change; these first measures stand in docs/requirements.md. `adversarial` rows only look like papers that are
held: nothing answers them. The labels are the project's, not a jurist's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.requirements.catalogue import Reach
from hub.requirements.mapping import Mapper, Proposal
from hub.requirements.papers import Paper
from proofs.requirement_measure import BoundedShare

FILE = Path(__file__).with_name("requirement_sample.csv")
SETS = ("tuned", *("blind", *(f"blind-{n}" for n in range(2, 9))), "adversarial", "adversarial-2")
ANYWHERE = ("population", "register:")
"""What registers and the population database answer."""


@dataclass(frozen=True)
class SampledPaper:
    """One labelled row and what the rules say of it."""

    stratum: str
    """One of `SETS`."""
    field: str
    """Field of procedures."""
    answers: frozenset[str]
    """Evidence types of which each is right; empty: nothing answers."""
    ask_too: bool
    """To ask is right as well: the row may be read two ways. It is not counted among what is to be found."""
    about: frozenset[str]
    """Persons of whom each is right; empty: not labelled."""
    term_days: int | None
    proposal: Proposal

    @property
    def right(self) -> bool:
        return self.proposal.evidence in self.answers

    @property
    def wrong(self) -> bool:
        """Held by what the label does not allow, or *reuse* of somebody else's paper, or with a longer term."""
        held = self.proposal
        if not held.held:
            return False
        other = bool(self.about) and held.about not in self.about and held.reach is Reach.REUSE
        term = self.term_days is not None and held.validity != f"days:{self.term_days}"
        return not self.right or other or term

    @property
    def national(self) -> bool:
        """Whether a register or the population database surely answers it."""
        return not self.ask_too and any(answer.startswith(ANYWHERE) for answer in self.answers)


def read_sample(mapper: Mapper, path: Path = FILE) -> tuple[SampledPaper, ...]:
    """The sample with the proposals of today's rules."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_sampled(mapper, number, row) for number, row in enumerate(csv.DictReader(file), 1))


def texts(path: Path = FILE) -> list[Paper]:
    """The rows without their labels."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_paper(number, row) for number, row in enumerate(csv.DictReader(file), 1)]


def _paper(number: int, row: dict[str, str]) -> Paper:
    return Paper("9.000001", f"sample/{number}", row["text"], "", 1, row["procedure"], row["field"])


def _sampled(mapper: Mapper, number: int, row: dict[str, str]) -> SampledPaper:
    paper = _paper(number, row)
    return SampledPaper(
        row["set"],
        row["field"],
        frozenset(row["answers"].split("|")) - {"none"},
        row["answers"].startswith("none|"),
        frozenset(row["about"].split("|")) - {""},
        int(row["term_days"]) if row["term_days"] else None,
        mapper.propose(paper),
    )


def measured(rows: Sequence[SampledPaper]) -> list[BoundedShare]:
    """Wrong answers by verdict, and what is found."""
    found = [
        BoundedShare(f"{reach}, wrongly", sum(r.wrong for r in rows if r.proposal.reach is reach), _count(rows, reach))
        for reach in (Reach.REUSE, Reach.CONFIRM)
    ]
    national = [r for r in rows if r.national]
    results = [r for r in rows if r.answers and not r.national and not r.ask_too]
    return [
        *found,
        BoundedShare("found of registers and population", sum(r.right for r in national), len(national)),
        BoundedShare("found of results", sum(r.right for r in results), len(results)),
        BoundedShare("nothing answers, and asked", sum(not r.proposal.held for r in _none(rows)), len(_none(rows))),
    ]


def by_field(rows: Sequence[SampledPaper]) -> list[BoundedShare]:
    """What is found in each field, the largest first."""
    fields = sorted({r.field for r in rows}, key=lambda name: -sum(r.field == name for r in rows))
    return [
        BoundedShare(name, sum(r.right for r in each), len(each))
        for name in fields
        if (each := [r for r in rows if r.field == name and r.answers])
    ]


def _count(rows: Iterable[SampledPaper], reach: Reach) -> int:
    return sum(r.proposal.reach is reach for r in rows)


def _none(rows: Iterable[SampledPaper]) -> list[SampledPaper]:
    return [r for r in rows if not r.answers]
