"""Writes proposals to `requirements.csv`, and computes the share of demanded papers that the city can answer.

A row that a person has confirmed (`reviewed` = true) or entered (`rule` = manual) stays when the file is written again.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub.requirements.catalogue import (
    COLUMNS,
    FILE,
    About,
    Answer,
    Requirement,
    Territory,
    read_requirements,
    read_validity,
)
from hub.requirements.mapping import Proposal

MANUAL = "manual"
_WHOSE = {
    About.CHILD: "của con",
    About.MOTHER: "của mẹ",
    About.FATHER: "của cha",
    About.SPOUSE: "của vợ, chồng",
    About.DECEASED: "của người chết",
}


def row_of(proposal: Proposal) -> dict[str, str]:
    """The row of `requirements.csv` for a proposal, unreviewed; its name is ours, never the catalogue's text."""
    rule, held = proposal.rule, proposal.held
    # A marriage of the parents is looked up by the mother, and counts for both parents.
    whose = (
        "của cha, mẹ"
        if (rule.evidence, proposal.about) == ("register:marriage", About.MOTHER)
        else _WHOSE.get(proposal.about)
    )
    name = f"{rule.name} {whose}" if held and whose and "của" not in rule.name else rule.name
    if proposal.partly is not None:
        further = {each.rule.name if each.rule else "giấy tờ khác" for each in proposal.reading.companions}
        name = f"{proposal.partly.name} (đã có); còn phải nộp: {', '.join(sorted(further))}"
    age = "" if rule.max_age_days is None else str(rule.max_age_days)
    return {
        "procedure": proposal.paper.procedure,
        "requirement": proposal.paper.id,
        "name": f"{name}, hoặc giấy khác" if proposal.alternatives else name,
        "copies": str(proposal.paper.copies),
        "answer": rule.answer,
        "evidence_type": rule.evidence,
        "about": proposal.about,
        "territory": rule.territory if held else Territory.ANY,
        "max_age_days": age,
        "validity": proposal.validity,
        "legal_basis": rule.basis,
        "rule": rule.id,
        "reviewed": "false",
        "at_most": proposal.reach,
        "derivation": proposal.derivation,
        "text_sha256": proposal.paper.fingerprint,
    }


def requirement_of(proposal: Proposal) -> Requirement:
    """The requirement that a proposal would become."""
    row, rule = row_of(proposal), proposal.rule
    return Requirement(
        procedure=row["procedure"],
        id=row["requirement"],
        name=row["name"],
        copies=proposal.paper.copies,
        answer=rule.answer,
        evidence_type=rule.evidence,
        about=proposal.about,
        territory=Territory(row["territory"]),
        max_age=None if rule.max_age_days is None else timedelta(days=rule.max_age_days),
        validity=read_validity(proposal.validity),
        legal_basis=rule.basis,
        rule=rule.id,
        reviewed=False,
        line=0,
        reach=proposal.reach,
        derivation=proposal.derivation,
        fingerprint=proposal.paper.fingerprint,
    )


def text_of(proposals: Iterable[Proposal], kept: Mapping[str, dict[str, str]]) -> str:
    """All rows of the file: papers of which at least one copy is demanded.

    A kept row replaces its proposal; kept rows without a proposal come last.
    """
    fresh = {row["requirement"]: row for row in map(row_of, (p for p in proposals if p.paper.copies))}
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept.get(requirement, row) for requirement, row in fresh.items())
    writer.writerows(row for requirement, row in kept.items() if requirement not in fresh)
    return out.getvalue()


def write(folder: Path, proposals: Sequence[Proposal]) -> tuple[int, int]:
    """Write `requirements.csv`; returns the number of rows and of kept rows.

    Raises DeploymentInvalid if the present file is invalid.
    """
    path = folder / FILE
    kept: dict[str, dict[str, str]] = {}
    if path.exists():
        read_requirements(folder)  # what a person confirmed must be readable before it is written again
        with path.open(encoding="utf-8", newline="") as file:
            kept = {
                row["requirement"]: row
                for row in csv.DictReader(file)
                if row["reviewed"] == "true" or row["rule"] == MANUAL
            }
    text = text_of(proposals, kept)
    path.write_text(text, encoding="utf-8")
    return text.count("\n") - 1, len(kept)


@dataclass(frozen=True)
class AnsweredShare:
    """Number of demanded papers that one kind of evidence answers."""

    by: str
    rows: int
    of: int
    """All demanded papers: rows with at least one copy."""

    @property
    def share(self) -> float:
        return self.rows / self.of if self.of else 0.0


def shares(requirements: Iterable[Requirement]) -> tuple[AnsweredShare, ...]:
    """Shares of the demanded papers with at least one copy: by evidence type, then what the city answers itself, what
    the
    population database adds, and what the citizen is asked."""
    demanded = [r for r in requirements if r.copies]
    count = Counter(r.evidence_type for r in demanded if r.held)
    of = len(demanded)
    own = sum(r.answer in (Answer.REGISTER, Answer.RESULT) for r in demanded)
    population = sum(r.answer is Answer.POPULATION for r in demanded)
    return (
        *(
            AnsweredShare(evidence, rows, of)
            for evidence, rows in sorted(count.items(), key=lambda each: (-each[1], each[0]))
            if evidence != Answer.POPULATION
        ),
        AnsweredShare("city itself (registers and results)", own, of),
        AnsweredShare("population (asked of the national database)", population, of),
        AnsweredShare("either", own + population, of),
        AnsweredShare("asked of the citizen", of - own - population, of),
    )
